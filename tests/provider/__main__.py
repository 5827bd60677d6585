"""`python -m tests.provider`: the provider by hand.

Prints one line of JSON (`base_url`, `models`) on stdout and serves until stdin closes or a
SIGTERM or SIGINT comes. The models come from a JSON file, or are one for each fault:

    {"steady": {"kind": "say", "text": "yes"},
     "flaky": [{"kind": "status", "code": 429, "retry_after": 1}, {"kind": "say", "text": "yes"}]}
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from tests.provider.behaviours import Behaviour, Replies
from tests.provider.gallery import GALLERY
from tests.provider.server import running_provider


class BehaviourFileError(ValueError):
    """The file cannot be read or says something no provider does; names file and place."""


def _as_sequence(value: object) -> object:
    return [value] if isinstance(value, dict) else value


_BehaviourFile: Final = TypeAdapter(
    dict[str, Annotated[list[Behaviour], BeforeValidator(_as_sequence), Field(min_length=1)]]
)


def load_behaviours(path: Path) -> Mapping[str, Replies]:
    """Model name -> its behaviours in turn. Raises `BehaviourFileError`."""
    try:
        return dict(_BehaviourFile.validate_json(path.read_bytes()))
    except OSError as error:
        raise BehaviourFileError(f"{path}: {error.strerror}") from error
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        )
        raise BehaviourFileError(f"{path}: {faults}") from error


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.provider",
        description="An OpenAI-compatible provider on loopback that misbehaves on command.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default): any free port")
    parser.add_argument(
        "--behaviours", type=Path, metavar="FILE", help="JSON: model name -> behaviour or a list"
    )
    return parser.parse_args(argv)


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(0)


def _serve(models: Mapping[str, Replies], port: int) -> None:
    with running_provider(models, port=port) as provider:
        print(json.dumps({"base_url": provider.base_url, "models": sorted(models)}), flush=True)
        sys.stdin.read()  # What is typed means nothing; only its end does.


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    try:
        models = load_behaviours(arguments.behaviours) if arguments.behaviours else GALLERY
    except BehaviourFileError as error:
        print(error, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        _serve(models, arguments.port)
    except OSError as error:
        print(f"cannot listen on port {arguments.port}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

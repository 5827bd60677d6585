"""A process that opens and closes a council in three event loops, one after another.

Run with `-X dev` by `test_leaving_nothing.py`. What is left after each loop goes to stderr as
JSON; stdout is a server's, and nothing may be written there.
"""

import asyncio
import gc
import json
import logging
import os
import sys
import tempfile
import threading
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path

from magi_mcp.convening import Request
from magi_mcp.core.result import verdict_of
from magi_mcp.seats.litellm import LitellmLibrary
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council
from tests.provider import GALLERY, MisbehavingProvider

MODELS = ("fine", "server-error", "drop-mid-body", "reset", "refuses-schema", "broken-json")
PREFIXES = ("openai", "openrouter")


def request_of(*models: str) -> Request:
    seats = tuple(f"{prefix}/{model}" for prefix in PREFIXES for model in models)
    return Request("Ship on Friday?", method="yes_no", seats=seats, owner=True, fresh=True)


DESCRIPTORS = Path("/proc/self/fd")


@dataclass
class Rest:
    """What is there when all should be gone; `said` is the verdict's status and ruling."""

    said: list[str | None] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    connections: int = 0
    threads: list[str] = field(default_factory=list)
    descriptors: int = 0


async def one_council(folder: Path, rest: Rest) -> None:
    environ = {"MAGI_STORE": f"sqlite:///{folder / 'dossiers.sqlite3'}"}
    settings = load_settings(environ=environ, cwd=folder, user_dir=folder)
    async with MisbehavingProvider(GALLERY) as provider:
        for prefix in PREFIXES:
            os.environ[f"{prefix.upper()}_API_BASE"] = provider.base_url
        async with open_council(settings) as council:
            verdict = verdict_of(await (await council.put(request_of(*MODELS))).wait())
            abandoned = await council.put(request_of("hang"))
            await provider.wait_until(
                lambda: len(provider.requests_for("hang")) == len(PREFIXES), what="calls to abandon"
            )
            assert abandoned.dossier.status == "running"
        rest.said += [verdict.status, verdict.ruling]
        rest.tasks += [str(task) for task in asyncio.all_tasks() - {asyncio.current_task()}]
        await provider.wait_until(lambda: provider.open_connections == 0, what="the last client")
        rest.connections = provider.open_connections


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    unraisable: list[str] = []
    sys.unraisablehook = lambda what: unraisable.append(repr(what.exc_value))
    asyncio.run(LitellmLibrary().load())
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="Item .* `ReadOnly` qualifier")
    left: list[Rest] = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(3):
            rest = Rest()
            asyncio.run(one_council(Path(folder), rest))
            gc.collect()
            rest.threads += [thread.name for thread in threading.enumerate()]
            if DESCRIPTORS.exists():
                rest.descriptors = len(list(DESCRIPTORS.iterdir()))
            left.append(rest)
    result = {"left": [asdict(rest) for rest in left], "unraisable": unraisable}
    print(f"RESULT {json.dumps(result)}", file=sys.stderr)


if __name__ == "__main__":
    main()

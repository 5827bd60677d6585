"""CLI: the console script. Decides between serving and everything else, and imports little.

Clients start the server anew for every window, so serving must not wait for what only a
terminal needs: typer and rich are imported for the other commands alone.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from magi_mcp.cli.faults import fault_of
from magi_mcp.cli.office import Flags, serve


def main() -> NoReturn:
    """Run the command in ``sys.argv`` and end the process with the contract's exit code."""
    from magi_mcp.server.stdio import leave

    # A plain exit would wait for the thread that loads the models' library, long after a
    # cancelled question has been told what became of it.
    leave(_run(sys.argv[1:]))


def _run(arguments: Sequence[str]) -> int:
    flags = serving(arguments, on_terminal=sys.stdin is not None and sys.stdin.isatty())
    try:
        if flags is not None:
            serve(flags)
        from magi_mcp.cli.app import run

        return run(arguments)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (told, whatever it is)
        fault = fault_of(error)
        sys.stderr.write(f"magi-mcp: {fault.message}\n")
        return fault.exit_code


def serving(arguments: Sequence[str], *, on_terminal: bool) -> Flags | None:
    """The flags where the arguments plainly ask to serve on stdio, else None.

    Anything that is not plain, such as a wrong option, is left to the full parser, which
    knows how to say what is wrong with it.
    """
    if on_terminal:
        return None
    rest = arguments[1:] if arguments and arguments[0] == "serve" else arguments
    given = _pairs([word for word in rest if word != "--json"])  # MCP is JSON in any case
    if given is None or given.pop("--transport", "stdio") != "stdio":
        return None
    config = given.get("--config")
    return Flags(store=given.get("--store"), config=Path(config) if config is not None else None)


def _pairs(arguments: Sequence[str]) -> dict[str, str] | None:
    """``--name value`` and ``--name=value`` by name; None for anything else."""
    given: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if name not in ("--transport", "--store", "--config"):
            return None
        if not equals:
            following = next(rest, None)
            if following is None or following.startswith("-"):
                return None
            value = following
        given[name] = value
    return given

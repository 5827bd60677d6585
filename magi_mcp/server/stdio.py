"""Server: the process that serves on stdin and stdout. Imports little, and the rest in time.

stdout is the wire: until the SDK guards it, everything else that writes there is led to
stderr, and the process ends without flushing what was printed in between.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from magi_mcp.server.app import OpenCouncil


def serve(prepare: Callable[[], "OpenCouncil"]) -> NoReturn:
    """Serve until the client goes away or a signal asks to end; then the process ends.

    ``prepare`` imports what is needed to open a council and says how. Its errors are raised,
    as are those of opening the council; nothing has touched stdin or stdout by then.
    """
    # Nothing made by imports is garbage: collecting among it costs a tenth of a second at the
    # start, and a quarter at the end.
    gc.disable()
    try:
        with stray_prints_to_stderr():
            open_council = prepare()
            import anyio

            from magi_mcp.server.session import serve_stdio
    finally:
        gc.freeze()
        gc.enable()
    leave(anyio.run(serve_stdio, open_council))


def leave(code: int) -> NoReturn:
    """End the process at once.

    A plain exit would wait for the thread that reads stdin, and would write to the wire what
    was printed while the SDK had it elsewhere.
    """
    sys.stderr.flush()
    os._exit(code)


@contextmanager
def stray_prints_to_stderr() -> Iterator[None]:
    """Lead whatever is written to stdout to stderr, also by C code and child processes."""
    sys.stdout.flush()
    wire = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(wire, 1)
        os.close(wire)

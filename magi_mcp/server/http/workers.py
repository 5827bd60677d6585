"""HTTP: several processes that serve from one socket, and the one that looks after them.

They share the store and the key of request states, and nothing else. Each is started anew, not
forked, so that none inherits a lock that somebody held.
"""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from time import monotonic
from types import FrameType

from magi_mcp.core.errors import MagiError
from magi_mcp.logs import configure_logs, logger
from magi_mcp.server.app import OpenCouncil
from magi_mcp.server.http.plan import HttpPlan

_MOST_DEATHS = 5
_WITHIN_S = 60.0
"""So many workers may die in so long; more, and what kills them is not going to pass."""


class WorkersKeepDying(MagiError):
    """Workers die as soon as they are replaced; the log of each says why."""


class Supervisor:
    """Keeps ``plan.workers`` processes serving; ``log_level`` is theirs.

    ``open_council`` is handed to each of them, so it must be something that can be pickled.
    """

    def __init__(
        self, open_council: OpenCouncil, plan: HttpPlan, listener: socket.socket, log_level: str
    ) -> None:
        self._task = (open_council, plan, listener, log_level)
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[BaseProcess] = []
        self._wanted = plan.workers
        self._told: list[int] = []
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS)

    def run(self) -> int:
        """Serve until a signal asks to end; the exit code, once every worker has ended.

        A second signal waits for nothing. Raises ``WorkersKeepDying``.
        """
        with _signals(self._told):
            try:
                while not self._told:
                    self._fill_places()
                    self._wait()
            finally:
                self._end()
        return 128 + signal.SIGINT if self._told[0] == signal.SIGINT else 0

    def _fill_places(self) -> None:
        """Start what is missing: all at first, later in place of each that died."""
        for dead in [each for each in self._workers if each.exitcode is not None]:
            self._workers.remove(dead)
            self._deaths.append(monotonic())
            logger(__name__).error("a worker died", pid=dead.pid, exit_code=dead.exitcode)
            if len(self._deaths) == _MOST_DEATHS and self._deaths[-1] - self._deaths[0] < _WITHIN_S:
                raise WorkersKeepDying(f"{_MOST_DEATHS} workers died within {_WITHIN_S:.0f} s.")
        while len(self._workers) < self._wanted:
            worker = self._context.Process(target=_work, args=self._task)
            worker.start()
            self._workers.append(worker)

    def _wait(self) -> None:
        """Until a worker dies or a signal comes; signals are looked for twice a second."""
        wait([each.sentinel for each in self._workers], timeout=0.5)

    def _end(self) -> None:
        """Tell every worker to end and wait for it; after a second signal, for none."""
        heard = len(self._told)
        for each in self._workers:
            each.terminate()
        while any(each.exitcode is None for each in self._workers):
            if len(self._told) > max(heard, 1):
                for each in self._workers:
                    each.kill()
            self._wait_for_ends()

    def _wait_for_ends(self) -> None:
        left = [each.sentinel for each in self._workers if each.exitcode is None]
        wait(left, timeout=0.5)


@contextmanager
def _signals(told: list[int]) -> Iterator[None]:
    """Note the signals that ask to end, in the order in which they come."""

    def note(number: int, _: FrameType | None) -> None:
        told.append(number)

    before = {each: signal.signal(each, note) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _work(
    open_council: OpenCouncil, plan: HttpPlan, listener: socket.socket, log_level: str
) -> None:
    """What a worker does. It ends when it is told to, and when nobody is left to tell it."""
    from magi_mcp.server.http.process import serve_until_told

    configure_logs(log_level)
    supervisor = multiprocessing.parent_process()
    assert supervisor is not None, "workers are started by a supervisor"

    def end_when_orphaned() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_when_orphaned, daemon=True).start()
    sys.exit(serve_until_told(open_council, plan, listener, worker=True))

"""Journal: group commit. One thread writes; what waits while it commits shares the next commit.

Knows connections and transactions; nothing of tables or events.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Generic, Protocol, TypeVar

from magi_mcp.core.errors import StoreError
from magi_mcp.journal.faults import Damaged, closed, store_error, too_new
from magi_mcp.journal.migrations import version_of

T = TypeVar("T")


class GroupWriter:
    """Runs pieces of work on one connection, many in one transaction.

    A piece of work that fails does so alone: the others of its transaction are then run
    again, each in one of its own. Whoever waits may be cancelled or come from any thread
    or event loop; work that was handed over is done all the same. ``commits`` counts the
    transactions.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.commits = 0
        self._connection = connection
        self._path = path
        self._version = version_of(connection)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="magi-journal-writer")
        self._lock = Lock()
        self._waiting: list[_Waiting] = []
        self._closed = False

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` returns, once it is committed. Raises what it raises, and ``StoreError``.

        ``work`` may be run more than once, each time on a store without its effects.
        """
        job = _Job(work)
        with self._lock:
            if self._closed:
                raise closed(self._path)
            self._waiting.append(job)
            if len(self._waiting) == 1:
                self._thread.submit(self._write_waiting)
        return await asyncio.wrap_future(job.future)

    def close(self) -> None:
        """Write what waits, then close the connection. Blocks; a second call does nothing."""
        with self._lock:
            self._closed = True
        self._thread.shutdown(wait=True)
        self._connection.close()

    def _write_waiting(self) -> None:
        with self._lock:
            jobs, self._waiting = self._waiting, []
        self._write(jobs)

    def _write(self, jobs: Sequence["_Waiting"]) -> None:
        try:
            self._begin()
        except (sqlite3.Error, StoreError) as error:
            for job in jobs:
                job.fail(self._told(error))
            return
        try:
            for job in jobs:
                job.attempt(self._connection)
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  whatever it is, it belongs to whoever waits
            self._roll_back()
            if len(jobs) == 1:
                jobs[0].fail(self._told(error))
            else:
                for job in jobs:
                    self._write([job])
            return
        self.commits += 1
        for job in jobs:
            job.succeed()

    def _begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        version = version_of(self._connection)
        if version != self._version:
            self._roll_back()
            raise too_new(self._path, version, self._version)

    def _roll_back(self) -> None:
        # After a full disk or a failed write SQLite has rolled back by itself.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _told(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.Error | Damaged):
            return error
        told = store_error(self._path, error)
        told.__cause__ = error
        return told


class _Waiting(Protocol):
    """A job whatever it returns."""

    def attempt(self, connection: sqlite3.Connection) -> None: ...

    def succeed(self) -> None: ...

    def fail(self, error: Exception) -> None: ...


class _Job(Generic[T]):
    """One piece of work and who waits for it."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self.future: Future[T] = Future()
        # From here on a waiting task that is cancelled cannot take the work back with it.
        self.future.set_running_or_notify_cancel()
        self._work = work
        self._result: T

    def attempt(self, connection: sqlite3.Connection) -> None:
        self._result = self._work(connection)

    def succeed(self) -> None:
        self.future.set_result(self._result)

    def fail(self, error: Exception) -> None:
        self.future.set_exception(error)

"""Journal: connections that only read, each call in a thread and in one snapshot of the store."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TypeVar

from magi_mcp.journal.faults import Damaged, closed, store_error
from magi_mcp.journal.store_file import open_for_reading

T = TypeVar("T")

MAX_READERS = 2


class ReaderPool:
    """Up to ``MAX_READERS`` threads and as many connections, opened when they are needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(MAX_READERS, thread_name_prefix="magi-journal-reader")
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    async def run(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """What ``read`` finds in the store as it is now. Raises what it raises, ``StoreError``."""
        with self._lock:
            if self._closed:
                raise closed(self._path)
            reading = self._threads.submit(self._read, read)
        return await asyncio.wrap_future(reading)

    def close(self) -> None:
        """Let reads that were begun finish, then close. Blocks; a second call does nothing."""
        with self._lock:
            self._closed = True
        self._threads.shutdown(wait=True)
        for connection in self._idle:
            connection.close()

    def _read(self, read: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._snapshot() as connection:
                return read(connection)
        except (sqlite3.Error, Damaged) as error:
            raise store_error(self._path, error) from error

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            idle = self._idle.pop() if self._idle else None
        connection = idle or open_for_reading(self._path)
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            # After some faults SQLite has ended the transaction by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            with self._lock:
                self._idle.append(connection)

"""Runtime: one caller's place at a deliberation, wherever that is driven."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import Entry
from magi_mcp.runtime.record import Record
from magi_mcp.runtime.sitting import Sitting


@dataclass(frozen=True)
class Hearing:
    """A deliberation as one caller follows it.

    ``joined`` says that others had put the case before; ``notes`` are what this caller has to
    be told besides what the dossier tells everybody.
    """

    source: Sitting | Record
    joined: bool = False
    notes: tuple[str, ...] = ()

    @property
    def dossier_id(self) -> str:
        return self.source.dossier_id

    @property
    def dossier(self) -> Dossier:
        """The dossier as it stands now."""
        return self.source.dossier

    @property
    def entries(self) -> Sequence[Entry]:
        """Its journal so far."""
        return self.source.entries

    def follow(self) -> AsyncIterator[Entry]:
        """Every entry of its journal, from the first one, until the leg is over."""
        return self.source.follow()

    async def wait(self) -> Dossier:
        """Wait for the end. Raises what broke the deliberation off, if it did not end."""
        return await self.source.wait()

    def attended(self) -> AbstractContextManager[None]:
        """For as long as the block lasts, this caller waits for the end (semantics R9)."""
        return self.source.attended()

    async def promise(self) -> None:
        """Have it go on: this caller is told that it runs, and will come back for the verdict."""
        await self.source.promise()

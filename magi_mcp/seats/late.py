"""Seats: all that seats councils, imported when the first is to be seated.

A server is started anew for every window, and most windows only look. What is slow to import is
therefore named in one function here, and what a process has of it is put together there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magi_mcp.core.budget import Purse, Tariff
from magi_mcp.core.case import AnyCase
from magi_mcp.core.health import Health
from magi_mcp.ports import Clock, SeatPort

if TYPE_CHECKING:
    from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
    from magi_mcp.seats.office import Office


@dataclass(frozen=True)
class Staff:
    """Whatever it takes to seat a council, ready for work."""

    library: "LitellmLibrary"
    completions: "LitellmCompletions"
    office: "Office"


class LateSeats:
    """Implements ``Seating`` and ``ModelLibrary`` by those that are there once they are needed.

    ``environ`` is the process's environment. ``at_once`` bounds the calls on their way together,
    ``at_once_each`` those to each provider. ``health`` knows how the models fare that are called.
    """

    def __init__(
        self, environ: Mapping[str, str], clock: Clock, at_once: int, at_once_each: int | None
    ) -> None:
        self.health = Health()
        self._environ = environ
        self._clock = clock
        self._places = (at_once, at_once_each)
        self._staff: Staff | None = None

    @property
    def loaded(self) -> bool:
        return self._staff is not None and self._staff.library.loaded

    async def load(self) -> None:
        """Import it all, and the models' library in a thread."""
        await self._present().library.load()

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
        """As ``Seating`` has it. Raises ``CallerError`` for a script that does not exist."""
        return self._present().office.seats(case, purse)

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        return await self._present().office.tariffs(case)

    async def aclose(self) -> None:
        """Close the connections to providers."""
        if self._staff is not None:
            await self._staff.completions.aclose()

    def _present(self) -> Staff:
        if self._staff is None:
            self._staff = self._appointed()
        return self._staff

    def _appointed(self) -> Staff:
        from magi_mcp.seats.litellm import LitellmCompletions, LitellmLibrary
        from magi_mcp.seats.office import Office
        from magi_mcp.seats.places import Places

        library = LitellmLibrary()
        completions = LitellmCompletions(library, self._environ)
        office = Office(
            completions,
            redact=completions.redact,
            places=Places(*self._places),
            clock=self._clock,
            health=self.health,
        )
        return Staff(library, completions, office)

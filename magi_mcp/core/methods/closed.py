"""Core: what the methods with a closed set of positions share, ``yes_no`` and ``options``."""

from abc import ABC, abstractmethod

from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import Closed
from magi_mcp.core.method import Steps, count_as_stated
from magi_mcp.core.methods.ruling import asked_for, with_written_ruling
from magi_mcp.core.verdict import Findings


class ClosedMethod(ABC):
    """Counts positions as stated; an arbiter chooses from the same scale as the seats.

    Answer and minority report are taken from the ballots. A rapporteur is asked only where
    the case wants one.
    """

    @abstractmethod
    def scale(self, case: Case) -> Closed:
        """The positions a seat may take."""

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Every position counts for itself."""
        return count_as_stated(case, floor)

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """All positions, also those that no seat took."""
        return self.scale(case)

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The findings as they are, put into words only on demand."""
        if not asked_for(case):
            return findings, floor
        return (yield from with_written_ruling(case, floor, findings))

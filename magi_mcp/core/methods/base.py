"""Core: what every method has in common. A method says what is asked and how it is counted."""

from collections.abc import Generator, Mapping
from typing import Protocol, TypeVar

from magi_mcp.core.asks import Refused, Replies, Round
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.tallies import Tally, decide

Result = TypeVar("Result", covariant=True)

Steps = Generator[Round, Replies | Refused, Result]
"""A piece of a procedure: yields rounds, is sent replies or a refusal, returns a result."""


class Method(Protocol):
    """What is asked of the seats, and how their ballots are counted."""

    @property
    def name(self) -> str: ...

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """The form of a ballot; ``revision`` for rounds after the blind one."""

    def question_words(self, case: Case) -> Mapping[str, str]:
        """What the method's own template needs beside question and context."""

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Count the standing ballots; may yield asks of its own."""


def tally_of(case: Case, votes: Mapping[str, str]) -> Tally:
    """The tally of ``votes`` (seat -> what its ballot counts for) under the case's limits."""
    return decide(
        votes,
        council=len(case.seats),
        threshold=case.limits.threshold,
        min_voices=case.limits.min_voices,
    )


def count_as_stated(case: Case, floor: Floor) -> Steps[Count]:
    """The count of a closed method: every position counts for itself, nothing is asked."""
    yield from ()
    votes = {seat: ballot.position for seat, ballot in floor.positions().items()}
    stated = [p.position for spoken in floor.rounds for p in floor.positions(spoken).values()]
    return Count(tally=tally_of(case, votes), labels={position: position for position in stated})

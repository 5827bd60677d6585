"""Core: what every method has in common. A method says what is asked and how it is counted."""

from collections.abc import Generator, Mapping
from typing import Protocol, TypeVar

from magi_mcp.core.asks import Refused, Replies, Round
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm, BallotReader, Closed, Scale
from magi_mcp.core.tallies import Tally, decide
from magi_mcp.core.verdict import Findings

Result = TypeVar("Result", covariant=True)

Steps = Generator[Round, Replies | Refused, Result]
"""A piece of a procedure: yields rounds, is sent replies or a refusal, returns a result."""


class Method(Protocol):
    """What is asked of the seats, how their ballots are counted, and what follows from it."""

    @property
    def name(self) -> str: ...

    def form(self, case: Case, *, revision: bool) -> BallotReader:
        """The form of a ballot; ``revision`` for rounds after the blind one."""

    def question_words(self, case: Case) -> Mapping[str, str]:
        """What the method's own template needs beside question and context."""

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Count the standing ballots; may yield asks of its own."""

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """What an arbiter may choose from; None where a method leaves it nothing to settle."""

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """Complete the findings that follow from the tally; may yield asks of its own.

        The floor comes back with the warnings that concluding added.
        """


def tally_of(case: Case, votes: Mapping[str, str]) -> Tally:
    """The tally of ``votes`` (seat -> what its ballot counts for) under the case's limits."""
    return decide(
        votes,
        council=len(case.seats),
        threshold=case.limits.threshold,
        min_voices=case.limits.min_voices,
    )


def count_of(
    case: Case,
    floor: Floor,
    labels: Mapping[str, str],
    warnings: tuple[str, ...] = (),
    ungrouped: frozenset[str] = frozenset(),
) -> Count:
    """The count of the standing positions by what ``labels`` says they count for."""
    votes = {seat: labels[ballot.position] for seat, ballot in floor.positions().items()}
    tally = tally_of(case, votes)
    return Count(
        tally=tally,
        labels=labels,
        share=tally.routing_share,
        settled=tally.routing_share >= case.limits.settled,
        won=tally.ruling is not None,
        warnings=warnings,
        ungrouped=ungrouped,
    )


def stated(floor: Floor) -> list[str]:
    """Every position stated so far, round by round, in seat order."""
    return [p.position for spoken in floor.rounds for p in floor.positions(spoken).values()]


def count_as_stated(case: Case, floor: Floor) -> Steps[Count]:
    """The count of a closed method: every position counts for itself, nothing is asked."""
    yield from ()
    return count_of(case, floor, {position: position for position in stated(floor)})


def ballot_form(case: Case, scale: Scale, *, revision: bool) -> BallotForm:
    """The form of a ballot on a scale, with the case's rule on abstaining."""
    return BallotForm(scale, revision, abstain=case.allow_abstain, alone=not revision)

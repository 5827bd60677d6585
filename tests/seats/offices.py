"""Offices without a network and without waiting: pauses are noted and not made."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Access, AnyCase, Candidate, Case, Limits, Seat
from magi_mcp.core.replies import Answered, Failed, Reply
from magi_mcp.ports import SeatPort
from magi_mcp.seats.completions import Completions
from magi_mcp.seats.office import Office
from magi_mcp.seats.places import Places
from magi_mcp.seats.retrying import Retries
from magi_mcp.seats.secrecy import Redactor

CHANCE = 0.5
"""What every draw of chance comes to."""


@dataclass
class Pauses:
    """The pauses that were asked for, in order, none of them made."""

    made_s: list[float] = field(default_factory=list)

    async def sleep(self, pause_s: float) -> None:
        self.made_s.append(pause_s)


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at


class Stage:
    """An office over scripted models, with its pauses and its clock at hand."""

    def __init__(
        self, completions: Completions, *, tries: int = 3, environ: dict[str, str] | None = None
    ) -> None:
        self.pauses = Pauses()
        self.clock = SetClock()
        self.office = Office(
            completions,
            redact=Redactor(environ or {}),
            places=Places(100),
            clock=self.clock,
            retries=Retries(tries, self.pauses.sleep, lambda: CHANCE),
        )

    def seats(self, case: AnyCase, purse: Purse | None = None) -> dict[str, SeatPort]:
        return dict(self.office.seats(case, purse or Purse()))

    def seat(
        self,
        *models: str,
        substitutes: Sequence[str] = (),
        timeout_s: float = 7,
        purse: Purse | None = None,
    ) -> SeatPort:
        """The only seat of a case, with these candidates."""
        case = case_of({"melchior": models}, substitutes=substitutes, timeout_s=timeout_s)
        return self.seats(case, purse)["melchior"]


def case_of(
    seats: dict[str, Sequence[str]],
    *,
    substitutes: Sequence[str] = (),
    timeout_s: float = 7,
    arbiter: Seat | None = None,
) -> Case:
    """A case with seats on these candidates."""
    return Case(
        dossier_id="0190c1de-0000-7000-8000-000000000000",
        question="Ship?",
        method="yes_no",
        protocol="vote",
        procedure="vote@1",
        seats=tuple(
            Seat(
                name=name,
                model=models[0],
                fallbacks=tuple(Candidate(model=model) for model in models[1:]),
            )
            for name, models in seats.items()
        ),
        arbiter=arbiter,
        substitutes=tuple(Candidate(model=model) for model in substitutes),
        limits=Limits(timeout_s=timeout_s),
        seed="seed",
        prompts={},
    )


def keyed(model: str, **access: object) -> Candidate:
    """A candidate with an access of its own."""
    return Candidate(model=model, access=Access.model_validate(access))


def outcomes(reply: Reply) -> list[tuple[str, str]]:
    """The attempts behind a reply: which model, and what came of it."""
    assert isinstance(reply, Answered | Failed)
    return [(attempt.model, attempt.outcome) for attempt in reply.attempts]

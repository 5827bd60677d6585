"""Core: what a case can come to before anything is asked: calls, tokens, US dollars.

Reckons with each ask once, at the most its tariff allows (decision 0018); what is asked on
top, after a failure, is admitted call by call. Knows no floor: whatever seats will say is
estimated.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from magi_mcp.core.asks import Purpose, Round
from magi_mcp.core.budget import Expense, Tariff, prompt_tokens, total
from magi_mcp.core.case import ARBITER, Case
from magi_mcp.core.services import (
    Service,
    concluding,
    counting,
    following,
    rebuttals_at_least,
    rebuttals_at_most,
)
from magi_mcp.core.verdict import Plan, SeatPlan

HEARD_TOKENS = 2_000
"""What one text of a seat is taken to come to, at most, when others read it.

A ballot is asked for in a few sentences, some 300 tokens; drafts run to more. What a model
thinks before it speaks is shown to nobody.
"""

WORDS_TOKENS = 1_500
"""What a later prompt's own words come to, at most, beyond those of the opening one."""

_SHOWN: Mapping[Purpose, tuple[int, int]] = {
    "answer": (0, 0),
    "rebuttal": (1, 0),
    "grouping": (1, 0),
    "draft": (2, 1),  # the answers, the objections to the last draft, and that draft
    "ratification": (0, 2),
    "rating": (1, 0),
    "arbitration": (2, 0),  # the answers, and the positions by their ids
    "ruling": (1, 2),
}
"""How many texts of others a prompt shows: so many for each seat, and so many besides."""


def worst_case(asks: Round, tariffs: Mapping[str, Tariff]) -> dict[str, Expense]:
    """The most that a round can cost, by ask: each asked once, at the most its seat allows."""
    return {ask.ask_id: tariffs[ask.seat].worst_case(prompt_tokens(ask)) for ask in asks.asks}


class Reckoning(Protocol):
    """What a case can come to at the tariffs of everybody in it."""

    def plan(self) -> Plan:
        """Its calls, tokens and price, seat by seat."""

    def at_most(self) -> Expense:
        """The same in sum, with 0 for a price that is unknown."""

    def kept_for(self, due: Purpose) -> Expense:
        """What counting and concluding may still take after a round of the purpose ``due``."""


class DeliberationReckoning:
    """Adds up the asks of a deliberation, whose prompts are not written yet.

    ``tariffs`` are those of everybody in the case, by name; ``opening`` is the round that its
    procedure begins with.
    """

    def __init__(self, case: Case, tariffs: Mapping[str, Tariff], opening: Round) -> None:
        self._seats = [seat.name for seat in case.seats]
        self._case = case
        self._tariffs = tariffs
        opened = {ask.seat: prompt_tokens(ask) for ask in opening.asks}
        self._opened = {**opened, ARBITER: max(opened.values())}

    def plan(self) -> Plan:
        """Its calls, tokens and price, seat by seat."""
        case, tariffs = self._case, self._tariffs
        rounds, least = 1 + rebuttals_at_most(case), 1 + rebuttals_at_least(case)
        counted, concluded = counting(case), concluding(case)
        everybody = [seat for seat in case.everybody if seat.name != ARBITER or _arbitrated(case)]
        priced = {seat.name for seat in everybody if tariffs[seat.name].priced}
        whole = self.whole(rounds)
        return Plan(
            calls=rounds * (len(case.seats) + _asks(case, counted)) + _asks(case, concluded),
            least_calls=least * (len(case.seats) + _asks(case, counted, least=True))
            + _asks(case, concluded, least=True),
            tokens=whole.tokens,
            cost_usd=whole.cost_usd if len(priced) == len(everybody) else None,
            seats=tuple(
                SeatPlan(
                    seat=seat.name,
                    models=tuple(candidate.model for candidate in seat.candidates),
                    cost_usd=self.part(seat.name, rounds).cost_usd if seat.name in priced else None,
                )
                for seat in everybody
            ),
        )

    def at_most(self) -> Expense:
        """The same in sum, with 0 for a price that is unknown."""
        return self.whole(1 + rebuttals_at_most(self._case))

    def kept_for(self, due: Purpose) -> Expense:
        """What counting and concluding may still take after a round of the purpose ``due``."""
        return self.services(following(self._case, due))

    def whole(self, rounds: int) -> Expense:
        """The most that so many rounds and the conclusion cost."""
        each = [self._part(seat, rounds, of=("each",)) for seat in self._seats]
        ones = [s for s in counting(self._case) if s.to == "one"]
        return total(
            (
                *each,
                *(self._service(one) for one in ones * rounds),
                self.services(concluding(self._case)),
            )
        )

    def part(self, seat: str, rounds: int) -> Expense:
        """The most that one of those who are asked costs, whoever is asked to serve."""
        return self._part(seat, rounds, of=("one", "each"))

    def services(self, services: Iterable[Service]) -> Expense:
        """The most that these services cost, each asked once."""
        return total(self._service(service) for service in services)

    def _part(self, seat: str, rounds: int, *, of: Sequence[str]) -> Expense:
        if seat == ARBITER:
            return self._ask(ARBITER, "arbitration")
        rebuttals: list[Purpose] = ["rebuttal"] * (rounds - 1)
        asks: list[Purpose] = ["answer", *rebuttals]
        asks += [s.purpose for s in counting(self._case) if s.to in of for _ in range(rounds)]
        asks += [s.purpose for s in concluding(self._case) if s.to in of]
        return total(self._ask(seat, purpose) for purpose in asks)

    def _service(self, service: Service) -> Expense:
        match service.to:
            case "arbiter":
                return self._ask(ARBITER, service.purpose)
            case "each":
                return total(self._ask(seat, service.purpose) for seat in self._seats)
            case "one":
                return _dearest(self._ask(seat, service.purpose) for seat in self._seats)

    def _ask(self, seat: str, purpose: Purpose) -> Expense:
        for_each, besides = _SHOWN[purpose]
        shown = HEARD_TOKENS * (for_each * len(self._seats) + besides)
        own = 0 if purpose == "answer" else WORDS_TOKENS
        return self._tariffs[seat].worst_case(self._opened[seat] + own + shown)


def _dearest(expenses: Iterable[Expense]) -> Expense:
    """The most tokens and the most money, be they of different asks."""
    each = list(expenses)
    return Expense(max(e.tokens for e in each), max(e.cost_usd for e in each))


def _asks(case: Case, services: Iterable[Service], *, least: bool = False) -> int:
    return sum(
        len(case.seats) if service.to == "each" else 1
        for service in services
        if service.always or not least
    )


def _arbitrated(case: Case) -> bool:
    return any(service.to == "arbiter" for service in concluding(case))

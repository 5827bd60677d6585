"""Core: what a judgement can come to before anything is asked: calls, tokens, US dollars.

Without a tournament its one round is known to the word. With one, each further round compares
as many pairs as the first; which they are is not known, so the longest answers are reckoned
with. Nothing is asked to conclude.
"""

from collections.abc import Mapping

from magi_mcp.core.asks import Purpose, Round
from magi_mcp.core.budget import NOTHING, Expense, Tariff, prompt_tokens, tokens_at_most, total
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.tournament import rounds_for
from magi_mcp.core.planning import worst_case
from magi_mcp.core.verdict import Plan, SeatPlan


class JudgementReckoning:
    """Adds up the asks of a judgement.

    ``tariffs`` are those of everybody in the case, by name; ``opening`` is the round that its
    procedure begins with.
    """

    def __init__(self, case: JudgementCase, tariffs: Mapping[str, Tariff], opening: Round) -> None:
        self._case = case
        self._tariffs = tariffs
        self._opening = opening

    def plan(self) -> Plan:
        """Its calls, tokens and price, seat by seat. Every one of the calls is made."""
        case = self._case
        whole = self.at_most()
        priced = {seat.name for seat in case.seats if self._tariffs[seat.name].priced}
        calls = self._rounds * len(self._opening.asks)
        return Plan(
            calls=calls,
            least_calls=calls,
            tokens=whole.tokens,
            cost_usd=whole.cost_usd if len(priced) == len(case.seats) else None,
            seats=tuple(
                SeatPlan(
                    seat=seat.name,
                    models=tuple(candidate.model for candidate in seat.candidates),
                    cost_usd=self._part(seat.name).cost_usd if seat.name in priced else None,
                )
                for seat in case.seats
            ),
        )

    def at_most(self) -> Expense:
        """The same in sum, with 0 for a price that is unknown."""
        return total(self._part(seat.name) for seat in self._case.seats)

    def kept_for(self, due: Purpose) -> Expense:  # noqa: ARG002  (one signature for all kinds)
        """What must follow a round: nothing. A judgement is concluded from what there is."""
        return NOTHING

    @property
    def _rounds(self) -> int:
        return rounds_for(len(self._case.answers))

    def _part(self, seat: str) -> Expense:
        costs = worst_case(self._opening, self._tariffs)
        own = [ask for ask in self._opening.asks if ask.seat == seat]
        later = self._tariffs[seat].worst_case(self._longest())
        return total(
            (
                *(costs[ask.ask_id] for ask in own),
                *(later for _ in range((self._rounds - 1) * len(own))),
            )
        )

    def _longest(self) -> int:
        """Tokens of a comparison of the two longest answers, at most."""
        sizes = sorted(map(tokens_at_most, self._case.answers))
        dearest = max(map(prompt_tokens, self._opening.asks))
        return dearest + sum(sizes[-2:])

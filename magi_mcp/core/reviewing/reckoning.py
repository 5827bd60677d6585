"""Core: what a review can come to before anything is asked: calls, tokens, US dollars.

The first round is known word for word; what seats will find in it is estimated.
"""

from collections.abc import Mapping

from magi_mcp.core.asks import Purpose, Round
from magi_mcp.core.budget import Expense, Tariff, prompt_tokens, total
from magi_mcp.core.planning import worst_case
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.verdict import Plan, SeatPlan

CLAIMS_TOKENS = 1_500
"""What the findings of others about one part come to, at most, when they are examined."""

SORTED_TOKENS = 1_500
"""What the prompt comes to in which findings of one part are compared."""


class ReviewReckoning:
    """Adds up the asks of a review; ``opening`` is its round of findings.

    At most, every seat examines something in every part, and one compares findings. A change in
    which nobody finds anything takes the first round alone.
    """

    def __init__(self, case: ReviewCase, tariffs: Mapping[str, Tariff], opening: Round) -> None:
        self._case = case
        self._tariffs = tariffs
        self._opening = opening

    def plan(self) -> Plan:
        """Its calls, tokens and price, seat by seat."""
        seats = [seat.name for seat in self._case.seats]
        priced = {seat for seat in seats if self._tariffs[seat].priced}
        whole = self.at_most()
        asks = len(self._opening.asks)
        return Plan(
            calls=2 * asks + 1 if len(seats) > 1 else asks,
            least_calls=asks,
            tokens=whole.tokens,
            cost_usd=whole.cost_usd if len(priced) == len(seats) else None,
            seats=tuple(
                SeatPlan(
                    seat=seat.name,
                    models=tuple(candidate.model for candidate in seat.candidates),
                    cost_usd=self._part(seat.name).cost_usd if seat.name in priced else None,
                )
                for seat in self._case.seats
            ),
        )

    def at_most(self) -> Expense:
        """The same in sum, with 0 for a price that is unknown."""
        return total(worst_case(self._opening, self._tariffs).values()) + self.kept_for("findings")

    def kept_for(self, due: Purpose) -> Expense:
        """What may still be asked after a round of the purpose ``due``."""
        match due:
            case "findings" if len(self._case.seats) > 1:
                return self._sorting() + self._examination()
            case "grouping":
                return self._examination()
            case _:
                return Expense()

    def _sorting(self) -> Expense:
        each = [
            tariff.worst_case(SORTED_TOKENS * len(self._case.parts))
            for tariff in self._tariffs.values()
        ]
        return Expense(max(e.tokens for e in each), max(e.cost_usd for e in each))

    def _examination(self) -> Expense:
        return total(self._examined(ask.seat, prompt_tokens(ask)) for ask in self._opening.asks)

    def _examined(self, seat: str, prompt: int) -> Expense:
        return self._tariffs[seat].worst_case(prompt + CLAIMS_TOKENS)

    def _part(self, seat: str) -> Expense:
        """The most that one seat costs, whoever compares findings."""
        own = [prompt_tokens(ask) for ask in self._opening.asks if ask.seat == seat]
        read = total(self._tariffs[seat].worst_case(tokens) for tokens in own)
        if len(self._case.seats) == 1:
            return read
        compared = self._tariffs[seat].worst_case(SORTED_TOKENS * len(self._case.parts))
        return read + compared + total(self._examined(seat, tokens) for tokens in own)

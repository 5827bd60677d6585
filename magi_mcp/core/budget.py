"""Core: what a deliberation may spend, what it has spent, and what is set aside.

Bookkeeping alone: whoever calls models draws on a purse before each call and settles after
it, so that no call is made whose worst case does not fit (semantics R7). Prices are given.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.replies import Usage
from magi_mcp.core.words import dollars

BYTES_PER_TOKEN = 3
"""Text is taken to have a token for each 3 bytes of its UTF-8.

Byte-pair encodings come to 4 and more on English, about 3 on code, and to a token for each
character, of 2 or 3 bytes, on most other scripts: so this is nearly always more than is billed.
"""

_ROUNDING_USD = 1e-9
"""Sums of prices are floats; a limit is not exceeded by their rounding."""

Span = Literal["deliberation", "day"]


@dataclass(frozen=True)
class Expense:
    """Tokens, in and out together, and their price in US dollars; an unknown price counts 0."""

    tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Expense") -> "Expense":
        return Expense(self.tokens + other.tokens, self.cost_usd + other.cost_usd)

    def __sub__(self, other: "Expense") -> "Expense":
        return Expense(self.tokens - other.tokens, self.cost_usd - other.cost_usd)

    def within(self, other: "Expense") -> bool:
        """Whether neither its tokens nor its price exceed those of ``other``."""
        return self.tokens <= other.tokens and self.cost_usd <= other.cost_usd + _ROUNDING_USD


NOTHING = Expense()


def total(expenses: Iterable[Expense]) -> Expense:
    """Their sum."""
    return sum(expenses, NOTHING)


@dataclass(frozen=True)
class Tariff:
    """What one call can cost: the most tokens it may bring back, US dollars for a token.

    A price of None is unknown: then only tokens are bounded. ``others`` are the tariffs of
    models that may take the call instead. ``window`` is how many tokens a prompt may have, None
    where nobody knows.
    """

    max_tokens_out: int
    usd_per_token_in: float | None
    usd_per_token_out: float | None
    others: tuple["Tariff", ...] = ()
    window: int | None = None

    @property
    def windows(self) -> tuple[int | None, ...]:
        """How many tokens a prompt may have at each model that may take the call."""
        return (self.window, *(each for other in self.others for each in other.windows))

    @property
    def priced(self) -> bool:
        """Whether no call can cost more than is known."""
        known = self.usd_per_token_in is not None and self.usd_per_token_out is not None
        return known and all(other.priced for other in self.others)

    def worst_case(self, tokens_in: int) -> Expense:
        """The most that a call with a prompt of so many tokens can cost, whoever takes it.

        The most tokens and the most money, be they of different models.
        """
        own = Expense(
            tokens_in + self.max_tokens_out,
            tokens_in * (self.usd_per_token_in or 0.0)
            + self.max_tokens_out * (self.usd_per_token_out or 0.0),
        )
        each = [own, *(other.worst_case(tokens_in) for other in self.others)]
        return Expense(max(e.tokens for e in each), max(e.cost_usd for e in each))


def tokens_at_most(*texts: str) -> int:
    """How many tokens texts come to at most, for all that can be said without a tokenizer."""
    return -(-sum(len(text.encode("utf-8", "replace")) for text in texts) // BYTES_PER_TOKEN)


def prompt_tokens(ask: Ask) -> int:
    """How many tokens an ask sends at most, its form as a JSON schema included."""
    return tokens_at_most(ask.system, ask.prompt, json.dumps(ask.form.json_schema()))


@dataclass
class Pool:
    """Money for a span of time. ``held`` is set aside for calls that are under way or promised.

    ``max_tokens`` and ``max_cost_usd`` are its bounds, None for none.
    """

    span: Span
    max_tokens: int | None = None
    max_cost_usd: float | None = None
    spent: Expense = NOTHING
    held: Expense = NOTHING

    @property
    def limited(self) -> bool:
        return self.max_tokens is not None or self.max_cost_usd is not None

    def shortage(self, wanted: Expense) -> str | None:
        """The first limit that ``wanted`` would exceed, in words; None where it fits."""
        return next(iter(self.shortages(wanted)), None)

    def shortages(self, wanted: Expense) -> tuple[str, ...]:
        """Every limit that ``wanted`` would exceed, each in words and by its name."""
        per = "" if self.span == "deliberation" else "_per_day"
        told = []
        if self.max_tokens is not None:
            left = self.max_tokens - self.spent.tokens - self.held.tokens
            if wanted.tokens > left:
                told.append(
                    f"its worst case, {wanted.tokens} tokens, is more than the {max(left, 0)} "
                    f"left of max_tokens{per}, {self.max_tokens}"
                )
        if self.max_cost_usd is not None:
            left_usd = self.max_cost_usd - self.spent.cost_usd - self.held.cost_usd
            if wanted.cost_usd > left_usd + _ROUNDING_USD:
                told.append(
                    f"its worst case, {dollars(wanted.cost_usd)}, is more than the "
                    f"{dollars(max(left_usd, 0.0))} left of max_cost_usd{per}, "
                    f"{dollars(self.max_cost_usd)}"
                )
        return tuple(told)


@dataclass(frozen=True)
class Draw:
    """Money set aside for one call that is under way."""

    expense: Expense


@dataclass
class Purse:
    """What one deliberation may spend, out of its own pool and those that it shares.

    Before a round, :meth:`promise` sets its worst case aside together with what counting and
    concluding will take; each ask's first call draws on what was promised for it, and what
    comes on top (another try, a repair, a fallback) on what is free. So a round that was begun
    can be finished, and a verdict can be concluded.
    """

    pools: tuple[Pool, ...] = ()
    _promised: dict[str, Expense] = field(default_factory=dict)
    _kept: Expense = NOTHING

    @classmethod
    def of(cls, limits: Limits, *shared: Pool, spent: Expense = NOTHING) -> "Purse":
        """The purse of a case with these limits, of which ``spent`` was spent before.

        What a resumed case has spent was counted by the shared pools when it was spent.
        """
        own = Pool("deliberation", limits.max_tokens, limits.max_cost_usd, spent=spent)
        return cls((own, *shared))

    @property
    def limited(self) -> bool:
        """Whether anything has to be reckoned at all."""
        return any(pool.limited for pool in self.pools)

    def promise(self, asks: Mapping[str, Expense], kept: Expense) -> str | None:
        """Set aside the worst case of each ask, and ``kept`` for what must follow.

        What was kept before was kept for this, and is used for it. Returns None, or why it
        does not fit; then nothing more is set aside, and what was kept before stays so.
        """
        if shortage := self._take(total(asks.values()) + kept, self._kept):
            return shortage if kept == NOTHING else f"with the conclusion, {shortage}"
        self._kept = kept
        for ask_id, expense in asks.items():
            self._promised[ask_id] = self._promised.get(ask_id, NOTHING) + expense
        return None

    def draw(self, ask_id: str, worst: Expense) -> Draw | str:
        """Money for one call, out of what was promised to its ask, else out of what is free.

        A promise is kept whatever has become of the pools since. Returns why there is no
        money, if there is none; what was promised stays so then, for a call that costs less.
        """
        promised = self._promised.get(ask_id, NOTHING)
        if worst.within(promised):
            self._hold(worst - promised)
        elif shortage := self._take(worst, promised):
            return shortage
        self._promised.pop(ask_id, None)
        return Draw(worst)

    def settle(self, draw: Draw, usage: Usage) -> None:
        """Give back what a call did not use. What nobody knows is taken to be the worst case."""
        self._hold(NOTHING - draw.expense)
        tokens = draw.expense.tokens if usage.tokens is None else usage.tokens
        cost_usd = draw.expense.cost_usd if usage.cost_usd is None else usage.cost_usd
        for pool in self.pools:
            pool.spent += Expense(tokens, cost_usd)

    def dismiss(self, ask_id: str) -> None:
        """Free what was promised to an ask that will make no further call."""
        self._hold(NOTHING - self._promised.pop(ask_id, NOTHING))

    def close(self) -> None:
        """Free whatever is still promised or kept: nothing more will be asked."""
        for ask_id in list(self._promised):
            self.dismiss(ask_id)
        self._hold(NOTHING - self._kept)
        self._kept = NOTHING

    def _take(self, wanted: Expense, freed: Expense) -> str | None:
        """Hold ``wanted`` in place of ``freed``, or say why it does not fit and hold on."""
        self._hold(NOTHING - freed)
        shortages = (pool.shortage(wanted) for pool in self.pools)
        shortage = next(filter(None, shortages), None)
        self._hold(freed if shortage else wanted)
        return shortage

    def _hold(self, expense: Expense) -> None:
        for pool in self.pools:
            pool.held += expense

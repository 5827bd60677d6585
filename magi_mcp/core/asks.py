"""Core: asks, and the rounds in which they go out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from magi_mcp.core.forms import Form
from magi_mcp.core.replies import Reply
from magi_mcp.core.seeding import digest

Purpose = Literal[
    "answer",  # a seat's own answer, blind
    "rebuttal",  # its answer to its peers
    "grouping",  # which open positions mean the same
    "draft",  # the common ground, put into words
    "ratification",  # whether a seat accepts that draft
    "rating",  # scores for the drafts of others
    "arbitration",  # the arbiter's choice on a split
    "ruling",  # the rapporteur's text
    "scores",  # a judge's scores for one answer
    "comparison",  # which of two answers is better, in the judge's view
    "findings",  # the defects that a seat sees in a change
    "examination",  # whether a seat holds the findings of others to be true
]
BALLOT_PURPOSES: tuple[Purpose, ...] = ("answer", "rebuttal")
"""The purposes of rounds in which seats take positions on a question."""

ROUND_PURPOSES: tuple[Purpose, ...] = (
    *BALLOT_PURPOSES,
    "scores",
    "comparison",
    "findings",
    "examination",
)
"""The purposes of rounds; all other asks serve a round and are not counted as one."""


@dataclass(frozen=True)
class Ask:
    """One prompt to one seat. ``ask_id`` is unique in its deliberation, e.g. ``r2/casper``."""

    ask_id: str
    seat: str
    purpose: Purpose
    system: str
    prompt: str
    form: Form

    @cached_property
    def digest(self) -> str:
        """The content address of all that the seat is sent."""
        words = (self.form.name, self.form.instructions())
        return digest(self.ask_id, self.seat, self.purpose, self.system, self.prompt, *words)


@dataclass(frozen=True)
class Round:
    """The asks that go out together, in seat order; a seat may have several of them.

    ``number`` counts rounds from 1; an ask that serves a round without being one, such as a
    grouping, carries the number of the round it serves. ``pseudonyms`` maps seats to the
    names under which the round's readers see them. ``enough`` says whether the replies so far,
    by seat, settle the case whatever the others still say; None where only all of them do.
    """

    round_id: str
    number: int
    purpose: Purpose
    asks: tuple[Ask, ...]
    pseudonyms: Mapping[str, str] = field(default_factory=dict)
    enough: Callable[[Mapping[str, Reply]], bool] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Replies:
    """All replies of one round, in the order of its asks, never in order of arrival.

    ``by_seat`` is for rounds that ask each seat once; where a seat has several asks, only
    ``by_ask`` tells their replies apart. ``unheard`` are seats that were asked and not waited for,
    since they could change nothing.
    """

    by_seat: dict[str, Reply]
    unheard: tuple[str, ...] = ()
    by_ask: Mapping[str, Reply] = field(default_factory=dict)


RefusalReason = Literal[
    "deadline",  # the time is up
    "budget",  # its worst case does not fit what is left
    "cancelled",  # nobody waits for it any more (semantics R9)
]
"""Why a round that was due is not asked. A procedure is told of the first two: it concludes on
what exists. The last one stops the deliberation before the round, and it can go on from there."""

ClosingReason = Literal[
    "deadline",  # its time was over
    "settled",  # what was still to come could change nothing
]
"""Why a round ends before everyone has replied."""


@dataclass(frozen=True)
class Refused:
    """The round was not asked at all; the procedure decides on what exists.

    ``detail`` is one line for people, empty where ``reason`` says it all.
    """

    reason: RefusalReason
    detail: str = ""

    @property
    def because(self) -> str:
        """The detail, as it follows a sentence that names the reason; empty without one."""
        return f": {self.detail}" if self.detail else ""

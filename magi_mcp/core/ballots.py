"""Core: a reply read strictly.

A ballot is a position, an abstention, unreadable, or missing because the seat failed. The
four are never mixed up, and reading never guesses: where a text states no position, or two
different ones, the ballot is unreadable and says why.
"""

from typing import Annotated, Literal

from pydantic import Field

from magi_mcp.core.frozen import Frozen, Words


class Position(Frozen):
    """What a seat holds. ``position`` is the option byte for byte, yes/no, or the seat's words.

    ``confidence`` is the model's own claim in 0..1: recorded, never used as a weight.
    ``because`` is the fact or error that made the seat change its position, where it did.
    """

    kind: Literal["position"] = "position"
    position: Words
    argument: Words = ""
    would_flip: Words | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    needs: tuple[Words, ...] = ()
    because: Words | None = None


class Abstention(Frozen):
    """The seat declined to take a position, and why."""

    kind: Literal["abstained"] = "abstained"
    reason: Words = ""
    needs: tuple[Words, ...] = ()


class Unreadable(Frozen):
    """Words came back, but no single position could be read from them."""

    kind: Literal["unreadable"] = "unreadable"
    reason: Words


class Missing(Frozen):
    """No words came back: the seat failed, and why."""

    kind: Literal["failed"] = "failed"
    reason: Words


Ballot = Annotated[Position | Abstention | Unreadable | Missing, Field(discriminator="kind")]
BallotKind = Literal["position", "abstained", "unreadable", "failed"]

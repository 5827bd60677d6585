"""Core: what came back for one ask. A failure of the world is a value here, not an exception."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from magi_mcp.core.frozen import Frozen

N = TypeVar("N", int, float)

FailureKind = Literal[
    "timeout",  # the model did not answer within its time
    "late",  # the round closed before this seat had answered (semantics R7)
    "connection",  # refused, reset or dropped
    "server",  # 5xx, or a reply that is not the provider's own protocol
    "rate_limited",  # 429
    "authentication",  # 401, 403, or no key
    "unknown_model",  # never existed, or withdrawn
    "refused_content",  # the provider's content policy
    "context_too_long",  # the prompt does not fit the model
    "bad_request",  # any other 4xx
    "budget",  # the call's worst case did not fit what is left to spend
    "skipped",  # not called: the model failed repeatedly of late, and another can serve
    "exhausted",  # a scripted seat has no reply left
]


class Usage(Frozen):
    """What one reply consumed, over every call made for it.

    Tokens are the provider's own count and ``cost_usd`` the list price of it; each is
    ``None`` where any of the calls left it unknown, never 0 for unknown.
    """

    calls: int = Field(default=1, ge=0)
    tokens_in: int | None = Field(default=None, ge=0)
    tokens_out: int | None = Field(default=None, ge=0)
    cost_usd: float | None = Field(default=None, ge=0)

    @property
    def tokens(self) -> int | None:
        """In and out together; None where either is unknown."""
        return _sum(self.tokens_in, self.tokens_out)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=_sum(self.tokens_in, other.tokens_in),
            tokens_out=_sum(self.tokens_out, other.tokens_out),
            cost_usd=_sum(self.cost_usd, other.cost_usd),
        )


NO_USAGE = Usage(calls=0, tokens_in=0, tokens_out=0, cost_usd=0.0)


AttemptOutcome = (
    Literal[
        "answered",
        "malformed",  # words came back that the form cannot read
        "format_refused",  # the model takes no reply format of the kind demanded
    ]
    | FailureKind
)


class Attempt(Frozen):
    """One call to one model, or one that was not made, on the way to a reply.

    ``waited_s`` is what went by before it was sent, for a free place, a pause between tries or
    a limit of the provider's; ``elapsed_s`` what the call itself took. ``detail`` is one line
    for people, free of secrets, empty where a model answered.
    """

    model: str
    outcome: AttemptOutcome
    detail: str = ""
    waited_s: float = Field(default=0.0, ge=0)
    elapsed_s: float = Field(default=0.0, ge=0)
    usage: Usage = NO_USAGE


class Answered(Frozen):
    """A text came back. Whether it holds a ballot is read later, by the ask's form.

    ``served_by`` is the model string that really answered; ``repairs`` counts how often the
    model was told that its reply could not be read; ``attempts`` are all calls in order.
    """

    kind: Literal["answered"] = "answered"
    text: str
    served_by: str
    usage: Usage = Usage()
    elapsed_s: float = Field(default=0.0, ge=0)
    repairs: int = Field(default=0, ge=0)
    attempts: tuple[Attempt, ...] = ()


class Abstained(Frozen):
    """The seat chose not to take part in this ask."""

    kind: Literal["abstained"] = "abstained"
    reason: str = ""
    served_by: str | None = None
    usage: Usage = NO_USAGE
    elapsed_s: float = Field(default=0.0, ge=0)


class Failed(Frozen):
    """Nothing usable came back; ``detail`` is one line for people, free of secrets."""

    kind: Literal["failed"] = "failed"
    failure: FailureKind
    detail: str
    retryable: bool = False
    usage: Usage = NO_USAGE
    elapsed_s: float = Field(default=0.0, ge=0)
    attempts: tuple[Attempt, ...] = ()


Reply = Annotated[Answered | Abstained | Failed, Field(discriminator="kind")]


def _sum(left: N | None, right: N | None) -> N | None:
    return None if left is None or right is None else left + right

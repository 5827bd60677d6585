"""Seats: one call to one model, as the seats see it. Knows no provider library."""

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from magi_mcp.core.case import Candidate
from magi_mcp.core.replies import FailureKind, Usage

ReplyFormat = Literal["schema", "json", "text"]
"""How a reply's shape is demanded: by JSON schema, as some JSON object, in words alone."""

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model before it is called; None is what nobody has listed.

    ``provider`` is the name under which model strings have it. ``strongest_format`` is the
    most that the model is known to accept, ``schema`` where nothing is known of it. ``free``
    is a list price of zero; a price that is not listed is no such thing.
    """

    provider: str
    strongest_format: ReplyFormat
    free: bool
    usd_per_token_in: float | None = None
    usd_per_token_out: float | None = None
    max_tokens_out: int | None = None
    max_tokens_in: int | None = None


@dataclass(frozen=True)
class Message:
    """One message of a conversation with a model."""

    role: Role
    text: str


@dataclass(frozen=True)
class Prompt:
    """What one call sends. ``schema`` goes with the format ``schema``, under ``name``."""

    messages: tuple[Message, ...]
    format: ReplyFormat
    name: str
    schema: dict[str, JsonValue]


@dataclass(frozen=True)
class Call:
    """One call: to whom, with what, and for how long.

    ``timeout_s`` is the same for every call of a case; a deadline that comes sooner is a
    cancel scope around it. ``max_tokens`` bounds the reply, None is as much as the model likes.
    """

    candidate: Candidate
    prompt: Prompt
    timeout_s: float
    max_tokens: int | None = None


@dataclass(frozen=True)
class Completion:
    """What one call brought: the text, the model that served, what it consumed.

    ``cut_short`` says that the text ended because the model had no more tokens for it.
    """

    text: str
    served_by: str
    usage: Usage
    cut_short: bool = False


class ModelFault(Exception):
    """A call failed, or could not be made.

    ``detail`` is one line without secrets. ``usage`` is what the call consumed, no call
    included where none was made. ``retryable`` says that the same call may succeed later, and
    ``retry_after_s`` how long the provider wants to be left alone until then. ``format_refused``
    says that the model takes no reply format of the kind demanded.
    """

    def __init__(
        self,
        failure: FailureKind,
        detail: str,
        *,
        usage: Usage,
        retryable: bool = False,
        retry_after_s: float | None = None,
        format_refused: bool = False,
    ) -> None:
        super().__init__(detail)
        self.failure: FailureKind = failure
        self.detail = detail
        self.usage = usage
        self.retryable = retryable
        self.retry_after_s = retry_after_s
        self.format_refused = format_refused


class Completions(Protocol):
    """Where models are called."""

    async def facts(self, model: str) -> ModelFacts:
        """What is known of a model.

        Calls nobody, but may have to wait until that can be said. Raises ``ModelFault`` for a
        model string that leads nowhere.
        """

    async def complete(self, call: Call) -> Completion:
        """Make one call. Raises ``ModelFault`` for whatever goes wrong out there."""

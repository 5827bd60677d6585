"""Seats: one call to one model, as the seats see it. Knows no provider library."""

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from magi_mcp.core.replies import FailureKind, Usage

ReplyFormat = Literal["schema", "json", "text"]
"""How a reply's shape is demanded: by JSON schema, as some JSON object, in words alone."""

Role = Literal["system", "user", "assistant"]


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
    included where none was made. ``format_refused`` says that the model takes no reply
    format of the kind demanded.
    """

    def __init__(
        self,
        failure: FailureKind,
        detail: str,
        *,
        usage: Usage,
        retryable: bool = False,
        format_refused: bool = False,
    ) -> None:
        super().__init__(detail)
        self.failure: FailureKind = failure
        self.detail = detail
        self.usage = usage
        self.retryable = retryable
        self.format_refused = format_refused


class Completions(Protocol):
    """Where models are called."""

    async def strongest_format(self, model: str) -> ReplyFormat:
        """The most a model is known to accept; ``schema`` where nothing is known of it.

        Calls nobody, but may have to wait until that can be said. Raises ``ModelFault`` for a
        model string that leads nowhere.
        """

    async def complete(self, model: str, prompt: Prompt, timeout_s: float) -> Completion:
        """Make one call. Raises ``ModelFault`` for whatever goes wrong out there."""

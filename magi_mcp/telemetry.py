"""Edge: OpenTelemetry spans of deliberations, rounds and calls.

Attribute names, span names and kinds are those of the GenAI semantic conventions where they
have them; what is ours alone stands under ``magi.``. No prompt and no reply is ever put into a
span, and no exception's text either, which may quote both. Where no SDK is configured, a span
costs microseconds and goes nowhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal

from magi_mcp.core.replies import FailureKind, Usage
from magi_mcp.logs import current_dossier

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer
    from opentelemetry.util.types import AttributeValue

    Attributes = Mapping[str, AttributeValue]

_PROVIDERS = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "vertex_ai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""What the conventions call a provider whose prefix in model strings is another."""


class _Outcome:
    """How what a span tells of ends: well, if nothing else is said."""

    def __init__(self, span: "Span") -> None:
        self.span = span
        self._failed = False

    def fail(self, error_type: str) -> None:
        """Say what went wrong. What is said first stands: it is closest to the cause."""
        from opentelemetry.trace import StatusCode

        if not self._failed:
            self._failed = True
            self.span.set_attribute("error.type", error_type)
            self.span.set_status(StatusCode.ERROR)


class CallSpan:
    """What becomes of one call; made by :func:`call_span`."""

    def __init__(self, outcome: _Outcome, provider: str) -> None:
        self._outcome = outcome
        self._provider = provider

    def answered(self, served_by: str, usage: Usage) -> None:
        """The model that answered, and what the provider counted; what is unknown is left out."""
        known: dict[str, AttributeValue] = {
            "gen_ai.response.model": _bare(served_by, self._provider)
        }
        if usage.tokens_in is not None:
            known["gen_ai.usage.input_tokens"] = usage.tokens_in
        if usage.tokens_out is not None:
            known["gen_ai.usage.output_tokens"] = usage.tokens_out
        self._outcome.span.set_attributes(known)

    def failed(self, kind: FailureKind) -> None:
        """Why no usable answer came."""
        self._outcome.fail(kind)


@contextmanager
def deliberation_span(
    dossier_id: str, method: str, protocol: str, seats: Sequence[str]
) -> Iterator[None]:
    """One deliberation, as a workflow. ``seats`` are their names."""
    attributes: Attributes = {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": f"{method}/{protocol}",
        "gen_ai.conversation.id": dossier_id,
        "magi.method": method,
        "magi.protocol": protocol,
        "magi.seats": tuple(seats),
    }
    with _span(f"invoke_workflow {method}/{protocol}", "internal", attributes):
        yield


@contextmanager
def round_span(round_id: str, purpose: str, number: int) -> Iterator[None]:
    """One round, from asking to its end; the conventions know no such thing."""
    attributes: Attributes = {
        **_conversation(),
        "magi.round.id": round_id,
        "magi.round.purpose": purpose,
        "magi.round.number": number,
    }
    with _span(f"round {purpose}", "internal", attributes):
        yield


@contextmanager
def call_span(seat: str, candidate_model: str, provider: str) -> Iterator[CallSpan]:
    """One call to one model. ``provider`` is named as in model strings."""
    model = _bare(candidate_model, provider)
    attributes: Attributes = {
        **_conversation(),
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(provider, provider),
        "gen_ai.request.model": model,
        "gen_ai.agent.name": seat,
    }
    with _span(f"chat {model}", "client", attributes) as outcome:
        yield CallSpan(outcome, provider)


@contextmanager
def _span(
    name: str, kind: Literal["internal", "client"], attributes: "Attributes"
) -> Iterator[_Outcome]:
    """A span of what happens in the block; an exception that leaves it is told by its class."""
    from opentelemetry.trace import SpanKind

    with _tracer().start_as_current_span(
        name,
        kind=SpanKind.CLIENT if kind == "client" else SpanKind.INTERNAL,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        outcome = _Outcome(span)
        try:
            yield outcome
        except BaseException as error:
            outcome.fail(type(error).__name__)
            raise


@cache
def _tracer() -> "Tracer":
    from opentelemetry.trace import get_tracer

    return get_tracer("magi_mcp")


def _conversation() -> "Attributes":
    dossier_id = current_dossier()
    return {} if dossier_id is None else {"gen_ai.conversation.id": dossier_id}


def _bare(model: str, provider: str) -> str:
    """The model's name as its provider knows it."""
    return model.removeprefix(f"{provider}/")

"""The spans of a real deliberation: what belongs to what, by which names, and what is left out."""

from collections.abc import Iterator
from dataclasses import replace

import anyio
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from magi_mcp import telemetry
from magi_mcp.core.replies import FailureKind, Usage
from magi_mcp.telemetry import call_span
from tests.provider import MisbehavingProvider, Status
from tests.wire.conftest import Opened
from tests.wire.test_deliberations import ISSUE, YES, says, settled

KEY = "sk-not-to-be-traced"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where the spans of this test arrive; the next test has no SDK again."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    telemetry._tracer.cache_clear()
    yield exporter
    provider.shutdown()
    telemetry._tracer.cache_clear()


def ours(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [
        span
        for span in exporter.get_finished_spans()
        if span.instrumentation_scope is not None and span.instrumentation_scope.name == "magi_mcp"
    ]


def called(name: str, spans: list[ReadableSpan]) -> list[ReadableSpan]:
    return [span for span in spans if span.name.startswith(name)]


def told(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def under(child: ReadableSpan, parent: ReadableSpan) -> bool:
    return child.parent is not None and child.parent.span_id == identity(parent).span_id


def identity(span: ReadableSpan) -> SpanContext:
    context = span.get_span_context()
    assert context is not None
    return context


async def test_calls_belong_to_their_round_and_rounds_to_their_deliberation(
    opened: Opened, provider: MisbehavingProvider, spans: InMemorySpanExporter
) -> None:
    provider.set("a", says("yes", YES))
    provider.set("b", says("yes"))
    provider.set("c", Status.unauthorized())
    async with opened() as council:
        dossier = await settled(council)
    finished = ours(spans)
    [deliberation] = called("invoke_workflow", finished)
    [round_] = called("round", finished)
    calls = called("chat", finished)
    assert len(finished) == 2 + len(calls) == 5
    assert under(round_, deliberation)
    assert all(under(call, round_) for call in calls)
    assert (deliberation.name, deliberation.kind) == (
        "invoke_workflow yes_no/vote",
        SpanKind.INTERNAL,
    )
    assert told(deliberation) == {
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": "yes_no/vote",
        "gen_ai.conversation.id": dossier.dossier_id,
        "magi.method": "yes_no",
        "magi.protocol": "vote",
        "magi.seats": ("melchior", "balthasar", "casper"),
    }
    assert (round_.name, round_.kind) == ("round answer", SpanKind.INTERNAL)
    assert told(round_) == {
        "gen_ai.conversation.id": dossier.dossier_id,
        "magi.round.id": "r1",
        "magi.round.purpose": "answer",
        "magi.round.number": 1,
    }
    by_seat = {told(call)["gen_ai.agent.name"]: call for call in calls}
    good, bad = by_seat["melchior"], by_seat["casper"]
    assert (good.name, good.kind, good.status.status_code) == (
        "chat a",
        SpanKind.CLIENT,
        StatusCode.UNSET,
    )
    assert told(good) == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "a",
        "gen_ai.response.model": "a",
        "gen_ai.agent.name": "melchior",
        "gen_ai.conversation.id": dossier.dossier_id,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
    }
    assert told(bad)["error.type"] == "authentication"
    assert bad.status.status_code is StatusCode.ERROR
    assert "gen_ai.response.model" not in told(bad)


async def test_no_question_no_reply_no_key_and_no_error_text_is_in_a_span(
    opened: Opened,
    provider: MisbehavingProvider,
    spans: InMemorySpanExporter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    provider.set("a", says("yes", YES))
    provider.set("b", Status(400, message=f"overloaded, says {KEY}"))
    provider.set("c", says("no"))
    async with opened() as council:
        await settled(council)
    finished = ours(spans)
    assert len(called("chat", finished)) >= 3
    written = "".join(span.to_json() for span in finished)
    for secret in (KEY, YES, ISSUE.question, "overloaded"):
        assert secret not in written
    assert not any(span.events for span in finished)


async def test_deliberations_at_once_keep_their_spans_apart(
    opened: Opened, provider: MisbehavingProvider, spans: InMemorySpanExporter
) -> None:
    for model in "abc":
        provider.set(model, says("yes"))
    async with opened() as council, anyio.create_task_group() as tasks:
        for number in range(4):
            request = replace(ISSUE, question=f"Ship build {number}?")
            tasks.start_soon(settled, council, request)
    finished = ours(spans)
    assert len(called("invoke_workflow", finished)) == 4
    for deliberation in called("invoke_workflow", finished):
        dossier_id = told(deliberation)["gen_ai.conversation.id"]
        theirs = [s for s in finished if told(s)["gen_ai.conversation.id"] == dossier_id]
        assert len(called("chat", theirs)) == 3
        assert {identity(span).trace_id for span in theirs} == {identity(deliberation).trace_id}


@pytest.mark.parametrize(
    ("provider_name", "convention"),
    [("gemini", "gcp.gemini"), ("mistral", "mistral_ai"), ("xai", "x_ai"), ("groq", "groq")],
)
def test_a_provider_bears_the_name_that_the_conventions_give_it(
    provider_name: str, convention: str, spans: InMemorySpanExporter
) -> None:
    with call_span("melchior", f"{provider_name}/some/model", provider_name) as span:
        span.answered(f"{provider_name}/some/model", Usage())
    [call] = ours(spans)
    assert told(call)["gen_ai.provider.name"] == convention
    assert told(call)["gen_ai.request.model"] == "some/model"
    assert "gen_ai.usage.input_tokens" not in told(call)


def test_the_cause_that_was_told_stands_before_the_exception_that_carried_it(
    spans: InMemorySpanExporter,
) -> None:
    def lose_connection(cause: FailureKind | None) -> None:
        with call_span("melchior", "openai/a", "openai") as span:
            if cause:
                span.failed(cause)
            raise ConnectionError("secret words")

    for cause in ("rate_limited", None):
        with pytest.raises(ConnectionError):
            lose_connection(cause)
    assert [told(call)["error.type"] for call in ours(spans)] == ["rate_limited", "ConnectionError"]


def test_without_an_sdk_a_span_goes_nowhere() -> None:
    with call_span("melchior", "openai/a", "openai") as span:
        span.answered("openai/a", Usage(tokens_in=1, tokens_out=1))
        assert not trace.get_current_span().is_recording()

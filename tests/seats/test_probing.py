"""One tiny call that tells whether a model would serve."""

from collections.abc import Sequence

import pytest

from magi_mcp.checks import EMPTY
from magi_mcp.core.case import Candidate
from magi_mcp.core.replies import NO_USAGE, FailureKind, Usage
from magi_mcp.seats.catalogue import Whereabouts
from magi_mcp.seats.completions import Completion, ModelFacts, ModelFault, ReplyFormat
from magi_mcp.seats.failing import FAULT_KINDS, MALFORMED, failing_model
from magi_mcp.seats.probing import MAX_TOKENS, ModelProber
from tests.seats.scripted_completions import SILENCE, Line, ScriptedCompletions

READY = '{"ready": "yes"}'
REFUSED = ModelFault("bad_request", "no schemas here", usage=NO_USAGE, format_refused=True)
MODEL = Candidate(model="openai/a")
LONG_ENOUGH_S = 5.0


class Catalogue:
    """Knows one address, and the models that are given."""

    async def whereabouts(self, candidate: Candidate) -> Whereabouts:
        return Whereabouts("http://u:p@x/v1", "http://x/v1", "OPENAI_API_BASE", "A_KEY", "openai")

    async def known_models(self, provider: str | None) -> tuple[str, ...]:
        return (f"{provider}/known",)


def prober(completions: ScriptedCompletions, there: Sequence[str] = ()) -> ModelProber:
    async def listed(where: Whereabouts) -> tuple[str, ...]:
        assert where.address == "http://u:p@x/v1"
        return tuple(there)

    return ModelProber(completions, Catalogue(), listed)


def fault(
    kind: FailureKind, detail: str = "HTTP 400: no", *, retryable: bool = False
) -> ModelFault:
    return ModelFault(kind, detail, usage=NO_USAGE, retryable=retryable, retry_after_s=3.0)


async def test_a_model_that_answers_by_the_schema_is_asked_once_and_briefly() -> None:
    completions = ScriptedCompletions([READY])
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.outcome, probed.json_schema, probed.detail) == ("answered", "supported", "")
    assert probed.elapsed_s is not None
    (call,) = completions.calls
    assert (call.candidate, call.max_tokens) == (MODEL, MAX_TOKENS)
    assert call.prompt.format == "schema"
    assert (probed.provider, probed.key_env) == ("openai", "A_KEY")
    assert (probed.address, probed.address_env) == ("http://x/v1", "OPENAI_API_BASE")


async def test_a_refused_schema_costs_one_more_call_without_it() -> None:
    completions = ScriptedCompletions([REFUSED, "yes"])
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.outcome, probed.json_schema) == ("answered", "unsupported")
    assert [prompt.format for prompt in completions.prompts] == ["schema", "text"]


@pytest.mark.parametrize("accepts", ["json", "text"])
async def test_a_schema_is_not_demanded_of_a_model_that_is_known_to_take_none(
    accepts: ReplyFormat,
) -> None:
    completions = ScriptedCompletions([READY], accepts=accepts)
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert probed.json_schema == "unsupported"
    assert [prompt.format for prompt in completions.prompts] == [accepts]


@pytest.mark.parametrize(
    ("reply", "support", "detail"),
    [
        ("Yes, I am.", "ignored", ""),
        ('["yes"]', "ignored", ""),
        ('{"ready": true}', "ignored", ""),
        (Completion('{"rea', "a", Usage(), cut_short=True), None, ""),
        (Completion("", "a", Usage(), cut_short=True), None, ""),
        ("  ", None, EMPTY),
    ],
)
async def test_a_demand_that_is_accepted_may_be_ignored(
    reply: Line, support: str | None, detail: str
) -> None:
    probed = await prober(ScriptedCompletions([reply])).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.outcome, probed.json_schema, probed.detail) == ("answered", support, detail)


async def test_a_fault_is_told_with_everything_that_is_known_all_the_same() -> None:
    facts = ModelFacts(
        "openai", "schema", free=False, usd_per_token_in=1e-6, usd_per_token_out=2e-6
    )
    completions = ScriptedCompletions(
        [fault("rate_limited", "HTTP 429: wait", retryable=True)], known={"openai/a": facts}
    )
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.outcome, probed.detail) == ("rate_limited", "HTTP 429: wait")
    assert (probed.retry_after_s, probed.spent) == (3.0, False)
    assert (probed.provider, probed.price_known, probed.key_env) == ("openai", True, "A_KEY")
    assert len(completions.calls) == 1


@pytest.mark.parametrize(
    ("kind", "detail"), [("rate_limited", "HTTP 429: quota"), ("bad_request", "HTTP 402: pay")]
)
async def test_an_account_out_of_credit_is_told_from_a_limit(
    kind: FailureKind, detail: str
) -> None:
    completions = ScriptedCompletions([fault(kind, detail)])
    assert (await prober(completions).probe(MODEL, LONG_ENOUGH_S)).spent


async def test_silence_ends_in_time() -> None:
    probed = await prober(ScriptedCompletions([SILENCE])).probe(MODEL, 0.05)
    assert (probed.outcome, probed.detail) == ("timeout", "no answer within 0 s")
    assert probed.provider == "openai"


async def test_for_an_unknown_model_the_address_is_asked_what_it_offers() -> None:
    completions = ScriptedCompletions([fault("unknown_model")])
    probed = await prober(completions, ["b", "c/d"]).probe(MODEL, LONG_ENOUGH_S)
    assert probed.known_models == ("openai/b", "openai/c/d")
    assert probed.listed_there


async def test_an_address_that_does_not_say_leaves_what_is_known_of_the_provider() -> None:
    completions = ScriptedCompletions([fault("unknown_model")])
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.known_models, probed.listed_there) == (("openai/known",), False)


async def test_of_an_unknown_provider_all_models_are_candidates() -> None:
    nobody = ModelFault("unknown_model", "no provider of that name", usage=NO_USAGE)
    completions = ScriptedCompletions([READY], known={"openai/a": nobody})
    probed = await prober(completions).probe(MODEL, LONG_ENOUGH_S)
    assert (probed.outcome, probed.provider) == ("unknown_model", None)
    assert probed.known_models == ("None/known",)
    assert completions.calls == []


async def test_a_scripted_seat_is_tried_without_a_call() -> None:
    completions = ScriptedCompletions([READY])
    there = await prober(completions).probe(Candidate(model="scripted/demo"), LONG_ENOUGH_S)
    absent = await prober(completions).probe(Candidate(model="scripted/dema"), LONG_ENOUGH_S)
    assert (there.outcome, there.price_known) == ("answered", True)
    assert absent.outcome == "unknown_model"
    assert "Did you mean 'demo'?" in absent.detail
    assert completions.calls == []


@pytest.mark.parametrize("kind", FAULT_KINDS)
async def test_a_model_that_fails_on_purpose_is_found_failing_without_a_call(kind: str) -> None:
    completions = ScriptedCompletions([READY])
    probed = await prober(completions).probe(Candidate(model=failing_model(kind)), LONG_ENOUGH_S)
    outcome = "answered" if kind == MALFORMED else kind
    assert (probed.outcome, probed.price_known) == (outcome, True)
    assert (probed.json_schema == "ignored") == (kind == MALFORMED)
    assert completions.calls == []


def test_an_address_with_credentials_is_not_shown_by_accident() -> None:
    where = Whereabouts("http://user:word@x/v1", "http://x/v1", None, None, "openai")
    assert "word" not in repr(where)

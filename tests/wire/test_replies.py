"""What comes back of a call that was answered: words, formats, repairs, tokens, prices."""

import json

import pytest

from magi_mcp.core.ballots import Position, Unreadable
from magi_mcp.core.replies import NO_USAGE, Answered, Usage
from magi_mcp.ports import SeatPort
from tests.provider import (
    BrokenJson,
    Empty,
    MisbehavingProvider,
    ReasoningOnly,
    RefusesSchema,
    Say,
    Status,
    TokenCounts,
)
from tests.seats.asks import BALLOT, YES_NO, ask
from tests.wire.conftest import PATIENCE_S, SeatOn

PREFIXES = ("openai", "openrouter", "hosted_vllm")
COUNTED = Say(BALLOT, usage=TokenCounts(1000, 100))


async def answered(seat: SeatPort) -> Answered:
    reply = await seat.ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    return reply


def formats(provider: MisbehavingProvider) -> list[str | None]:
    return [request.response_format for request in provider.requests]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_model_unknown_to_litellm_is_asked_for_the_schema_of_the_ballot(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    reply = await answered(seat_on(f"{prefix}/fine"))
    [request] = provider.requests
    assert request.json_schema == YES_NO.json_schema()
    assert [(m.role, m.content) for m in request.messages] == [
        ("system", ask().system),
        ("user", ask().prompt),
    ]
    assert reply.served_by == f"{prefix}/fine"
    assert reply.repairs == 0
    assert isinstance(YES_NO.read(reply.text), Position)


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_refused_schema_is_given_up_for_json_and_that_for_words(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    said = Say("POSITION: yes\nARGUMENT: The rehearsal held.")
    provider.set("a", RefusesSchema(said, refused=("json_schema", "json_object")))
    reply = await answered(seat_on(f"{prefix}/a"))
    assert formats(provider) == ["json_schema", "json_object", None]
    assert YES_NO.read(reply.text) == Position(position="yes", argument="The rehearsal held.")
    assert (reply.repairs, reply.usage.calls) == (0, 3)
    assert [len(request.messages) for request in provider.requests] == [2, 2, 2]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_schema_once_refused_is_never_sent_to_that_model_again(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    model = f"{prefix}/refuses-schema"
    for _ in range(2):
        await answered(seat_on(model))
    await answered(seat_on(f"{prefix}/fine"))
    assert formats(provider) == ["json_schema", "json_object", "json_object", "json_schema"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (400, "This model does not support structured outputs."),
        (400, "Failed to generate JSON (json_validate_failed)."),
        (422, "guided_json is not available with this backend."),
        (400, "Unknown field: generation_config.response_schema"),
    ],
)
async def test_a_format_is_refused_in_many_words(
    provider: MisbehavingProvider, seat_on: SeatOn, code: int, message: str
) -> None:
    provider.set("a", (Status(code, message=message), COUNTED))
    await answered(seat_on("openai/a"))
    assert formats(provider) == ["json_schema", "json_object"]


async def test_only_a_model_listed_as_one_without_schemas_is_asked_for_json_at_once(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    for name in ("gpt-audio", "gpt-3.5-turbo", "gpt-4o-mini"):
        provider.set(name, COUNTED)
        await answered(seat_on(f"openai/{name}"))
    # Of the second one the list says nothing: it is asked, and a refusal would be remembered.
    assert formats(provider) == ["json_object", "json_schema", "json_schema"]


async def test_a_provider_that_knows_no_reply_formats_is_asked_in_words(
    provider: MisbehavingProvider, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEATHERLESS_AI_API_BASE", provider.base_url)
    monkeypatch.setenv("FEATHERLESS_AI_API_KEY", "none-needed")
    provider.set("a", COUNTED)
    await answered(seat_on("featherless_ai/a"))
    assert formats(provider) == [None]


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_a_malformed_reply_is_repaired_once_quoting_what_was_wrong(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    provider.set("a", (Say.json(position="maybe", argument="Hm."), COUNTED))
    reply = await answered(seat_on(f"{prefix}/a"))
    assert (reply.repairs, reply.usage.calls) == (1, 2)
    assert isinstance(YES_NO.read(reply.text), Position)
    first, second = provider.requests
    assert second.messages[:2] == first.messages
    said, objection = second.messages[2:]
    assert (said.role, json.loads(said.content)["position"]) == ("assistant", "maybe")
    assert objection.role == "user"
    assert 'its position "maybe" is not exactly one of "yes", "no"' in objection.content
    assert second.response_format == "json_schema"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("model", ["chatter", "empty", "null-content"])
async def test_malformed_twice_is_an_unreadable_ballot_and_no_failure(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, model: str
) -> None:
    reply = await answered(seat_on(f"{prefix}/{model}"))
    assert (reply.repairs, reply.usage.calls, len(provider.requests)) == (1, 2, 2)
    assert isinstance(YES_NO.read(reply.text), Unreadable)


async def test_an_empty_reply_is_asked_for_once_more(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("a", (Empty(), COUNTED))
    reply = await answered(seat_on("openai/a"))
    assert (reply.text, reply.repairs) == (BALLOT, 1)
    assert provider.requests[1].messages[2].content == "(empty)"


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("content", ["", None])
async def test_an_answer_that_stands_among_the_thoughts_is_read_there(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str, content: str | None
) -> None:
    provider.set("a", ReasoningOnly(BALLOT, content=None if content is None else ""))
    reply = await answered(seat_on(f"{prefix}/a"))
    assert (reply.text, reply.repairs, len(provider.requests)) == (BALLOT, 0, 1)


async def test_thoughts_beside_an_answer_are_not_the_answer(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    message = {"role": "assistant", "content": BALLOT, "reasoning_content": "Or rather no?"}
    provider.set("a", BrokenJson(json.dumps({"choices": [{"index": 0, "message": message}]})))
    assert (await answered(seat_on("openai/a"))).text == BALLOT


async def test_a_reply_cut_at_its_length_is_asked_for_in_fewer_words(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("a", (Say('{"argument": "The reh', finish_reason="length"), COUNTED))
    reply = await answered(seat_on("openai/a"))
    assert (reply.text, reply.repairs) == (BALLOT, 1)
    assert "your tokens ran out; be brief" in provider.requests[1].messages[-1].content


@pytest.mark.parametrize("prefix", PREFIXES)
async def test_half_a_surrogate_pair_in_a_reply_becomes_a_question_mark(
    provider: MisbehavingProvider, seat_on: SeatOn, prefix: str
) -> None:
    body = '{"choices": [{"index": 0, "message": {"role": "assistant", "content": "oh \\ud83d!"}}]}'
    provider.set("a", BrokenJson(body))
    reply = await answered(seat_on(f"{prefix}/a"))
    assert reply.text == "oh ?!"
    assert "oh ?!" in provider.requests[1].messages[2].content
    assert Answered.model_validate_json(reply.model_dump_json()) == reply


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        # litellm's own list price: 0.15 and 0.60 dollars for a million tokens.
        ("openai/gpt-4o-mini", Usage(tokens_in=1000, tokens_out=100, cost_usd=0.00021)),
        ("openai/house-model", Usage(tokens_in=1000, tokens_out=100)),
        ("hosted_vllm/house-model", Usage(tokens_in=1000, tokens_out=100)),
        ("openrouter/nobody/knows", Usage(tokens_in=1000, tokens_out=100)),
    ],
)
async def test_tokens_are_counted_and_the_cost_is_the_list_price_or_unknown(
    provider: MisbehavingProvider, seat_on: SeatOn, model: str, usage: Usage
) -> None:
    provider.set(model.partition("/")[2], COUNTED)
    reply = await answered(seat_on(model))
    assert reply.usage.model_copy(update={"cost_usd": None}) == usage.model_copy(
        update={"cost_usd": None}
    )
    assert reply.usage.cost_usd == (usage.cost_usd and pytest.approx(usage.cost_usd))


async def test_a_model_listed_at_no_price_is_free_and_one_listed_without_a_price_is_not(
    provider: MisbehavingProvider, seat_on: SeatOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PUBLICAI", "FEATHERLESS_AI"):
        monkeypatch.setenv(f"{name}_API_BASE", provider.base_url)
        monkeypatch.setenv(f"{name}_API_KEY", "none-needed")
    free, unpriced = "allenai/Olmo-3-7B-Instruct", "featherless-ai/Qwerky-72B"
    for model in (free, unpriced):
        provider.set(model, (COUNTED, Say(BALLOT, usage="absent")))
    costs = {
        model: [(await answered(seat_on(model))).usage.cost_usd for _ in range(2)]
        for model in (f"publicai/{free}", f"featherless_ai/{unpriced}")
    }
    assert list(costs.values()) == [[0.0, 0.0], [None, None]]


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openai/house-model"])
async def test_without_a_count_of_tokens_neither_they_nor_the_cost_are_known(
    provider: MisbehavingProvider, seat_on: SeatOn, model: str
) -> None:
    provider.set(model.partition("/")[2], Say(BALLOT, usage="absent"))
    assert (await answered(seat_on(model))).usage == Usage(calls=1)


async def test_a_repair_is_paid_for_too_and_one_unknown_price_makes_the_sum_unknown(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    counted = Say("It depends.", usage=TokenCounts(1000, 100))
    provider.set("gpt-4o-mini", (counted, COUNTED))
    reply = await answered(seat_on("openai/gpt-4o-mini"))
    assert reply.usage.tokens_in == 2000
    assert reply.usage.cost_usd == pytest.approx(0.00042)
    provider.set("gpt-4o-mini", (counted, Say(BALLOT, usage="absent")))
    assert (await answered(seat_on("openai/gpt-4o-mini"))).usage == Usage(calls=2)


async def test_a_refused_format_is_a_call_that_costs_nothing(
    provider: MisbehavingProvider, seat_on: SeatOn
) -> None:
    provider.set("gpt-4o-mini", RefusesSchema(COUNTED))
    usage = (await answered(seat_on("openai/gpt-4o-mini"))).usage
    assert (usage.calls, usage.tokens_in) == (2, 1000)
    assert usage.cost_usd == pytest.approx(0.00021)
    assert NO_USAGE.cost_usd == 0

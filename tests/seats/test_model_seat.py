"""A seat served by a model: formats given up, replies repaired, deadlines, what it all costs."""

from collections.abc import Callable

import anyio

from magi_mcp.core.budget import Purse
from magi_mcp.core.case import Candidate
from magi_mcp.core.health import Health
from magi_mcp.core.replies import NO_USAGE, Answered, Failed, Reply, Usage
from magi_mcp.ports import SeatPort
from magi_mcp.seats.completions import Completion, ModelFacts, ModelFault, ReplyFormat
from magi_mcp.seats.model_seat import ModelSeat
from magi_mcp.seats.one_call import Caller, CallFacilities
from magi_mcp.seats.places import Places
from magi_mcp.seats.reply_formats import ReplyFormats
from magi_mcp.seats.retrying import Retries
from magi_mcp.seats.secrecy import Redactor
from tests.seats.asks import BALLOT, YES_NO, ask
from tests.seats.every_seat import PATIENCE_S, SOON_S, EverySeat
from tests.seats.offices import SetClock, outcomes
from tests.seats.scripted_completions import SILENCE, SPENT, Line, ScriptedCompletions

CHATTER = "Well, that rather depends."
UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
DOWN = ModelFault("server", "HTTP 500: no", usage=UNCHARGED, retryable=True)


def no_format() -> ModelFault:
    return ModelFault(
        "bad_request", "HTTP 400: response_format", usage=UNCHARGED, format_refused=True
    )


def seat_on(
    completions: ScriptedCompletions, formats: ReplyFormats | None = None, model: str = "openai/a"
) -> ModelSeat:
    """A seat on a model that gets one try for each prompt."""
    facilities = CallFacilities(completions, Health(), Places(100), SetClock(), Redactor({}))
    caller = Caller(facilities, "a deliberation", Purse(), timeout_s=7)
    return ModelSeat(Candidate(model=model), caller, formats or ReplyFormats(), Retries(1))


async def answered(*lines: Line, deadline_s: float = PATIENCE_S) -> tuple[Answered, list[str]]:
    """The answer of a model that says these lines, and the last message of each call."""
    model = ScriptedCompletions(lines)
    reply = await seat_on(model).ask(ask(), deadline_s)
    assert isinstance(reply, Answered)
    return reply, [prompt.messages[-1].text for prompt in model.prompts]


async def failed(*lines: Line, deadline_s: float = PATIENCE_S) -> Failed:
    reply: Reply = await seat_on(ScriptedCompletions(lines)).ask(ask(), deadline_s)
    assert isinstance(reply, Failed)
    return reply


class TestAModelSeat(EverySeat):
    async def answering(self, answer: Callable[[str], str]) -> SeatPort:
        return seat_on(ScriptedCompletions(lambda prompt: answer(prompt.messages[1].text)))

    async def failing(self) -> SeatPort:
        return seat_on(ScriptedCompletions([DOWN]))

    async def silent(self) -> SeatPort:
        return seat_on(ScriptedCompletions([SILENCE]))


async def test_a_model_is_sent_the_ask_and_the_schema_of_its_form() -> None:
    model = ScriptedCompletions([BALLOT])
    await seat_on(model).ask(ask(), PATIENCE_S)
    [prompt] = model.prompts
    assert [(message.role, message.text) for message in prompt.messages] == [
        ("system", "You sit on a council."),
        ("user", ask().prompt),
    ]
    assert (prompt.format, prompt.name) == ("schema", "ballot")
    assert prompt.schema == YES_NO.json_schema()
    assert [call.timeout_s for call in model.calls] == [7]


async def test_the_demand_weakens_step_by_step_until_the_model_takes_it() -> None:
    model = ScriptedCompletions([no_format(), no_format(), BALLOT])
    reply = await seat_on(model).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert [prompt.format for prompt in model.prompts] == ["schema", "json", "text"]
    assert outcomes(reply) == [
        ("openai/a", "format_refused"),
        ("openai/a", "format_refused"),
        ("openai/a", "answered"),
    ]
    assert reply.usage == Usage(calls=3, tokens_in=100, tokens_out=10, cost_usd=0.5)


async def test_a_refused_format_is_no_malformed_reply_and_the_model_is_told_nothing() -> None:
    model = ScriptedCompletions([no_format(), BALLOT])
    reply = await seat_on(model).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.repairs == 0
    assert model.prompts[0].messages == model.prompts[1].messages


async def test_a_model_that_takes_no_format_at_all_has_failed() -> None:
    fault = await failed(no_format())
    assert (fault.failure, fault.usage.calls) == ("bad_request", 3)


async def test_a_refused_format_is_never_tried_again_by_any_seat_on_that_model() -> None:
    formats = ReplyFormats()
    model = ScriptedCompletions([no_format(), BALLOT])
    await seat_on(model, formats).ask(ask(), PATIENCE_S)
    await seat_on(model, formats).ask(ask(seat="casper"), PATIENCE_S)
    assert [prompt.format for prompt in model.prompts] == ["schema", "json", "json"]


async def test_a_format_refused_by_one_model_is_still_demanded_of_another() -> None:
    formats = ReplyFormats()
    model = ScriptedCompletions([no_format(), BALLOT])
    await seat_on(model, formats, "openai/a").ask(ask(), PATIENCE_S)
    await seat_on(model, formats, "openai/b").ask(ask(), PATIENCE_S)
    assert [prompt.format for prompt in model.prompts] == ["schema", "json", "schema"]


async def test_a_late_refusal_does_not_undo_what_another_seat_has_learnt() -> None:
    formats = ReplyFormats()
    said: list[ReplyFormat] = []

    def model(prompt: object) -> Line:
        said.append(formats.accepted["openai/a"])
        if len(said) == 1:
            formats.accepted["openai/a"] = "text"  # by the other seat, in the meantime
            return no_format()
        return BALLOT

    await seat_on(ScriptedCompletions(model), formats).ask(ask(), PATIENCE_S)
    assert said == ["schema", "text"]


async def test_a_model_known_to_take_json_only_is_asked_for_json_at_once() -> None:
    model = ScriptedCompletions([BALLOT], accepts="json")
    await seat_on(model).ask(ask(), PATIENCE_S)
    assert [prompt.format for prompt in model.prompts] == ["json"]


async def test_a_malformed_reply_is_quoted_its_fault_once_and_may_be_mended() -> None:
    reply, told = await answered('{"position": "maybe"}', BALLOT)
    assert (reply.text, reply.repairs) == (BALLOT, 1)
    assert told[1].startswith(
        'Your reply could not be read: its position "maybe" is not exactly one of "yes", "no"'
    )
    assert told[1].endswith(YES_NO.instructions())
    assert reply.usage == SPENT + SPENT
    assert outcomes(reply) == [("openai/a", "malformed"), ("openai/a", "answered")]
    assert reply.attempts[0].detail.startswith('its position "maybe" is not exactly one of')
    assert reply.attempts[1].detail == ""


async def test_a_repair_goes_on_from_what_the_model_has_said() -> None:
    model = ScriptedCompletions([CHATTER, BALLOT])
    await seat_on(model).ask(ask(), PATIENCE_S)
    assert [message.role for message in model.prompts[1].messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert model.prompts[1].messages[2].text == CHATTER


async def test_words_malformed_twice_come_back_as_they_are() -> None:
    reply, told = await answered(CHATTER, "It still depends.")
    assert (reply.text, reply.repairs, len(told)) == ("It still depends.", 1, 2)


async def test_an_empty_reply_is_repaired_without_quoting_an_empty_message() -> None:
    model = ScriptedCompletions(["", BALLOT])
    reply = await seat_on(model).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Answered)
    assert reply.text == BALLOT
    assert model.prompts[1].messages[2].text == "(empty)"


async def test_a_reply_that_was_cut_short_is_asked_for_in_fewer_words() -> None:
    cut = Completion('{"argument": "The reh', "openai/a", SPENT, cut_short=True)
    _, told = await answered(cut, BALLOT)
    assert "cut off where your tokens ran out; be brief" in told[1]
    assert "JSON object that is broken" in told[1]


async def test_a_reply_that_was_cut_short_behind_its_ballot_is_not_asked_for_again() -> None:
    reply, told = await answered(Completion(BALLOT, "openai/a", SPENT, cut_short=True))
    assert (reply.repairs, len(told)) == (0, 1)


async def test_a_fault_is_no_malformed_reply_and_is_not_asked_about_again() -> None:
    model = ScriptedCompletions([DOWN, BALLOT])
    reply = await seat_on(model).ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.retryable) == ("server", True)
    assert reply.detail == "openai/a: HTTP 500: no"
    assert len(model.prompts) == 1


async def test_where_the_repair_fails_the_first_words_are_kept_and_both_calls_paid() -> None:
    reply, _ = await answered(CHATTER, DOWN)
    assert (reply.text, reply.repairs) == (CHATTER, 1)
    assert reply.usage == SPENT + UNCHARGED


async def test_where_the_deadline_ends_the_repair_the_words_are_kept_and_the_cost_is_unknown() -> (
    None
):
    reply, _ = await answered(CHATTER, SILENCE, deadline_s=SOON_S)
    assert (reply.text, reply.repairs) == (CHATTER, 1)
    assert reply.usage == Usage(calls=2)


async def test_a_silent_model_fails_at_the_deadline_and_what_it_cost_is_unknown() -> None:
    fault = await failed(SILENCE, deadline_s=SOON_S)
    assert (fault.failure, fault.retryable) == ("timeout", True)
    assert fault.detail == f"openai/a: {fault.attempts[0].detail}"
    assert fault.usage == Usage(calls=1)
    [attempt] = fault.attempts
    assert attempt.outcome == "timeout"
    assert attempt.detail.startswith("no answer within 0.")
    assert attempt.waited_s + attempt.elapsed_s >= SOON_S - 0.001


async def test_after_the_deadline_nothing_is_sent_and_nothing_is_spent() -> None:
    model = ScriptedCompletions([BALLOT])
    reply = await seat_on(model).ask(ask(), 0)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage, model.prompts) == ("timeout", NO_USAGE, [])
    assert reply.detail == "openai/a: no call could be made within 0 s"


async def test_a_deadline_that_passes_while_the_models_are_loaded_costs_nothing() -> None:
    class StillLoading(ScriptedCompletions):
        async def facts(self, model: str) -> ModelFacts:
            await anyio.sleep_forever()
            return await super().facts(model)

    reply = await seat_on(StillLoading([BALLOT])).ask(ask(), SOON_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.usage) == ("timeout", NO_USAGE)


async def test_a_model_string_that_leads_nowhere_is_a_failed_reply() -> None:
    nowhere = ModelFault("unknown_model", "no provider", usage=NO_USAGE)
    model = ScriptedCompletions([BALLOT], known={"nowhere/x": nowhere})
    reply = await seat_on(model, model="nowhere/x").ask(ask(), PATIENCE_S)
    assert isinstance(reply, Failed)
    assert (reply.failure, reply.detail) == ("unknown_model", "nowhere/x: no provider")
    assert reply.usage == NO_USAGE
    assert outcomes(reply) == [("nowhere/x", "unknown_model")]

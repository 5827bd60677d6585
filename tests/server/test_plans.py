"""The tool ``deliberate`` with ``dry_run``: a plan, and nobody is asked."""

from magi_mcp.core.case import Limits
from magi_mcp.seats.scripted import ScriptedSeat
from tests.server.meeting import SHIP, Era, meeting, text_of, verdict_in
from tests.server.strict import faults, strict_plan_schema
from tests.support.councils import ballot

QUESTION = "Should we ship 4.2 on Friday?"


async def test_a_dry_run_gives_a_plan_and_asks_nobody(era: Era) -> None:
    seats = {name: ScriptedSeat([ballot("yes")]) for name in ("melchior", "balthasar")}
    async with meeting(era, seats, limits=Limits(max_rounds=0)) as hall:
        result = await hall.ask(question=QUESTION, method="yes_no", dry_run=True)
        assert await hall.council.heads(10) == ()
    planned = verdict_in(result)
    assert not result.is_error
    assert (planned["status"], planned["dossier_id"], planned["calls"]) == ("planned", None, 0)
    assert (planned["plan"]["calls"], planned["plan"]["cost_usd"]) == (2, 0)
    assert text_of(result).startswith("PLAN: at most 2 calls, ")
    assert planned["next_step"] in text_of(result)
    assert len(result.content) == 1, "there is no dossier to link to"
    assert [seat.asked for seat in seats.values()] == [[], []]


async def test_a_plan_meets_the_published_schema_and_the_strict_one(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        (tool, *_) = (await hall.client.list_tools()).tools
        result = await hall.ask(question=QUESTION, method="yes_no", dry_run=True)
    assert tool.output_schema is not None
    for schema in (tool.output_schema, strict_plan_schema()):
        assert faults(verdict_in(result), schema) == []


async def test_a_plan_that_does_not_fit_is_told_and_is_no_fault(era: Era) -> None:
    async with meeting(era, SHIP, limits=Limits(max_tokens=50)) as hall:
        result = await hall.ask(question=QUESTION, method="yes_no", dry_run=True)
    assert not result.is_error
    assert verdict_in(result)["plan"]["affordable"] == "none"
    assert "nobody would be asked" in text_of(result)
    assert "max_tokens, 50" in text_of(result)


async def test_false_is_no_dry_run(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.ask(question=QUESTION, method="yes_no", dry_run=False)
    assert verdict_in(result)["status"] == "decided"


async def test_what_a_plan_says_does_not_fit_is_not_asked(era: Era) -> None:
    async with meeting(era, SHIP, limits=Limits(max_tokens=50)) as hall:
        result = await hall.ask(question=QUESTION, method="yes_no")
    assert result.is_error
    assert verdict_in(result)["calls"] == 0
    text = text_of(result)
    assert text.startswith("FAILED: no seat was asked.")
    assert "left of max_tokens, 50" in text
    assert "Next: Raise the limit that is named" in text

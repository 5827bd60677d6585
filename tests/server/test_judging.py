"""``judge_answer`` over a real client: the judgement, and all that holds of deliberations too."""

import asyncio
import json
from typing import Any

import pytest
from mcp_types import CallToolResult

from magi_mcp.core.asks import Ask
from magi_mcp.core.replies import Failed
from magi_mcp.seats.scripted import Line, ScriptedSeat
from tests.judging.panels import PANEL, judge
from tests.server.meeting import Era, Meeting, PatientSeat, meeting, text_of, verdict_in
from tests.server.task_client import CreatedTask, Following, task_state
from tests.server.wire import PATIENCE_S

ONE: dict[str, Any] = {"question": "What is 2 + 2?", "answers": ["It is four."]}
TWO: dict[str, Any] = {"question": "What is 2 + 2?", "answers": ["Five.", "Four."]}


async def judged(hall: Meeting, **arguments: object) -> CallToolResult:
    return await hall.call("judge_answer", arguments)


async def refusal(hall: Meeting, **arguments: object) -> str:
    result = await judged(hall, **arguments)
    assert result.is_error
    return text_of(result)


async def test_one_answer_is_scored(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        result = await judged(hall, **ONE, pass_threshold=7, reference="4")
    told = verdict_in(result)
    assert (told["kind"], told["status"], told["passed"]) == ("judgement", "decided", True)
    assert told["overall"] == {"median": 8.0, "min": 4.0, "max": 9.0}
    assert told["agreement"]["coefficient"] == "krippendorff_alpha_ordinal"
    assert [judge["scores"]["clarity"] for judge in told["judges"]] == [8, 9, 4]
    assert (told["winner"], told["ranking"], told["order_flips"]) == (None, None, None)
    assert text_of(result).startswith("DECIDED: passed, 8 of 10 (median of 3 judges")
    assert told["calls"] == 12


async def test_several_answers_are_compared(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        result = await judged(hall, **TWO)
    told = verdict_in(result)
    assert (told["winner"], told["order_flips"]) == (2, 1)
    assert told["ranking"][0] == {"place": 1, "answer_no": 2, "wins": 2, "share": 1.0}
    assert (told["overall"], told["criteria"], told["passed"]) == (None, None, None)
    assert text_of(result).startswith("DECIDED: answer 2 is preferred")


async def test_the_same_answers_judged_again_join_what_there_is(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        first, again = await judged(hall, **TWO), await judged(hall, **TWO)
        other = await judged(hall, **ONE)
    assert verdict_in(first)["dossier_id"] == verdict_in(again)["dossier_id"]
    assert "Joined: " in text_of(again)
    assert verdict_in(other)["dossier_id"] != verdict_in(first)["dossier_id"]


async def test_a_judgement_is_read_again_in_any_detail(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        name = verdict_in(await judged(hall, **TWO, detail="brief"))["dossier_id"]
        full = verdict_in(await hall.look_up(dossier_id=name, detail="full"))
        ask = verdict_in(await hall.look_up(dossier_id=name, ask_id="r1/casper/2v1"))
        page = verdict_in(await hall.look_up(dossier_id=name, detail="transcript"))
        found = await hall.call("search_dossiers", {"kind": "judgement", "outcome": "winner"})
        kept = await hall.call("record_outcome", {"dossier_id": name, "actual": "2"})
        [report, minority, result] = [
            (await hall.read(f"magi://dossiers/{name}{part}")).text
            for part in ("", "/minority", "/verdict")
        ]
    assert full["judges"][2]["rationale"]["2v1"] == "Answer 2 is right."
    assert "first answer" in ask["ask"]["prompt"]
    assert json.loads(ask["reply"]["text"])["better"] == "first"
    assert "r1/melchior/1v2" in page["transcript"]
    assert [entry["dossier_id"] for entry in verdict_in(found)["dossiers"]] == [name]
    assert verdict_in(found)["dossiers"][0]["ruling"] == "answer 2"
    assert "It was: answer 2. The council was right." in text_of(kept)
    assert "## Ranking" in report
    assert minority.startswith("# Minority report")
    assert json.loads(result)["winner"] == 2


async def test_many_reasons_come_in_pages(era: Era) -> None:
    def speak(ask: Ask) -> dict[str, Any]:
        return {"rationale": f"{ask.ask_id} " + "word " * 400, "score": 5}

    async with meeting(era, dict.fromkeys(("a", "b", "c"), speak)) as hall:
        await judged(hall, **ONE)
        pages = [verdict_in(await hall.look_up(dossier_id="latest", detail="full"))]
        while cursor := pages[-1]["next_cursor"]:
            further = await hall.look_up(dossier_id="latest", detail="full", cursor=cursor)
            pages.append(verdict_in(further))
    told = json.dumps(pages)
    assert len(pages) > 1
    assert all(f"r1/{seat}/{n} word" in told for seat in "abc" for n in range(1, 5))


async def test_a_judgement_is_a_task_for_clients_that_follow_tasks() -> None:
    slow = PatientSeat(judge(8, 2))
    async with (
        asyncio.timeout(PATIENCE_S),
        meeting("auto", {**PANEL, "casper": slow}, extensions=[Following()]) as hall,
    ):
        created = await hall.client.session.call_tool("judge_answer", TWO, allow_claimed=True)
        assert isinstance(created, CreatedTask)
        assert created.status_message.startswith("RUNNING: ")
        slow.may_answer.set()
        sitting = hall.council.chamber.sitting(created.task_id)
        assert sitting is not None
        await sitting.ledger.closing()
        done = await task_state(hall.client.session, created.task_id)
    assert done.status == "completed"
    assert verdict_in(CallToolResult.model_validate(done.result))["winner"] == 2


async def test_a_running_judgement_is_stopped_and_gone_on_with(era: Era) -> None:
    slow = PatientSeat(judge(8, 2))
    async with meeting(era, {**PANEL, "casper": slow}) as hall:
        running = await judged(hall, **TWO, wait_s=0)
        assert text_of(running).startswith("RUNNING: ")
        await slow.asked.wait()
        stopped = await hall.call("control_dossier", {"dossier_id": "latest", "action": "cancel"})
        assert text_of(stopped).startswith("CANCELLED in round 1")
        await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        slow.may_answer.set()
        ended = await hall.look_up(dossier_id="latest")
    assert verdict_in(ended)["winner"] == 2
    assert any("had been cut off" in warning for warning in verdict_in(ended)["warnings"])


async def test_a_panel_that_failed_is_an_error_and_can_be_gone_on_with(era: Era) -> None:
    lost: Line = Failed(failure="authentication", detail="no key")
    mended: Line = {"rationale": "Mended.", "score": 6}
    seat = ScriptedSeat([lost] * 4 + [mended] * 4)
    async with meeting(era, {"melchior": seat}) as hall:
        failed = await judged(hall, **ONE)
        assert failed.is_error
        assert "melchior: authentication: no key" in text_of(failed)
        await hall.call("control_dossier", {"dossier_id": "latest", "action": "resume"})
        ended = await hall.look_up(dossier_id="latest")
    assert verdict_in(ended)["overall"]["median"] == 6.0


async def test_whoever_waits_is_told_of_seats_and_not_of_asks(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        await judged(hall, **ONE)
    messages = [told for _, _, told in hall.told]
    assert "scoring the answer: asking 3 seats" in messages
    assert not [told for told in messages if told and "It earns" in told]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"answers": []}, "answers: none are given"),
        ({"answers": ["a", " "]}, "answers: number 2 is empty"),
        ({"answers": ["a", "a"]}, "answers: numbers 1 and 2 are identical"),
        ({"criteria": ["a: x", "A: y"]}, "criteria: 'A' stands twice"),
        ({"criteria": [": x"]}, 'has no name; write "name: what earns a 10"'),
        ({"pass_threshold": 11}, "pass_threshold: 11 is not in 1..10"),
        ({"pass_threshold": 0}, "pass_threshold: 0 is not in 1..10"),
        ({"answers": ["a", "b"], "pass_threshold": 7}, "no effect on 2 answers"),
        ({"question": " "}, "question: is blank"),
        ({"advanced": {"max_rounds": 1}}, "advanced.max_rounds: has no effect on a judgement"),
        ({"advanced": {"seat": "x"}}, "Did you mean 'seats'?"),
        ({"method": "vote"}, "argument: 'method' is not known"),
    ],
)
async def test_what_cannot_be_judged_is_refused_with_what_would_be_right(
    wrong: dict[str, Any], words: str
) -> None:
    async with meeting("auto", PANEL) as hall:
        assert words in await refusal(hall, **(ONE | wrong))
        assert await hall.council.heads(1) == ()


async def test_advanced_reaches_the_panel(era: Era) -> None:
    async with meeting(era, PANEL) as hall:
        result = await judged(
            hall, **ONE, advanced={"anonymous": True, "instructions": "Be brief."}
        )
        case = (await hall.council.dossier("latest")).case
    assert case.instructions == "Be brief."
    assert {judge["seat"] for judge in verdict_in(result)["judges"]} == {
        "Voice 1",
        "Voice 2",
        "Voice 3",
    }


async def test_a_later_question_may_follow_a_judgement(era: Era) -> None:
    script = {**PANEL, "melchior": judge(8, 2)}
    async with meeting(era, script) as hall:
        await judged(hall, **TWO)
        await hall.ask(question="Shall we publish it?", method="yes_no", follows="latest", wait_s=5)
        case = (await hall.council.dossier("latest")).case
    assert "Result: answer 2 is preferred" in case.context

"""A client plays the seats: what it is asked, what it hands in, and what it hears. Contract."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.client import ClientExtension
from mcp_types import CallToolResult
from pydantic import JsonValue

from magi_mcp.core.case import Limits
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.ports import JournalPort
from magi_mcp.server.app import build_server
from magi_mcp.service import Council
from tests.callers.stage import CLAUDE, GEMINI, GPT, callers_council
from tests.callers.stage import SHIP as PLAYABLE
from tests.server.meeting import SHIP, Era, Meeting, meeting, text_of, verdict_in
from tests.server.strict import faults, faults_by, strict_schema
from tests.server.task_client import Following, task_state
from tests.support.councils import ballot

EVA = ("melchior", "balthasar", "casper")
QUESTION: dict[str, Any] = {"question": "Should we ship 4.2 on Friday?", "method": "yes_no"}
NINE = [f"seat-{number}" for number in range(1, 10)]
MODELS = (CLAUDE, GPT, GEMINI)


@asynccontextmanager
async def hall(
    era: Era,
    journal: JournalPort | None = None,
    *,
    seats: Sequence[str] = EVA,
    protocol: str = "vote",
    limits: Limits | None = None,
    extensions: Sequence[ClientExtension] = (),
) -> AsyncIterator[Meeting]:
    """A client in front of a server whose council it plays itself."""
    opened: list[Council] = []

    @asynccontextmanager
    async def open_council() -> AsyncIterator[Council]:
        async with callers_council(
            journal, seats=seats, protocol=protocol, limits=limits
        ) as council:
            opened.append(council)
            yield council

    async with Client(build_server(open_council), mode=era, extensions=extensions) as client:
        yield Meeting(client, opened[0])


def reply(ask_id: str, position: str, model: str | None = None) -> dict[str, JsonValue]:
    return {"ask_id": ask_id, "text": json.dumps(ballot(position)), "model": model}


def replies(position: str, seats: Sequence[str] = EVA, number: int = 1) -> list[JsonValue]:
    return [
        reply(f"r{number}/{seat}", position, MODELS[place % 3]) for place, seat in enumerate(seats)
    ]


async def submit(at: Meeting, *given: JsonValue, dossier_id: str = "latest") -> CallToolResult:
    return await at.call("submit_replies", {"dossier_id": dossier_id, "replies": list(given)})


def asks_in(result: CallToolResult) -> list[dict[str, JsonValue]]:
    asks = verdict_in(result)["asks"]
    assert isinstance(asks, list)
    return asks


def size(result: CallToolResult) -> int:
    shown = json.dumps(result.structured_content, ensure_ascii=False, separators=(",", ":"))
    return len(shown) + len(text_of(result))


async def test_a_question_comes_back_as_asks(era: Era) -> None:
    async with hall(era) as at:
        result = await at.ask(**QUESTION)
    name = verdict_in(result)["dossier_id"][-8:]
    assert not result.is_error
    verdict = verdict_in(result)
    assert verdict["status"] == "awaiting_replies"
    assert faults(verdict, strict_schema("standard", awaiting=True)) == []
    assert [ask["ask_id"] for ask in asks_in(result)] == [f"r1/{seat}" for seat in EVA]
    assert "You sit on a council" in str(asks_in(result)[0]["system"])
    assert "Should we ship 4.2 on Friday?" in str(asks_in(result)[0]["prompt"])
    assert "Reply with one JSON object" in str(asks_in(result)[0]["prompt"])
    text = text_of(result)
    assert text.startswith(
        "AWAITING REPLIES: round 1, blind, 3 asks: r1/melchior, r1/balthasar, r1/casper.\n"
    )
    for told in (text, str(verdict["next_step"])):
        assert f'get_dossier("{name}", ask_id="r1/melchior")' in told
        assert f'submit_replies("{name}", replies=[{{"ask_id": "r1/melchior", ' in told
    assert size(result) < 6_000


async def test_three_replies_give_the_verdict(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        result = await submit(at, *replies("yes"))
    assert not result.is_error
    verdict = verdict_in(result)
    assert (verdict["status"], verdict["ruling"], verdict["cost_usd"]) == ("decided", "yes", None)
    assert [b["served_by"] for b in verdict["ballots"]] == [CLAUDE, GPT, GEMINI]
    assert any(each.startswith("Played by the caller") for each in verdict["warnings"])
    assert text_of(result).startswith("DECIDED: yes (unanimous, 3 of 3")
    assert "asks" not in verdict
    assert faults(verdict, strict_schema("standard")) == []


async def test_one_mind_on_every_seat_has_no_full_authority(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        result = await submit(at, *(reply(f"r1/{seat}", "yes", CLAUDE) for seat in EVA))
    assert verdict_in(result)["provisional"] is True
    assert text_of(result).startswith("PROVISIONAL DECIDED: yes")


async def test_a_part_is_kept_and_a_split_is_argued(era: Era) -> None:
    async with hall(era, protocol="critique") as at:
        await at.ask(**QUESTION)
        part = await submit(at, reply("r1/casper", "no", GEMINI))
        assert [ask["ask_id"] for ask in asks_in(part)] == ["r1/melchior", "r1/balthasar"]
        assert verdict_in(part)["progress"]["answered"] == 1
        split = await submit(at, *replies("yes", EVA[:2]))
        assert text_of(split).startswith("AWAITING REPLIES: round 2, reading one another, 3 asks")
        done = await submit(at, *replies("yes", number=2))
    assert verdict_in(done)["route"] == ["vote", "critique"]
    assert verdict_in(done)["mind_changes"][0]["seat"] == "casper"


async def test_what_is_not_taken_is_told_beside_what_is(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        vague: JsonValue = {"ask_id": "r1/casper", "text": "It depends."}
        result = await submit(at, *replies("yes", EVA[:2]), vague)
        assert not result.is_error
        assert [ask["ask_id"] for ask in asks_in(result)] == ["r1/casper"]
        told = "'r1/casper': it cannot be read: it has no \"position\"."
        assert verdict_in(result)["warnings"][0].startswith(told)
        assert f"Note: {told}" in text_of(result)
        done = await submit(at, reply("r1/casper", "no"))
    assert verdict_in(done)["status"] == "decided"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([{"ask_id": "r1/nobody", "text": "yes"}], "'r1/nobody': there is no such ask. Open: r1/m"),
        ([{"ask_id": "r1/casper", "text": " "}], "'r1/casper': its text is empty; answer as Cas"),
        ([{"ask_id": "r1/casper"}], "FAILED: replies[0].text is required."),
        ([{"ask_id": "r1/casper", "text": "yes", "words": "x"}], "replies[0].words: 'x' is ref"),
        (["yes"], "FAILED: replies[0]: 'yes' is refused."),
        ([], "FAILED: replies: none given"),
        ("yes", "FAILED: replies: 'yes' is refused."),
    ],
)
async def test_bad_replies_are_refused_by_name(era: Era, given: JsonValue, told: str) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        arguments = {"dossier_id": "latest", "replies": given}
        result = await at.call("submit_replies", arguments)
        assert result.is_error
        assert told in text_of(result)
        assert len(asks_in(await at.look_up(dossier_id="latest"))) == 3


async def test_a_reply_handed_in_as_an_object_is_taken_as_its_text(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        given: list[JsonValue] = [{"ask_id": f"r1/{seat}", "text": ballot("yes")} for seat in EVA]
        result = await submit(at, *given)
    assert verdict_in(result)["ruling"] == "yes"


async def test_a_call_made_again_changes_nothing(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        first = await submit(at, *replies("yes"))
        again = await submit(at, *replies("yes"))
        other = await submit(at, reply("r1/melchior", "no"))
    assert verdict_in(again)["ballots"] == verdict_in(first)["ballots"]
    assert not again.is_error
    assert other.is_error
    assert "'r1/melchior': it has its reply" in text_of(other)


async def test_each_ask_can_be_read_by_itself_word_for_word(era: Era) -> None:
    async with hall(era) as at:
        first = asks_in(await at.ask(**QUESTION, context="Facts. " * 430))
        assert all(set(ask) == {"ask_id", "seat"} for ask in first)
        read = await at.look_up(dossier_id="latest", ask_id="r1/casper")
        ask = verdict_in(read)["ask"]
        assert faults_by("deliberation-page.json", read.structured_content) == []
        await submit(at, reply("r1/casper", "no"))
        withheld = verdict_in(await at.look_up(dossier_id="latest", ask_id="r1/casper"))
    assert ask["prompt"].count("Facts.") == 430
    assert ask["seat"] == "casper"
    assert "[begin context" in text_of(read)
    assert "withheld until" in withheld["reply"]["note"]


async def test_in_full_every_ask_is_told_with_its_words(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        page = await at.look_up(dossier_id="latest", detail="full")
        resource = await at.read("magi://dossiers/latest/verdict")
    told = json.loads(resource.text)
    assert [ask["ask_id"] for ask in told["asks"]] == [f"r1/{seat}" for seat in EVA]
    assert all("You sit on a council" in ask["system"] for ask in told["asks"])
    assert faults(told, strict_schema("full", awaiting=True)) == []
    assert faults_by("deliberation-page.json", page.structured_content) == []
    assert "You sit on a council" in text_of(page)


async def test_in_brief_the_asks_are_named(era: Era) -> None:
    async with hall(era) as at:
        result = await at.ask(**QUESTION, detail="brief")
    assert asks_in(result) == [{"ask_id": f"r1/{seat}", "seat": seat} for seat in EVA]
    assert faults(verdict_in(result), strict_schema("brief", awaiting=True)) == []
    assert "asks[0:].prompt" in verdict_in(result)["omitted"]


async def test_nine_seats_and_a_long_question_stay_short(era: Era) -> None:
    async with hall(era, seats=NINE, protocol="critique") as at:
        question = {"question": "Should we? " * 400, "method": "yes_no"}
        first = await at.ask(**question)
        said = [
            reply(f"r1/{seat}", "yes" if place % 2 else "no", "m" * 200)
            for place, seat in enumerate(NINE)
        ]
        second = await submit(at, *said, reply("r1/nobody", "yes"))
    for result in (first, second):
        assert verdict_in(result)["status"] == "awaiting_replies"
        assert len(asks_in(result)) == 9
        assert size(result) < 6_000
        assert "asks[0:].prompt" in verdict_in(result)["omitted"]


async def test_one_ask_alone_is_told_with_its_words(era: Era) -> None:
    async with hall(era, seats=["solo"]) as at:
        (ask,) = asks_in(await at.ask(**QUESTION))
    assert set(ask) == {"ask_id", "seat", "system", "prompt"}


async def test_the_same_question_again_gives_the_same_asks(era: Era) -> None:
    async with hall(era) as at:
        first = await at.ask(**QUESTION)
        again = await at.ask(**QUESTION)
    assert verdict_in(again)["dossier_id"] == verdict_in(first)["dossier_id"]
    assert asks_in(again) == asks_in(first)
    assert verdict_in(again)["warnings"][0].startswith("Joined: ")


async def test_it_is_stopped_and_gone_on_with(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        control = {"dossier_id": "latest", "action": "cancel"}
        stopped = await at.call("control_dossier", control)
        assert verdict_in(stopped)["status"] == "cancelled"
        refused = await submit(at, *replies("yes"))
        assert refused.is_error
        assert 'control_dossier("' in text_of(refused)
        on = await at.call("control_dossier", {**control, "action": "resume"})
        assert [ask["ask_id"] for ask in asks_in(on)] == [f"r1/{seat}" for seat in EVA]
        assert verdict_in(await submit(at, *replies("yes")))["status"] == "decided"


async def test_a_plan_is_told_without_opening_anything(era: Era) -> None:
    async with hall(era) as at:
        result = await at.ask(**QUESTION, dry_run=True)
        assert await at.council.heads(1) == ()
    assert text_of(result).startswith("PLAN: ")
    assert "The caller plays the seats" in text_of(result)


async def test_replies_for_a_council_of_models_are_refused(era: Era) -> None:
    async with meeting(era, SHIP) as at:
        await at.ask(**QUESTION)
        result = await submit(at, *replies("yes"))
    assert result.is_error
    assert "is answered by models" in text_of(result)


async def test_readers_of_resources_see_that_it_awaits_replies_and_no_votes(era: Era) -> None:
    async with hall(era) as at:
        await at.ask(**QUESTION)
        await submit(at, reply("r1/casper", "no"))
        index = (await at.read("magi://dossiers")).text
        report = (await at.read("magi://dossiers/latest")).text
        transcript = (await at.read("magi://dossiers/latest/transcript")).text
        minority = (await at.read("magi://dossiers/latest/minority")).text
        events = (await at.read("magi://dossiers/latest/events")).text
        search = await at.call("search_dossiers", {"query": "ship"})
    assert "| awaiting replies |" in index
    assert "**Awaiting replies** of whoever plays the seats" in report
    assert "awaiting replies" in minority
    assert "awaiting replies" in text_of(search)
    for shown in (report, transcript, events):
        assert "Proof against no" not in shown


async def test_what_is_anonymous_is_asked_by_name_and_told_without(era: Era) -> None:
    async with hall(era) as at:
        name = (await at.council.put(replace(PLAYABLE, anonymous=True))).dossier_id
        read = await at.look_up(dossier_id=name, ask_id="r1/casper")
        done = await submit(at, *replies("yes"), dossier_id=name)
    assert verdict_in(read)["ask"]["seat"] == "casper"
    assert {b["seat"] for b in verdict_in(done)["ballots"]} == {"Voice 1", "Voice 2", "Voice 3"}
    assert any("Played by the caller" in each for each in verdict_in(done)["warnings"])


async def test_it_is_no_task_for_nobody_works_on_it_but_its_client() -> None:
    async with hall("auto", extensions=[Following()]) as at:
        result = await at.client.session.call_tool("deliberate", QUESTION, allow_claimed=True)
        assert isinstance(result, CallToolResult)
        assert verdict_in(result)["status"] == "awaiting_replies"
        with pytest.raises(MCPError, match="taskId names no task"):
            await task_state(at.client.session, verdict_in(result)["dossier_id"])
        done = await submit(at, *replies("yes"))
    assert verdict_in(done)["status"] == "decided"


@pytest.mark.parametrize("store", ["memory", "sqlite"])
async def test_a_server_that_starts_anew_knows_what_is_asked(
    era: Era, store: str, tmp_path: Path
) -> None:
    memory = MemoryJournal(SystemClock())

    async def journal() -> JournalPort:
        if store == "memory":
            return memory
        return await SqliteJournal.open(tmp_path / "d.sqlite3", SystemClock())

    async with hall(era, await journal()) as at:
        first = await at.ask(**QUESTION)
    async with hall(era, await journal()) as at:
        assert asks_in(await at.look_up(dossier_id="latest")) == asks_in(first)
        await submit(at, *replies("yes", EVA[:1]))
    async with hall(era, await journal()) as at:
        done = await submit(at, *replies("yes"))
    assert verdict_in(done)["status"] == "decided"

"""Dossiers as resources."""

import json

import anyio
import pytest
from mcp import MCPError

from magi_mcp.core.errors import StoreError
from magi_mcp.core.heads import Head
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from tests.cli import verdicts
from tests.server.meeting import SHIP, SPLIT, Era, Meeting, PatientSeat, meeting, verdict_in
from tests.server.strict import faults, faults_by, strict_schema
from tests.support.councils import ballot

FIXED = ["magi://dossiers", "magi://council", "magi://personas"]
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603


async def test_an_empty_store_has_an_index_that_says_so(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        index = await hall.read("magi://dossiers")
        listed = (await hall.client.list_resources()).resources
    assert index.mime_type == "text/markdown"
    assert "None yet" in index.text
    assert [resource.uri for resource in listed] == FIXED


async def test_the_index_names_every_dossier_newest_first(era: Era) -> None:
    async with meeting(era, {"melchior": lambda ask: ballot("yes")}) as hall:
        first = await _put(hall, "Which | is | first?")
        second = await _put(hall, "And *second*?")
        index = (await hall.read("magi://dossiers")).text
        listed = (await hall.client.list_resources()).resources
    rows = index.splitlines()[4:]
    assert [f"({uri})" in row for uri, row in zip([second, first], rows, strict=True)] == [True] * 2
    assert r"Which \| is \| first?" in rows[1]
    assert r"And \*second\*?" in rows[0]
    assert "yes (unanimous)" in rows[0]
    assert [resource.uri for resource in listed[3:]] == [second, first]
    assert [resource.title for resource in listed[3:]] == ["And *second*?", "Which | is | first?"]
    assert {resource.mime_type for resource in listed} == {"text/markdown"}


@pytest.mark.parametrize(
    ("method", "told"), [("probability", "| estimate |"), ("compose", "| draft 1 (ranking) |")]
)
async def test_the_index_says_what_a_result_without_votes_is(
    era: Era, method: str, told: str
) -> None:
    seats = {
        "melchior": verdicts.seat("0.5", "Good draft.", scores={"Good": 9, "Poor": 2}),
        "balthasar": verdicts.seat("0.6", "Poor draft.", scores={"Good": 9, "Poor": 2}),
        "casper": verdicts.seat("0.6", "Poor one.", scores={"Good": 9, "Poor": 2}),
    }
    async with meeting(era, seats) as hall:
        await hall.ask(question="How likely?", method=method)
        assert told in (await hall.read("magi://dossiers")).text


async def test_only_the_newest_fifty_are_listed_and_the_index_says_so(era: Era) -> None:
    async with meeting(era, {"melchior": lambda ask: ballot("yes")}) as hall:
        uris = [await _put(hall, f"Question {number}?") for number in range(51)]
        listed = (await hall.client.list_resources()).resources
        index = (await hall.read("magi://dossiers")).text
        oldest = await hall.read(uris[0])
    assert [resource.uri for resource in listed[3:]] == uris[:0:-1]
    assert uris[0] not in index
    assert "Only the newest 50" in index
    assert "Question 0?" in oldest.text


async def test_the_report_shows_every_stance_round_by_round(era: Era) -> None:
    async with meeting(era, SPLIT) as hall:
        result = await hall.ask(question="To be?", method="yes_no", protocol="critique")
        report = await hall.read(verdict_in(result)["dossier_uri"])
    assert report.mime_type == "text/markdown"
    assert report.text.startswith("# To be?\n")
    assert "| Seat | Round 1 (blind) | Round 2 |" in report.text


async def test_the_verdict_is_the_whole_result_in_json(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.ask(question="Soll es sein, „ja“ oder nein?", method="yes_no")
        content = await hall.read(f"{verdict_in(result)['dossier_uri']}/verdict")
    assert content.mime_type == "application/json"
    full = json.loads(content.text)
    assert faults(full, strict_schema("full")) == []
    assert [ballot["summary"] for ballot in full["ballots"]] == [
        "The migration is additive.",
        "Waiting costs the launch.",
        "Rollback covers code, not rows.",
    ]
    assert full["omitted"] == []
    assert "„ja“" in content.text
    standard = verdict_in(result)
    assert {key: full[key] for key in standard if key not in ("ballots", "omitted")} == {
        key: value for key, value in standard.items() if key not in ("ballots", "omitted")
    }


async def test_the_dissent_can_be_read_by_itself(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.ask(question="Ship it?", method="yes_no")
        page = await hall.read(f"{verdict_in(result)['dossier_uri']}/minority")
    assert page.mime_type == "text/markdown"
    assert page.text.startswith("# Minority report: Ship it?\n\nAgainst: yes (majority, 2 of 3).")
    assert "## no (Casper)\n\n> Rollback covers code, not rows." in page.text
    assert "*What would change it:* Proof against no." in page.text
    assert "additive" not in page.text


async def test_the_transcript_holds_every_round_and_every_word(era: Era) -> None:
    async with meeting(era, SPLIT) as hall:
        await hall.ask(question="To be?", method="yes_no", protocol="critique")
        page = await hall.read("magi://dossiers/latest/transcript")
    assert page.mime_type == "text/markdown"
    assert "## Round 1, blind" in page.text
    assert "## Round 2, reading one another" in page.text
    for ask_id in ("r1/melchior", "r1/balthasar", "r2/melchior", "r2/balthasar"):
        assert f"(`{ask_id}`)" in page.text
    assert page.text.count("> Because.") == 4


async def test_the_journal_is_read_line_by_line(era: Era) -> None:
    odd = "half a pair \ud83d and | <b>"
    async with meeting(era, {"melchior": [ballot("yes", odd)]}) as hall:
        await hall.ask(question="Odd, „isn't it“?", method="yes_no")
        content = await hall.read("magi://dossiers/latest/events")
        entries = (await hall.council.hearing("latest")).entries
    assert content.mime_type == "application/jsonl"
    lines = [json.loads(line) for line in content.text.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(entries) + 1))
    assert [line["event"]["type"] for line in lines] == [entry.event.type for entry in entries]
    assert lines[0]["event"]["case"]["question"] == "Odd, „isn't it“?"
    for line in lines:
        assert faults_by("journal-line.json", line) == []


async def test_presets_of_personas_are_listed_and_shown(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        every = await hall.read("magi://personas")
        eva = await hall.read("magi://personas/eva")
        with pytest.raises(MCPError, match="did you mean 'eva'") as refusal:
            await hall.read("magi://personas/evq")
    assert refusal.value.code == INVALID_PARAMS
    assert "| [eva](magi://personas/eva) |" in every.text
    assert eva.text.startswith("# eva\n")
    assert "## Melchior" in eva.text


async def test_a_running_dossier_can_be_read(era: Era) -> None:
    slow = PatientSeat([ballot("yes")])
    async with meeting(era, {"melchior": slow}) as hall, anyio.create_task_group() as tasks:
        tasks.start_soon(_put, hall, "Still going?")
        await slow.asked.wait()
        report = await hall.read("magi://dossiers/latest")
        running = json.loads((await hall.read("magi://dossiers/latest/verdict")).text)
        index = await hall.read("magi://dossiers")
        slow.may_answer.set()
    assert "**Running.**" in report.text
    assert faults(running, strict_schema("full", running=True)) == []
    assert "| running |" in index.text


@pytest.mark.parametrize("tail", ["", "/verdict", "/minority", "/transcript", "/events"])
@pytest.mark.parametrize(
    "name", ["01890000-0000-7000-8000-000000000000", "latest", "{x}", "a%20b", "", "é"]
)
async def test_an_unknown_dossier_is_no_resource(era: Era, name: str, tail: str) -> None:
    async with meeting(era, SHIP) as hall:
        with pytest.raises(MCPError) as refusal:
            await hall.read(f"magi://dossiers/{name}{tail}")
    assert refusal.value.code == INVALID_PARAMS
    assert "magi://dossiers lists the newest" in refusal.value.message


@pytest.mark.parametrize(
    "uri", ["magi://dossiers/../../etc/passwd", "magi://dossiers/..%2Fx", "magi://nothing", "x:y"]
)
async def test_what_is_no_dossier_at_all_is_no_resource(era: Era, uri: str) -> None:
    async with meeting(era, SHIP) as hall:
        with pytest.raises(MCPError) as refusal:
            await hall.read(uri)
    assert refusal.value.code == INVALID_PARAMS


async def test_a_store_that_cannot_be_read_is_named(era: Era) -> None:
    class Damaged(MemoryJournal):
        async def heads(
            self, limit: int, before: str | None = None, viewer: Viewer = KEEPER
        ) -> tuple[Head, ...]:
            raise StoreError("the store x.sqlite3 is damaged")

        async def resolve(self, reference: str, viewer: Viewer = KEEPER) -> str:
            raise StoreError("the store x.sqlite3 is damaged")

    async with meeting(era, SHIP, journal=Damaged(SystemClock())) as hall:
        for uri in ("magi://dossiers", "magi://dossiers/latest", "magi://dossiers/latest/verdict"):
            with pytest.raises(MCPError, match="damaged") as refusal:
                await hall.read(uri)
            assert refusal.value.code == INTERNAL_ERROR
        with pytest.raises(MCPError, match="damaged") as refusal:
            await hall.client.list_resources()
    assert refusal.value.code == INTERNAL_ERROR


async def test_every_template_is_listed_with_its_type(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        templates = (await hall.client.list_resource_templates()).resource_templates
    assert [(template.uri_template, template.mime_type) for template in templates] == [
        ("magi://dossiers/{dossier_id}", "text/markdown"),
        ("magi://dossiers/{dossier_id}/verdict", "application/json"),
        ("magi://dossiers/{dossier_id}/minority", "text/markdown"),
        ("magi://dossiers/{dossier_id}/transcript", "text/markdown"),
        ("magi://dossiers/{dossier_id}/events", "application/jsonl"),
        ("magi://personas/{preset}", "text/markdown"),
    ]


async def _put(hall: Meeting, question: str) -> str:
    result = await hall.ask(question=question, method="yes_no")
    uri: str = verdict_in(result)["dossier_uri"]
    return uri


async def test_a_page_that_nobody_named_is_refused(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        for listed in (
            hall.client.list_resources,
            hall.client.list_resource_templates,
            hall.client.list_tools,
            hall.client.list_prompts,
        ):
            with pytest.raises(MCPError, match="has one page") as refusal:
                await listed(cursor="bWFkZSB1cA==")
            assert refusal.value.code == INVALID_PARAMS

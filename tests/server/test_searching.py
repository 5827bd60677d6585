"""The tools that look for dossiers and keep what became of them."""

import pytest

from tests.server.meeting import SHIP, Era, link_of, meeting, text_of, verdict_in
from tests.server.strict import faults_by
from tests.support.councils import ballot

QUESTION = "Should we ship 4.2 on Friday?"


async def test_an_earlier_deliberation_is_found_by_its_words(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        asked = verdict_in(await hall.ask(question=QUESTION, method="yes_no"))
        result = await hall.call("search_dossiers", {"query": "friday rollback"})
        tools = {tool.name: tool for tool in (await hall.client.list_tools()).tools}
    found = verdict_in(result)
    assert faults_by("search.json", found) == []
    [entry] = found["dossiers"]
    assert entry["dossier_id"] == asked["dossier_id"]
    assert (entry["question"], entry["ruling"], entry["outcome"]) == (QUESTION, "yes", "majority")
    short = asked["dossier_id"][-8:]
    assert text_of(result).startswith("FOUND 1:\n")
    assert f"{QUESTION} -> yes (majority)" in text_of(result)
    assert f'get_dossier("{short}")' in text_of(result)
    assert link_of(result).uri == asked["dossier_uri"]
    assert tools["search_dossiers"].annotations is not None


async def test_a_search_is_read_in_pages(era: Era) -> None:
    async with meeting(era, {"melchior": lambda ask: ballot("yes")}) as hall:
        ids = [
            verdict_in(await hall.ask(question=f"Ship {number}?", method="yes_no"))["dossier_id"]
            for number in range(5)
        ]
        arguments: dict[str, object] = {"query": "ship", "limit": 2}
        found: list[str] = []
        while True:
            page = verdict_in(await hall.call("search_dossiers", arguments))
            found += [entry["dossier_id"] for entry in page["dossiers"]]
            if page["next_cursor"] is None:
                break
            assert page["next_cursor"] in page["next_step"]
            arguments["cursor"] = page["next_cursor"]
        other = await hall.call("search_dossiers", {**arguments, "query": "other"})
    assert found == ids[::-1]
    assert other.is_error
    assert "cursor: " in text_of(other)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"query": "?!"}, "query: '?!' holds no word"),
        ({"outcome": "majorty"}, "Did you mean 'majority'?"),
        ({"kind": "trial"}, "kind: 'trial' is not known"),
        ({"since": "yesterday"}, "since: 'yesterday' is no date"),
        ({"since": "2026-11-22", "until": "2026-11-20"}, "is not before until"),
        ({"limit": 0}, "limit: 0 is refused"),
        ({"limit": 51}, "limit: 51 is refused"),
        ({"cursor": "x"}, "cursor: 'x' was not given for this"),
        ({"words": "x"}, "'words' is not known"),
    ],
)
async def test_a_search_that_cannot_be_made_is_refused_by_name(
    era: Era, arguments: dict[str, object], told: str
) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.call("search_dossiers", arguments)
    assert result.is_error
    assert told in text_of(result)


async def test_days_are_whole_and_nothing_found_says_so(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        opened = verdict_in(await hall.ask(question=QUESTION, method="yes_no"))
        found = verdict_in(await hall.call("search_dossiers", {}))["dossiers"][0]
        day = found["opened_at"][:10]
        same = verdict_in(await hall.call("search_dossiers", {"since": day, "until": day}))
        before = await hall.call("search_dossiers", {"until": "2001-01-01"})
    assert [each["dossier_id"] for each in same["dossiers"]] == [opened["dossier_id"]]
    assert verdict_in(before) == {
        "schema_version": "1",
        "dossiers": [],
        "next_step": None,
        "next_cursor": None,
    }
    assert text_of(before).startswith("NOTHING FOUND.")


async def test_what_really_happened_is_kept_and_shown(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        result = await hall.call(
            "record_outcome", {"dossier_id": "latest", "actual": "no", "note": "Rows were lost."}
        )
        again = await hall.look_up(dossier_id="latest")
        report = (await hall.read("magi://dossiers/latest")).text
        journal = (await hall.read("magi://dossiers/latest/events")).text
    assert not result.is_error
    assert text_of(result).startswith("RECORDED. It was: no. The council was wrong.")
    assert faults_by("deliberation-brief.json", verdict_in(result)) == []
    assert verdict_in(again)["actual"]["correct"] is False
    assert "What really happened: It was: no." in text_of(again)
    assert "Rows were lost." in report
    assert '"outcome_recorded"' in journal.splitlines()[-1]


@pytest.mark.parametrize("actual", ["maybe", ""])
async def test_what_was_not_open_to_the_council_is_refused(era: Era, actual: str) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(question=QUESTION, method="yes_no")
        result = await hall.call("record_outcome", {"dossier_id": "latest", "actual": actual})
        unchanged = verdict_in(await hall.look_up(dossier_id="latest"))
    assert result.is_error
    assert f"actual: {actual!r} was not open to the council. Valid: correct, wrong" in text_of(
        result
    )
    assert "actual" not in unchanged

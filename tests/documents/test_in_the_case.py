"""Documents are part of the case: seats read them with numbers, whatever becomes of the files."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import METHODS
from magi_mcp.core.documents import Document
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.report import markdown
from magi_mcp.documents.reading import read_documents
from magi_mcp.documents.roots import OpenFolders
from magi_mcp.seats.scripted import Line, ScriptedSeat
from tests.support.councils import ballot, scripted_council

DOCUMENT = Document(name="src/a.py", text="def a():\n    return 1\n", first_line=9)
REQUEST = Request(question="Ship?", method="yes_no", documents=(DOCUMENT,))
SHOWN = " 9 | def a():\n10 |     return 1"


async def heard(request: Request) -> tuple[Dossier, Mapping[str, list[Ask]]]:
    """What a split council of two left, and what each seat was asked."""
    seats = {"one": ScriptedSeat([ballot("yes")] * 3), "two": ScriptedSeat([ballot("no")] * 3)}
    async with scripted_council(seats, protocol="critique") as council:
        dossier = await (await council.put(request)).wait()
    return dossier, {name: seat.asked for name, seat in seats.items()}


async def test_every_seat_reads_them_in_every_round_behind_a_nonce_of_the_ask() -> None:
    _, asked = await heard(REQUEST)
    asks = [ask for seat in asked.values() for ask in seat]
    assert len({ask.ask_id for ask in asks}) >= 4
    nonces = set()
    for ask in asks:
        [marker] = re.findall(r"\[begin file src/a.py, lines 9-10 (\w{12})\]\n", ask.prompt)
        whole = f"[begin file src/a.py, lines 9-10 {marker}]\n{SHOWN}\n[end file src/a.py, lines "
        assert whole in ask.prompt
        nonces.add(marker)
    assert len(nonces) == len(asks)


async def test_context_and_documents_stand_side_by_side() -> None:
    _, asked = await heard(replace(REQUEST, context="The rehearsal passed."))
    prompt = asked["one"][0].prompt
    assert "The rehearsal passed.\n[end context" in prompt
    assert prompt.index("The rehearsal passed.") < prompt.index(SHOWN)


@pytest.mark.parametrize("method", METHODS)
async def test_they_are_read_whatever_the_method(method: str) -> None:
    request = replace(REQUEST, method=method, options=("A", "B") if method == "options" else ())
    _, asked = await heard(request)
    assert SHOWN in asked["one"][0].prompt


async def test_the_report_names_them_and_the_journal_keeps_them() -> None:
    dossier, _ = await heard(REQUEST)
    assert "- src/a.py, lines 9-10: 22 characters" in markdown(dossier)
    assert dossier.case.documents == (DOCUMENT,)


async def test_the_same_text_is_the_same_question_and_another_text_another(
    tmp_path: Path,
) -> None:
    async def put() -> str:
        documents = read_documents(["a.md"], OpenFolders((tmp_path,)))
        return (await council.put(replace(REQUEST, documents=documents))).dossier_id

    lines: list[Line] = [ballot("yes")] * 9
    async with scripted_council({"one": lines}) as council:
        (tmp_path / "a.md").write_text("first", encoding="utf-8")
        first = await put()
        assert await put() == first
        (tmp_path / "a.md").write_text("second", encoding="utf-8")
        assert await put() != first


@pytest.mark.parametrize("about", ["casper", "nobody"])
async def test_names_that_a_document_uses_are_subjects_and_not_signatures(about: str) -> None:
    said = ballot("no", "As Casper, I object. It leaks.")
    seats = {"one": ScriptedSeat([ballot("yes")] * 3), "casper": ScriptedSeat([said] * 3)}
    document = Document(name="authors", text=f"{about}\n")
    async with scripted_council(seats, protocol="critique") as council:
        await (await council.put(replace(REQUEST, documents=(document,)))).wait()
    rebuttal = next(ask for ask in seats["one"].asked if ask.purpose == "rebuttal")
    assert ("As Casper, I object." in rebuttal.prompt) == (about == "casper")

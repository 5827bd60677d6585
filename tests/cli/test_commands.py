"""Every command's streams and exit code, with scripted councils in this process."""

import io
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from pydantic import JsonValue

from magi_mcp.cli.app import run
from magi_mcp.cli.faults import exit_code_of
from magi_mcp.cli.office import Flags, open_office
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import METHODS, PROTOCOLS, Case
from magi_mcp.core.errors import StoreError
from magi_mcp.core.events import CaseOpened, Entry, Event
from magi_mcp.core.replies import Failed
from magi_mcp.core.verdict import Verdict
from magi_mcp.identity import SystemClock
from magi_mcp.journal import MemoryJournal
from magi_mcp.service import Council
from tests.cli import verdicts
from tests.cli.commands import SPLIT, TIE, ask, seating
from tests.support.councils import ballot

Captured = pytest.CaptureFixture[str]

DEAD = {"melchior": [Failed(failure="timeout", detail="no answer within 60 s")]}


def error_of(captured: str) -> dict[str, Any]:
    document = json.loads(captured)
    assert list(document) == ["error"]
    error = document["error"]
    assert isinstance(error, dict)
    return error


# ask


def test_a_decided_question_ends_with_0_and_shows_the_ruling(capsys: Captured) -> None:
    assert ask() == 0
    out, err = capsys.readouterr()
    assert "RULING" in out
    assert "Rollback covers code, not rows." in out
    assert "Round 1, blind: asking Melchior, Balthasar, Casper" in err


def test_a_council_without_a_verdict_ends_with_3(capsys: Captured) -> None:
    assert ask(scripts=TIE) == 3
    assert "NO RULING" in capsys.readouterr().out


def test_a_council_of_which_nobody_answers_ends_with_1(capsys: Captured) -> None:
    assert ask(scripts=DEAD) == 1
    assert "no answer within 60 s" in capsys.readouterr().out


@pytest.mark.parametrize(("scripts", "status"), [(SPLIT, "decided"), (TIE, "undecided")])
def test_json_is_the_whole_verdict_and_nothing_else(
    scripts: dict[str, Any], status: str, capsys: Captured
) -> None:
    ask("--json", scripts=scripts)
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert document["status"] == status
    assert document["omitted"] == []
    assert document["ballots"][0]["summary"]
    assert Verdict.model_validate(document).question == "Should we ship on Friday?"
    assert "asking" in err


def test_options_are_ruled_on_byte_for_byte(capsys: Captured) -> None:
    scripts = {seat: [ballot("Ship *now*")] for seat in ("melchior", "balthasar")}
    words = ["ask", "When?", "--option", "Ship *now*", "--option", "Wait", "--json"]
    assert run(words, seating(scripts)) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["ruling"], document["method"]) == ("Ship *now*", "options")


def test_rounds_can_be_asked_for(capsys: Captured) -> None:
    agreed = {seat: [ballot("yes")] * 3 for seat in ("melchior", "balthasar")}
    words = ["ask", "Ship?", "--method", "yes_no", "--protocol", "critique", "--json"]
    assert run([*words, "--min-rounds", "1", "--max-rounds", "1"], seating(agreed)) == 0
    assert json.loads(capsys.readouterr().out)["rounds"] == 2


@pytest.mark.parametrize(
    ("arguments", "flag", "told"),
    [
        (["ask", " "], "QUESTION", "is blank"),
        (["ask", "Ship?", "--method", "yes-no"], "--method", "Did you mean 'yes_no'?"),
        (["ask", "Ship?", "--protocol", "adaptiv"], "--protocol", "Valid: vote, critique"),
        (["ask", "Ship?", "--option", "A"], "--option", "at least two"),
        (["ask", "Ship?", "--option", "A", "--option", " a"], "--option", "stands twice"),
        (["ask", "Ship?", "--max-rounds", "4"], "--max-rounds", "4 is not in 0..3"),
        (["ask", "Ship?", "--max-rounds", "-1"], "--max-rounds", "-1 is not in 0..3"),
        (["ask", "Ship?", "--vote-threshold", "0"], "--vote-threshold", "0 is not more than 0"),
        (["ask", "Ship?", "--vote-threshold", "-0.5"], "--vote-threshold", "-0.5 is not more than"),
        (["ask", "Ship?", "--vote-threshold", "1.5"], "--vote-threshold", "1.5 is not more than 0"),
        (["ask", "Ship?", "--vote-threshold", "nan"], "--vote-threshold", "nan is not more than 0"),
        (["ask", "Ship?", "--arbiter", "a b"], "--arbiter", "contains white space"),
        (["ask", "Ship?", "--language", " "], "--language", "is blank"),
        (["ask", "Ship?", "--prompts", "no/such"], "--prompts", "cannot be read as a folder"),
        (["ask", "?!", *(["--option", "A"] * 27)], "--option", "at most 26"),
        (
            ["ask", "Ship?", "--option", "Ship", "--option", "SHIP"],
            "--option",
            "'SHIP' stands twic",
        ),
        (["ask", "Ship?", "--context", "no/such/file"], "--context", "No such file"),
        (["ask", "Ship?", "--context", os.devnull], "--context", "is empty"),
        (["dossiers", "show", "nothing0"], "ID", "names no dossier"),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_flag(
    arguments: list[str], flag: str, told: str, capsys: Captured
) -> None:
    assert run(arguments, seating(SPLIT)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"magi-mcp: {flag}: ")
    assert told in err


def test_a_language_nobody_here_knows_is_passed_on_with_a_warning(capsys: Captured) -> None:
    assert ask("--language", "Quenya", "--json") == 0
    [warning] = [w for w in json.loads(capsys.readouterr().out)["warnings"] if "Quenya" in w]
    assert warning == (
        "language 'Quenya' is not one this program knows; it was passed on as written."
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask"], "See magi-mcp ask --help"),
        (["ask", "Ship?", "--mehtod", "yes_no"], "--method"),
        (["ask", "Ship?", "--max-rounds", "many"], "--max-rounds"),
        (["aks", "Ship?"], "aks"),
        (["dossiers", "list", "--limit", "0"], "--limit"),
    ],
)
def test_what_the_parser_refuses_ends_with_2(
    arguments: list[str], told: str, capsys: Captured
) -> None:
    assert run(arguments, seating(SPLIT)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


def test_with_json_an_error_is_a_document_too(capsys: Captured) -> None:
    assert run(["ask", "Ship?", "--method", "vote", "--json"], seating(SPLIT)) == 2
    out, err = capsys.readouterr()
    error = error_of(out)
    assert (error["kind"], error["argument"], error["exit_code"]) == ("usage", "method", 2)
    assert error["message"] in err


def test_with_json_what_the_parser_refuses_is_a_document_too(capsys: Captured) -> None:
    assert run(["ask", "--json"], seating(SPLIT)) == 2
    assert error_of(capsys.readouterr().out)["exit_code"] == 2


def test_with_no_seat_to_be_found_it_ends_with_4_and_says_what_to_set(capsys: Captured) -> None:
    assert run(["ask", "Ship?"]) == 4
    err = capsys.readouterr().err
    assert "MAGI_SEATS" in err
    assert "--seat" in err


def test_a_store_that_a_file_misnames_is_told_with_file_and_line(
    home: Path, capsys: Captured
) -> None:
    file = home / "given.toml"
    file.write_text('[store]\nurl = "postgres://x"\n', encoding="utf-8")
    assert run(["dossiers", "list", "--config", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"magi-mcp: {file}:2: store.url: ")


def test_a_store_that_cannot_be_opened_is_wrong_configuration(home: Path, capsys: Captured) -> None:
    assert run(["ask", "Ship?", "--seat", "scripted/demo", "--store", str(home)]) == 2
    assert capsys.readouterr().err.startswith("magi-mcp: --store: ")


def test_a_configuration_that_does_not_exist_is_named(capsys: Captured) -> None:
    assert run(["ask", "Ship?", "--config", "nowhere.toml"]) == 2
    assert "nowhere.toml" in capsys.readouterr().err


def test_what_was_ignored_in_the_configuration_is_a_warning(home: Path, capsys: Captured) -> None:
    (home / "magi.toml").write_text('[store]\nurl = "sqlite:///elsewhere.db"\n', encoding="utf-8")
    assert run(["dossiers", "list"]) == 0
    assert "warning: " in capsys.readouterr().err


class BreakingStore(MemoryJournal):
    """A store whose disk is full once the case stands in it."""

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        if expected_seq > 0:
            raise StoreError("the disk is full")
        return await super().append(dossier_id, expected_seq, events)


def test_a_store_that_breaks_later_ends_with_1_and_tells_the_dossier(capsys: Captured) -> None:
    journal = BreakingStore(SystemClock())
    words = ["ask", "Ship?", "--method", "yes_no", "--json"]
    assert run(words, seating(SPLIT, journal=journal)) == 1
    out, err = capsys.readouterr()
    error = error_of(out)
    assert error["dossier_id"] in error["message"]
    assert "the disk is full" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("level", "traced"), [("", False), ("debug", True)])
def test_a_fault_of_ours_is_one_line_and_a_traceback_only_in_the_debug_log(
    level: str,
    traced: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    if level:
        monkeypatch.setenv("MAGI_LOG_LEVEL", level)

    @asynccontextmanager
    async def broken(flags: Flags) -> AsyncIterator[Council]:
        async with open_office(flags) as council:
            yield council
            raise RuntimeError("the roof fell in")

    assert run(["dossiers", "list"], broken) == 1
    err = capsys.readouterr().err
    assert "Internal error" in err
    assert "RuntimeError: the roof fell in" in err
    assert ("Traceback" in err) is traced


# what a council is told, and how it votes


def test_options_of_a_council_reach_its_case(home: Path, capsys: Captured) -> None:
    (home / "own").mkdir()
    own = "Be brief.\n\n$question\n\n$context\n\n$reply_form"
    (home / "own" / "yes_no.md").write_text(own, encoding="utf-8")
    journal = MemoryJournal(SystemClock())
    words = (
        "ask Ship? --method yes_no --protocol escalate --arbiter openai/o3 --language Klingon "
        "--vote-threshold 0.6 --no-abstain --anonymous --prompts own --json"
    ).split()
    texts = ["--instructions", "Mind the budget.", "--rapporteur-prompt", "In one line."]
    agreed = {seat: [ballot("yes")] * 9 for seat in ("melchior", "balthasar", "arbiter")}
    assert run([*words, *texts], seating(agreed, journal=journal)) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert any("language 'Klingon' is not one" in warning for warning in verdict["warnings"])
    assert {ballot["seat"] for ballot in verdict["ballots"]} == {"Voice 1", "Voice 2"}
    case = opened_case(journal)
    assert case.arbiter is not None
    assert (case.arbiter.model, case.protocol, case.language) == (
        "openai/o3",
        "escalate",
        "Klingon",
    )
    assert (case.limits.vote_threshold, case.allow_abstain, case.anonymous) == (0.6, False, True)
    assert (case.instructions, case.rapporteur_prompt) == ("Mind the budget.", "In one line.")
    assert [*case.prompt_overrides] == ["yes_no"]


def opened_case(journal: MemoryJournal) -> Case:
    async def read() -> Case:
        event = (await journal.read(await journal.resolve("latest")))[0].event
        assert isinstance(event, CaseOpened)
        assert isinstance(event.case, Case)
        return event.case

    return anyio.run(read)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (verdicts.estimate, 0),
        (verdicts.ranking, 0),
        (verdicts.synthesis, 0),
        (verdicts.overruled, 0),
        (verdicts.entrusted, 0),
        (verdicts.ratified, 0),
        (verdicts.unratified, 3),
        (verdicts.tie, 3),
    ],
)
def test_every_result_ends_with_0_and_only_the_lack_of_one_with_3(
    verdict: Callable[[], Verdict], code: int
) -> None:
    assert exit_code_of(verdict().status) == code


# --context


def asked_context(capsys: Captured, *arguments: str) -> str:
    """The context that reaches a seat."""
    heard: list[str] = []

    def listen(asked: Ask) -> dict[str, JsonValue]:
        heard.append(asked.prompt)
        return ballot("yes")

    assert ask(*arguments, scripts={"melchior": listen, "balthasar": listen}) == 0
    capsys.readouterr()
    return heard[0]


def test_context_comes_from_a_file_whatever_it_holds(home: Path, capsys: Captured) -> None:
    text = "{braces} $dollars ${name} %s \\n 日本語 " + "x" * 100_000
    (home / "facts.txt").write_text(text, encoding="utf-8")
    assert text in asked_context(capsys, "--context", "facts.txt")


def test_context_comes_from_stdin(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Büro".encode())))
    assert "Büro" in asked_context(capsys, "--context", "-")


def test_context_that_is_no_text_is_refused(home: Path, capsys: Captured) -> None:
    (home / "facts.bin").write_bytes(b"good\xff")
    assert ask("--context", "facts.bin") == 2
    assert "not UTF-8 at byte 4" in capsys.readouterr().err


# the rest


@pytest.mark.parametrize("arguments", [["--help"], [], ["ask", "--help"], ["dossiers"]])
@pytest.mark.parametrize("columns", [40, 80])
def test_help_goes_to_stdout_and_fits(
    arguments: list[str], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(arguments, seating(SPLIT)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("Usage: magi-mcp")
    assert max(map(len, out.splitlines())) <= columns


OPTIONS_OF_ASK = (
    "--method --option --protocol --max-rounds --min-rounds --personas --seat --arbiter --context "
    "--file --follow --fresh --instructions --language --anonymous --max-cost --deadline "
    "--vote-threshold --no-abstain --rapporteur-prompt --prompts --dry-run --json --store --config"
).split()


def test_help_names_every_option_of_the_contract(capsys: Captured) -> None:
    run(["ask", "--help"], seating(SPLIT))
    words = capsys.readouterr().out.split()
    assert set(OPTIONS_OF_ASK) == {word for word in words if word.startswith("--")} - {
        "--help",
    }


def test_help_says_what_every_method_and_protocol_is_for(capsys: Captured) -> None:
    run(["ask", "--help"], seating(SPLIT))
    lines = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    explained = {words[0] for words in lines if len(words) == 2}
    assert explained.issuperset([*METHODS, *PROTOCOLS])


def test_the_version_is_told(capsys: Captured) -> None:
    assert run(["--version"], seating(SPLIT)) == 0
    assert capsys.readouterr().out.startswith("magi-mcp ")

"""Commands as real processes: interrupts, pipes, streams without colour or UTF-8, the demo."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from magi_mcp.core.verdict import Verdict
from tests.cli.commands import environment, process
from tests.conftest import NOBODY_LISTENS

PATIENCE_S = 30


def started(
    *arguments: str, module: str = "magi_mcp", environ: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(environ),
    )


def test_ctrl_c_in_ask_cancels_and_keeps_what_arrived(home: Path) -> None:
    store = str(home / "store.db")
    question = ["ask", "Ship?", "--method", "yes_no", "--json", "--store", store]
    with started(*question, module="tests.cli.waiting_council") as asking:
        assert asking.stderr is not None
        for line in asking.stderr:
            if "Balthasar has answered" in line:
                break
        asking.send_signal(signal.SIGINT)
        out, err = asking.communicate(timeout=PATIENCE_S)
    assert asking.returncode == 130
    assert "Traceback" not in err
    verdict = Verdict.model_validate_json(out)
    assert verdict.status == "cancelled"
    assert verdict.dossier_id in err
    shown = process("dossiers", "show", verdict.dossier_id, "--store", store)
    assert shown.returncode == 0
    assert "**Cancelled.**" in shown.stdout
    assert "| Melchior | yes |" in shown.stdout
    assert "**Casper**: no reply." in shown.stdout


def test_ctrl_c_does_not_wait_for_the_models_library_to_load() -> None:
    nobody_listens = "http://127.0.0.1:9/v1"
    with started(
        "ask", "Ship?", "--seat", "openai/a", environ={"OPENAI_API_BASE": nobody_listens}
    ) as asking:
        assert asking.stderr is not None
        for line in asking.stderr:
            if "Loading models" in line:
                break
        asking.send_signal(signal.SIGINT)
        interrupted = time.monotonic()
        out, _ = asking.communicate(timeout=PATIENCE_S)
    assert time.monotonic() - interrupted < 2
    assert asking.returncode == 130
    assert "CANCELLED" in out


def test_a_council_of_nobody_is_told_with_where_it_was_looked_for() -> None:
    asked = process("ask", "Ship?", environ={"OLLAMA_HOST": NOBODY_LISTENS})
    assert (asked.returncode, asked.stdout) == (4, "")
    assert "Looked for: a key, of which none is set (OPENAI_API_KEY, " in asked.stderr
    assert f"an Ollama; http://{NOBODY_LISTENS} cannot be reached." in asked.stderr
    assert "MAGI_SEATS=" in asked.stderr


@pytest.mark.parametrize("characters", [10, 100_000])
def test_a_reader_that_has_read_enough_causes_no_noise(characters: int) -> None:
    question = ["ask", "x" * characters, "--json", "--seat", "scripted/demo"]
    with started(*question) as asking:
        assert asking.stdout is not None
        assert asking.stderr is not None
        asking.stdout.close()
        err = asking.stderr.read()
        asking.wait(timeout=PATIENCE_S)
    assert err.splitlines()[-1].startswith("Round 1, blind: Melchior failed")
    assert asking.returncode == 1


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_output_for_which_there_is_no_room_is_no_fault_of_ours(more: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        shown = subprocess.run(
            [sys.executable, "-m", "magi_mcp", "personas", *more],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert shown.returncode == 1
    assert shown.stderr == ("magi-mcp: the output could not be written: No space left on device.\n")


@pytest.mark.parametrize(
    "environ",
    [
        {"NO_COLOR": "1", "FORCE_COLOR": ""},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"TERM": "dumb"},
        {"COLUMNS": "40"},
    ],
)
def test_a_poor_stream_still_gets_every_word(environ: dict[str, str]) -> None:
    shown = process("personas", "eva", environ=environ)
    assert shown.returncode == 0
    assert shown.stderr == ""
    assert "MELCHIOR" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_the_demonstration_goes_the_whole_way_in_time(home: Path) -> None:
    store = str(home / "demo.db")
    began = time.monotonic()
    shown = process("demo", "--store", store)
    assert time.monotonic() - began < 10
    assert shown.returncode == 0
    said = " ".join(shown.stdout.split())
    assert said.count("no model is asked") + said.count("no model was asked") >= 2
    assert said.index("The council is scripted") < said.index("RULING")
    assert said.rindex("The council was scripted") > said.index("MINORITY REPORT")
    assert store in said
    assert "protocol 2026-07-28" in shown.stderr
    assert "Found the dossier in the store" in shown.stderr
    again = process("dossiers", "show", "latest", "--store", store)
    assert "Write to those affected on Thursday (Melchior)" in again.stdout


def test_the_demonstration_as_json_is_its_verdict(home: Path) -> None:
    shown = process("demo", "--json", "--store", str(home / "demo.db"))
    verdict = Verdict.model_validate_json(shown.stdout)
    assert verdict.status == "decided"
    assert verdict.minority_report
    assert verdict.mind_changes
    assert "no model is asked" in shown.stderr


def test_the_demonstration_needs_nothing_of_the_users_configuration(home: Path) -> None:
    environ = {"MAGI_SEATS": "openai/nobody", "MAGI_PERSONAS": "strategy"}
    shown = process("demo", "--json", environ=environ)
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["status"] == "decided"
    assert list((home / "data").rglob("*.sqlite3"))


def test_a_demonstration_whose_store_cannot_be_opened_says_so(home: Path) -> None:
    shown = process("demo", "--json", "--store", str(home))
    assert shown.returncode == 2
    assert json.loads(shown.stdout)["error"]["argument"] == "store"


def test_the_module_is_the_command() -> None:
    assert process("--version").stdout.startswith("magi-mcp ")


def test_on_a_terminal_the_bare_command_shows_the_help() -> None:
    ours, theirs = os.openpty()
    try:
        shown = subprocess.run(
            [sys.executable, "-m", "magi_mcp"],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment(),
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert shown.returncode == 0
    assert shown.stdout.startswith("Usage: magi-mcp")

"""``resume`` and ``cancel``: killed, interrupted, cancelled by another process, gone on with."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from magi_mcp.cli.app import run
from magi_mcp.core.case import Limits
from magi_mcp.core.verdict import Verdict
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import JournalPort, SeatPort
from magi_mcp.seats.scripted import Script
from tests.cli.commands import process, seating
from tests.cli.counted_council import SEATS
from tests.cli.test_processes import PATIENCE_S, started
from tests.runtime.stage import HangingSeat
from tests.support.councils import ballot

Captured = pytest.CaptureFixture[str]
MODULE = "tests.cli.counted_council"
REPLIES = 2 * len(SEATS)
QUESTION = ["ask", "Ship?", "--method", "yes_no", "--protocol", "critique", "--min-rounds", "1"]
QUESTION += ["--max-rounds", "1", "--json"]


class House:
    """A store, the log of what was asked, and processes that share both."""

    def __init__(self, folder: Path) -> None:
        self.store = ["--store", str(folder / "store.db")]
        self._log = folder / "asked"
        self._log.touch()

    @property
    def asked(self) -> Counter[str]:
        """How often each ask was made, and so paid for."""
        return Counter(self._log.read_text(encoding="utf-8").split())

    def surroundings(self, answered: int) -> dict[str, str]:
        return {"COUNT_LOG": str(self._log), "COUNT_ANSWERED": str(answered)}

    def command(self, *words: str) -> dict[str, Any]:
        """What a command prints that is run to its end and whose seats all answer."""
        shown = process(*words, *self.store, module=MODULE, environ=self.surroundings(99))
        assert "Traceback" not in shown.stderr, shown.stderr
        printed: dict[str, Any] = json.loads(shown.stdout)
        return printed

    @contextmanager
    def asking(self, answered: int) -> Iterator["subprocess.Popen[str]"]:
        """A process that has put the question and has journaled so many replies."""
        environ = self.surroundings(answered)
        with started(*QUESTION, *self.store, module=MODULE, environ=environ) as asking:
            assert asking.stderr is not None
            heard = 0
            for line in asking.stderr:
                heard += "has answered" in line
                if heard == answered and (heard or "asking" in line):
                    break
            yield asking


@pytest.fixture
def house(home: Path) -> House:
    return House(home)


@pytest.mark.parametrize("heard", range(REPLIES))
def test_killed_between_any_two_replies_another_process_ends_it_as_it_would_have_ended(
    heard: int, house: House
) -> None:
    with house.asking(heard) as asking:
        asking.kill()
        asking.communicate(timeout=PATIENCE_S)
        assert asking.returncode < 0
    before = house.asked
    verdict = house.command("resume", "latest", "--json")
    assert (verdict["status"], verdict["ruling"], verdict["rounds"]) == ("decided", "yes", 2)
    assert [entry["votes"] for entry in verdict["tally"]] == [2, 1]
    assert [(c["seat"], c["from"], c["to"]) for c in verdict["mind_changes"]] == [
        ("balthasar", "no", "yes")
    ]
    again = house.asked - before
    twice = {ask for ask, times in house.asked.items() if times > 1}
    assert len(house.asked) == REPLIES
    assert max(again.values()) == 1
    assert len(twice) <= len(SEATS), "only what nobody had answered was asked again"
    assert verdict["calls"] >= house.asked.total(), "no call is left uncounted"
    cut_off = verdict["calls"] > REPLIES
    assert (verdict["cost_usd"] is None) == cut_off
    assert any("had been cut off" in warning for warning in verdict["warnings"]) == cut_off


def test_another_process_cancels_at_once_and_what_arrived_is_kept(house: House) -> None:
    with house.asking(2) as asking:
        stopped = process("cancel", "latest", "--json", *house.store)
        out, err = asking.communicate(timeout=PATIENCE_S)
    assert stopped.returncode == 0
    assert "Cancelled. What had arrived is kept; magi-mcp resume" in stopped.stderr
    assert asking.returncode == 130
    assert "Traceback" not in err
    for printed in (stopped.stdout, out):
        verdict = Verdict.model_validate_json(printed)
        assert verdict.status == "cancelled"
    assert house.command("resume", verdict.dossier_id[-8:], "--json")["ruling"] == "yes"


# --- in this process ---------------------------------------------------------------------------


def ask(journal: JournalPort, scripts: dict[str, Script | SeatPort], *more: str) -> int:
    words = ["ask", "Ship?", "--method", "yes_no", *more]
    return run(words, seating(scripts, journal=journal, limits=Limits(max_rounds=0)))


def test_the_same_question_again_is_answered_by_its_dossier_and_afresh_by_the_council(
    capsys: Captured,
) -> None:
    journal = MemoryJournal(SystemClock())
    yes: dict[str, Script | SeatPort] = {"melchior": [ballot("yes")]}
    no: dict[str, Script | SeatPort] = {"melchior": [ballot("no")]}
    assert ask(journal, yes, "--json") == 0
    first = Verdict.model_validate_json(capsys.readouterr().out)
    assert ask(journal, no, "--json") == 0
    out, err = capsys.readouterr()
    assert Verdict.model_validate_json(out).dossier_id == first.dossier_id
    assert "Joined: this very question was put" in " ".join(err.split())
    assert ask(journal, no, "--json", "--fresh") == 0
    assert Verdict.model_validate_json(capsys.readouterr().out).ruling == "no"


def test_a_question_may_follow_an_earlier_dossier(capsys: Captured) -> None:
    journal = MemoryJournal(SystemClock())
    yes: dict[str, Script | SeatPort] = {"melchior": [ballot("yes")]}
    assert ask(journal, yes, "--follow", "latest") == 2
    assert "--follow: 'latest' names no dossier" in " ".join(capsys.readouterr().err.split())
    assert ask(journal, yes) == 0
    assert ask(journal, yes, "--follow", "latest", "--json") == 0


def test_what_has_its_verdict_is_not_gone_on_with(capsys: Captured) -> None:
    journal = MemoryJournal(SystemClock())
    opener = seating({"melchior": [ballot("yes")]}, journal=journal)
    assert run(["ask", "Ship?", "--method", "yes_no"], opener) == 0
    assert run(["resume", "latest"], opener) == 2
    assert "has its verdict, which is final" in " ".join(capsys.readouterr().err.split())
    assert run(["cancel", "latest"], opener) == 0
    assert "is not running: decided." in capsys.readouterr().err


@pytest.mark.parametrize("command", ["resume", "cancel"])
def test_a_dossier_that_is_not_there_is_wrong_usage(command: str, capsys: Captured) -> None:
    assert run([command, "nothing"], seating({"melchior": HangingSeat()})) == 2
    assert "ID: 'nothing' names no dossier" in " ".join(capsys.readouterr().err.split())

"""The script that delegates a decision, run from start to end in a process of its own."""

import subprocess
import sys
from pathlib import Path

from tests.examples import EXAMPLES, strangers_environment
from tests.provider import json_ballot, running_provider

SCRIPT = EXAMPLES / "delegate_decision.py"


def delegate(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env=strangers_environment(home, **variables),
        cwd=home,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_a_question_the_scripted_council_decides_and_is_called_so(tmp_path: Path) -> None:
    ran = delegate(tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("No question was given. A scripted council answers")
    assert "Ruling: Warn everyone today (majority)" in ran.stdout
    assert "Dissent, melchior for Write to those affected on Thursday:" in ran.stdout
    assert "## Minority report" in ran.stdout
    assert "has answered, 3 of 3" in ran.stderr


def test_with_seats_ones_own_question_is_put_to_them(tmp_path: Path) -> None:
    agreed = json_ballot(position="Ship it", argument="The rehearsal held.")
    with running_provider(default=agreed) as provider:
        ran = delegate(
            tmp_path,
            "Should we ship on Friday?",
            MAGI_SEATS="openai/a,openai/b,openai/c",
            OPENAI_API_BASE=provider.base_url,
            OPENAI_API_KEY="none-needed",
        )
    assert ran.returncode == 0, ran.stderr
    assert "scripted" not in ran.stdout
    assert "Question: Should we ship on Friday?" in ran.stdout
    assert "Ruling: Ship it (unanimous)" in ran.stdout


def test_where_there_is_nobody_to_ask_one_is_told_so_and_how_to_name_models(tmp_path: Path) -> None:
    ran = delegate(tmp_path, "Should we ship on Friday?")
    assert ran.returncode == 3
    assert ran.stdout.startswith("AWAITING REPLIES: round 1, blind, 3 asks:")
    assert "no model was found, so the caller plays them" in ran.stdout
    assert "name seats (MAGI_SEATS)" in ran.stdout


def test_what_the_server_refuses_is_told_and_fails(tmp_path: Path) -> None:
    ran = delegate(tmp_path, " ", MAGI_SEATS="scripted/demo")
    assert ran.returncode == 1
    assert "question" in ran.stdout

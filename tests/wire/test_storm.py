"""Two hundred deliberations at once, a fifth of all calls failing, and nothing left of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.wire.storm import DELIBERATIONS, WAVES


@pytest.fixture(scope="module")
def waves() -> list[dict[str, object]]:
    process = subprocess.run(
        [sys.executable, "-m", "tests.wire.storm"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    left: list[dict[str, object]] = json.loads(process.stderr.rpartition("RESULT ")[2])
    assert len(left) == WAVES
    return left


def test_every_deliberation_ends_in_the_right_verdict_or_an_honest_error(
    waves: list[dict[str, object]],
) -> None:
    seen: set[str] = set()
    for wave in waves:
        outcomes = wave["outcomes"]
        assert isinstance(outcomes, dict)
        assert sum(outcomes.values()) == DELIBERATIONS
        seen.update(outcomes)
        assert wave["wrong"] == []
    assert seen >= {"unanimous", "majority", "no_quorum"}


def test_no_task_no_thread_and_no_descriptor_is_left(waves: list[dict[str, object]]) -> None:
    for wave in waves:
        assert wave["tasks"] == []
        assert wave["threads"] == ["MainThread"]
    assert len({str(wave["descriptors"]) for wave in waves}) == 1


def test_memory_returns_to_its_level(waves: list[dict[str, object]]) -> None:
    _, second, third = (int(str(wave["resident_kb"])) for wave in waves)
    assert third < second * 1.05, f"{second} kB after the second wave, {third} kB after the third"

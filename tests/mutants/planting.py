"""Plants a mutant in a copy of the package and runs tests against that copy alone."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.table import Mutant

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "magi_mcp"
NEEDED = ("tests/core", "tests/mistakes")
MISTAKES = "tests/mistakes/test_mistakes_of_other_councils.py"
TIMEOUT_S = 120.0

_FAILED = re.compile(r"^FAILED \S+?::(\w+)(?:\[.*?\])? - (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How the tests went: ``failed`` maps each test that failed to its first line of why."""

    failed: dict[str, str]
    told: str


def copied(folder: Path) -> Path:
    """A copy of the package and of the tests that notice mistakes, complete in itself."""
    ignored = shutil.ignore_patterns("__pycache__", "snapshots")
    for part in ("magi_mcp", *NEEDED):
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for file in ("pyproject.toml", "tests/__init__.py"):
        shutil.copy(ROOT / file, folder / file)
    return folder


def plant(mutant: Mutant, folder: Path) -> None:
    """Make the mistake in the copy that lies in ``folder``."""
    path = folder / "magi_mcp" / mutant.file
    sound = path.read_text(encoding="utf-8")
    assert sound.count(mutant.text) == 1, f"stale mutant: {mutant.mistake}"
    path.write_text(sound.replace(mutant.text, mutant.instead), encoding="utf-8")


def run(folder: Path, tests: tuple[str, ...]) -> Outcome:
    """Run tests of ``MISTAKES`` against the copy; pytest puts the copy first on the path."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=line", "-rf"]
    ended = subprocess.run(
        [*command, *(f"{MISTAKES}::{test}" for test in tests)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "1000"},  # or pytest leaves out why a test failed
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    told = ended.stdout + ended.stderr
    return Outcome(failed=dict(_FAILED.findall(told)), told=told)

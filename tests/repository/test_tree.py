"""What the files of the repository have in common, whatever they are for."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repository.wheel import ROOT

REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("crates", "io"),
    )
]
NOT_OURS = {"dist", "build", "__pycache__", "results"}
DECISIONS = ROOT / "docs" / "decisions"


def our_files() -> Iterator[Path]:
    """Every file that is kept; lock files are not, because they name a registry's address."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [
            name
            for name in folders
            if name not in NOT_OURS and (not name.startswith(".") or name == ".ci")
        ]
        for name in names:
            if name != "uv.lock":
                yield Path(folder) / name


def test_no_file_names_the_address_of_a_package_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {address}"
        for path in our_files()
        for address in REGISTRIES
        if address.encode() in path.read_bytes()
    ]
    assert found == []


def test_lock_files_stay_out_of_the_repository() -> None:
    assert "uv.lock" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_script_of_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_decision_record_is_listed_under_its_own_title() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"\| \[\d{4}\]\(([^)]+)\) \| (.+) \|", index))
    records = {path.name: path for path in DECISIONS.glob("[0-9]*.md")}
    titles = {
        name: path.read_text(encoding="utf-8").splitlines()[0].removeprefix(f"# {name[:4]} ")
        for name, path in records.items()
    }
    assert listed == titles


@pytest.mark.parametrize("path", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_record_says_context_decision_and_consequence(path: Path) -> None:
    headings = [line for line in path.read_text("utf-8").splitlines() if line.startswith("## ")]
    assert headings == ["## Context", "## Decision", "## Consequence"]

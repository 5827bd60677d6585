"""The README, taken apart: its blocks of code by language, and its tables by their headings."""

import re
from collections.abc import Iterator

from tests.repository.wheel import ROOT

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The text of every fenced block in that language, in order."""
    return [m["text"] for m in _BLOCK.finditer(readme()) if m["language"] == language]


def table(first_heading: str) -> list[list[str]]:
    """The cells of the one table whose first column is headed so, row by row."""
    lines = readme().splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith(f"| {first_heading} |")]
    assert len(starts) == 1, f"{len(starts)} tables begin with {first_heading!r}"
    return list(_rows(lines[starts[0] + 2 :]))


def code(cell: str) -> list[str]:
    """What stands in a cell as code."""
    return _CODE.findall(cell)


def _rows(lines: list[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split(" |")]

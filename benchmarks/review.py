"""What it takes to prepare a review: `python -m benchmarks.review`.

A diff of 2,000 changed lines over 40 files is read, its files are chosen and cut into parts;
and the same from a repository with git, with the code around each hunk.
"""

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.figures import Figure, report
from magi_mcp.core.reviewing.parts import DEFAULT_WINDOW, cut, part_tokens
from magi_mcp.diffs.changes import change_in_diff, change_in_repository

FILES, CHANGED, RUNS = 40, 50, 9
LIMIT_MS = 300.0


def main() -> None:
    """Measure both ways and show them beside the limit."""
    with tempfile.TemporaryDirectory() as folder:
        repository = _repository(Path(folder))
        diff = _git(repository, "diff")
        tokens = part_tokens([DEFAULT_WINDOW])

        def from_text() -> None:
            cut(change_in_diff(diff).files, tokens)

        def from_repository() -> None:
            cut(change_in_repository(repository).files, tokens)

        parts, _ = cut(change_in_repository(repository).files, tokens)
        lines = sum(line[:1] in "+-" for line in diff.splitlines())
        report(
            f"Preparing {lines:,} lines over {FILES} files as {len(parts)} parts, against 300 ms",
            [
                Figure("parts from a diff", "ms", _timed(from_text), LIMIT_MS, 1.0),
                Figure("parts from a repository", "ms", _timed(from_repository), LIMIT_MS, 1.0),
            ],
        )


def _timed(work: Callable[[], None]) -> list[float]:
    work()  # what is loaded and cached by the first run is there for all that follow
    samples = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        samples.append((time.perf_counter() - began) * 1000)
    return samples


def _repository(folder: Path) -> Path:
    """A repository in which half of the changed lines are removed and half are added."""
    _git(folder, "init", "-q")
    for number in range(FILES):
        (folder / f"module_{number}.py").write_text(_text(changed=False), encoding="utf-8")
    _git(folder, "add", "-A")
    _git(folder, "-c", "user.name=n", "-c", "user.email=n@example.org", "commit", "-q", "-m", "a")
    for number in range(FILES):
        (folder / f"module_{number}.py").write_text(_text(changed=True), encoding="utf-8")
    return folder


def _text(*, changed: bool) -> str:
    """300 lines, of which three runs of lines are other ones after the change."""
    lines = []
    for number in range(300):
        word = "changed" if changed and number % 100 < CHANGED // 6 else "kept"
        lines.append(f"    value_{number} = compute(value_{number}, 'a {word} line of code')\n")
    return "".join(lines)


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


if __name__ == "__main__":
    main()

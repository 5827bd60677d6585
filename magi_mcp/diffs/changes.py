"""Diffs: what surfaces call: a change ready for review, from a diff or from a repository."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from magi_mcp.core.errors import CallerError
from magi_mcp.core.reviewing.change import Change, Skipped
from magi_mcp.core.words import plural
from magi_mcp.diffs.parsing import ParsedFile, parse_diff
from magi_mcp.diffs.repository import UNCOMMITTED, Repository
from magi_mcp.diffs.selection import why_skipped
from magi_mcp.diffs.surroundings import surrounded

_FROM_TEXT = "a diff given as text"


def change_in_diff(diff: bytes | str) -> Change:
    """The change that a unified diff tells of. Raises ``CallerError``."""
    return _change(_FROM_TEXT, parse_diff(diff), ())


def change_in_repository(
    folder: Path,
    changes: str = UNCOMMITTED,
    paths: Sequence[str] = (),
    *,
    start: Path | None = None,
    within: Path | None = None,
) -> Change:
    """The change in a git repository that ``folder`` lies in.

    ``changes`` is ``uncommitted``, ``staged`` or two revisions such as ``main...HEAD``; relative
    ``paths`` count from ``start``, by default the top of the repository. Nothing outside of the
    folder ``within`` is read, where one is given. Blocks; raises ``CallerError``.
    """
    read = Repository.at(folder).read(changes, paths, start, within)
    change = _change(read.title, read.files, read.skipped)
    known = read.contents.lines_of(
        [file.path for file in change.files if file.hunks and file.change != "deleted"]
    )
    return change.model_copy(
        update={"files": tuple(surrounded(file, known) for file in change.files)}
    )


def _change(title: str, files: Iterable[ParsedFile], skipped: Iterable[Skipped]) -> Change:
    shown, left_out = [], list(skipped)
    for parsed in files:
        why = why_skipped(parsed)
        if why is None:
            shown.append(parsed.file)
        else:
            left_out.append(Skipped(file=parsed.file.path, why=why))
    if not shown:
        raise CallerError(
            "diff" if title is _FROM_TEXT else "changes",
            "nothing in it can be reviewed: "
            + "; ".join(f"{each.file} ({each.why})" for each in left_out[:10])
            + (f"; and {len(left_out) - 10} more" if len(left_out) > 10 else "")
            + ".",
        )
    added = sum(m[:1] == "+" for file in shown for hunk in file.hunks for m in hunk.body)
    removed = sum(m[:1] == "-" for file in shown for hunk in file.hunks for m in hunk.body)
    counted = f"{plural(len(shown), 'file')}, {plural(added, 'line')} added, {removed} removed"
    return Change(scope=f"{title}: {counted}", files=tuple(shown), skipped=tuple(left_out))

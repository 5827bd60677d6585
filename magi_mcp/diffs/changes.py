"""Diffs: what surfaces call: a change ready for review, from a diff or from a repository."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from magi_mcp.core.errors import CallerError
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.change import Change, Skipped
from magi_mcp.core.words import plural
from magi_mcp.diffs.git import GitFailed
from magi_mcp.diffs.parsing import ParsedFile, parse_diff
from magi_mcp.diffs.repository import UNCOMMITTED, Repository
from magi_mcp.diffs.selection import HOLDS_KEY, why_skipped
from magi_mcp.diffs.surroundings import surrounded
from magi_mcp.documents.credentials import private_keys

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
    try:
        read = Repository.at(folder, within).read(changes, paths, start, within)
    except GitFailed as fault:
        raise CallerError("repo", f"git cannot read it: {fault.detail}") from fault
    known = read.contents.lines_of(
        [
            each.file.path
            for each in read.files
            if each.file.hunks and each.file.change != "deleted" and why_skipped(each) is None
        ]
    )
    # What a diff shows of a file need not show that there is a key in it.
    keyed = {path for path, lines in known.items() if any(private_keys("\n".join(lines)))}
    files = [each for each in read.files if each.file.path not in keyed]
    skipped = [*read.skipped, *(Skipped(file=path, why=HOLDS_KEY) for path in sorted(keyed))]
    change = _change(read.title, files, skipped)
    return change.model_copy(update={"files": surrounded(change.files, known)})


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
            + "; ".join(f"{one_line(each.file)} ({each.why})" for each in left_out[:10])
            + (f"; and {len(left_out) - 10} more" if len(left_out) > 10 else "")
            + ".",
        )
    added = sum(m[:1] == "+" for file in shown for hunk in file.hunks for m in hunk.body)
    removed = sum(m[:1] == "-" for file in shown for hunk in file.hunks for m in hunk.body)
    counted = f"{plural(len(shown), 'file')}, {plural(added, 'line')} added, {removed} removed"
    return Change(scope=f"{title}: {counted}", files=tuple(shown), skipped=tuple(left_out))

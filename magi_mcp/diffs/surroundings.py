"""Diffs: the code around each hunk, so that who reads the hunk can understand it. Pure."""

from collections.abc import Mapping, Sequence

from magi_mcp.core.reviewing.change import ChangedFile, Hunk

LINES = 12
"""So many lines are shown above and below a hunk, beside those that the diff itself shows."""


def surrounded(file: ChangedFile, contents: Mapping[str, Sequence[str]]) -> ChangedFile:
    """A file whose hunks have the code around them, where the new file's lines are known.

    What stands between two hunks is shown once. Lines that do not fit the hunks are not believed:
    the file may have changed since the diff was made.
    """
    lines = contents.get(file.path)
    if lines is None or file.change == "deleted" or not _fits(file, lines):
        return file
    hunks: list[Hunk] = []
    shown_to = 0
    for index, hunk in enumerate(file.hunks):
        following = file.hunks[index + 1].new_start if index + 1 < len(file.hunks) else None
        first, stop = hunk.new_start, hunk.new_lines.stop
        before = lines[max(shown_to, first - 1 - LINES) : first - 1]
        last = min(stop - 1 + LINES, len(lines) if following is None else following - 1)
        after = lines[stop - 1 : last]
        if last == len(lines) and after and not after[-1]:
            after = after[:-1]
        shown_to = last
        hunks.append(hunk.model_copy(update={"before": tuple(before), "after": tuple(after)}))
    return file.model_copy(update={"hunks": tuple(hunks)})


def _fits(file: ChangedFile, lines: Sequence[str]) -> bool:
    return all(
        line.new <= len(lines) and lines[line.new - 1].rstrip("\r") == line.text
        for hunk in file.hunks
        for line in hunk.lines
        if line.new is not None
    )

"""Diffs: the code around each hunk, so that who reads the hunk can understand it. Pure."""

from collections.abc import Mapping, Sequence

from magi_mcp.core.reviewing.change import ChangedFile, Hunk

LINES = (12, 8, 5, 2)
"""So many lines are shown above and below a hunk, beside those that the diff itself shows; fewer
where they would be many."""

ALWAYS_CHARS = 20_000
"""So much code around hunks is shown however little was changed; beyond that, no more than the
diff itself."""


def surrounded(
    files: Sequence[ChangedFile], contents: Mapping[str, Sequence[str]]
) -> tuple[ChangedFile, ...]:
    """The files with the code around each hunk, where the new file's lines are known.

    What stands between two hunks is shown once. Lines that do not fit the hunks are not believed:
    the file may have changed since the diff was made.
    """
    known = {file.path for file in files if _is_known(file, contents)}
    own = sum(len(marked) for file in files for hunk in file.hunks for marked in hunk.body)
    for lines in LINES:
        around = tuple(
            _surrounded(file, contents[file.path], lines) if file.path in known else file
            for file in files
        )
        added = sum(
            len(line)
            for file in around
            for hunk in file.hunks
            for line in (*hunk.before, *hunk.after)
        )
        if added <= max(own, ALWAYS_CHARS):
            return around
    return tuple(files)


def _is_known(file: ChangedFile, contents: Mapping[str, Sequence[str]]) -> bool:
    lines = contents.get(file.path)
    return lines is not None and file.change != "deleted" and _fits(file, lines)


def _surrounded(file: ChangedFile, lines: Sequence[str], most: int) -> ChangedFile:
    hunks: list[Hunk] = []
    shown_to = 0
    for index, hunk in enumerate(file.hunks):
        following = file.hunks[index + 1].new_start if index + 1 < len(file.hunks) else None
        first, stop = hunk.new_start, hunk.new_lines.stop
        before = lines[max(shown_to, first - 1 - most) : first - 1]
        last = min(stop - 1 + most, len(lines) if following is None else following - 1)
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

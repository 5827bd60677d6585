"""Core: cutting a change into parts that fit what the seats can read at once.

Files stay whole where they fit, hunks where they do not; a hunk is cut only where it alone is
too long. Nothing is refused for its size: what the stated budget leaves out is listed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from magi_mcp.core.reviewing.change import ChangedFile, Hunk, Skipped
from magi_mcp.core.reviewing.layout import file_shown, hunk_shown

CHARS_PER_TOKEN = 4
PART_TOKENS = 12_000
"""What one part comes to at most: a reviewer that is shown more overlooks more."""

LEAST_TOKENS = 1_000
DEFAULT_WINDOW = 32_000
"""The context window that a model is taken to have which nobody knows."""

MAX_PARTS = 16
"""So many parts are read; each costs a call to every seat, and mostly another."""


def part_tokens(windows: Sequence[int | None]) -> int:
    """How much of a change goes into a part, by the context windows of everybody, in tokens.

    A third of the smallest window: the rest is for the prompt, for what others say of that part,
    and for the reply.
    """
    smallest = min((window or DEFAULT_WINDOW for window in windows), default=DEFAULT_WINDOW)
    return max(LEAST_TOKENS, min(PART_TOKENS, smallest // 3))


def cut(
    files: Sequence[ChangedFile], tokens: int, most: int = MAX_PARTS
) -> tuple[tuple[tuple[ChangedFile, ...], ...], tuple[Skipped, ...]]:
    """The files of each part in order, each part of at most so many tokens; and what is left out.

    A single line that is longer than a part still makes one.
    """
    packed = _Packing(tokens * CHARS_PER_TOKEN)
    for file in files:
        packed.add(file)
    parts = packed.closed()
    seen = {file.path for part in parts[:most] for file in part}
    why = (
        f"left out: a review reads at most {most} parts of about {tokens:,} tokens; "
        "review the rest by naming its paths"
    )
    left_out = dict.fromkeys(file.path for part in parts[most:] for file in part)
    skipped = (
        Skipped(file=path, why=f"its later hunks are {why}" if path in seen else why)
        for path in left_out
    )
    return tuple(parts[:most]), tuple(skipped)


@dataclass
class _Packing:
    """Parts in the making, filled in order."""

    room: int
    parts: list[tuple[ChangedFile, ...]] = field(default_factory=list)
    _open: list[ChangedFile] = field(default_factory=list)
    _used: int = 0

    def add(self, file: ChangedFile) -> None:
        size = len(file_shown(file))
        if size <= self.room or not file.hunks:
            self._put(file, size)
            return
        for hunks in self._fitting(file):
            piece = file.model_copy(update={"hunks": hunks})
            self._put(piece, len(file_shown(piece)))

    def closed(self) -> list[tuple[ChangedFile, ...]]:
        self._close()
        return self.parts

    def _put(self, file: ChangedFile, size: int) -> None:
        if self._used + size > self.room:
            self._close()
        self._open.append(file)
        self._used += size

    def _close(self) -> None:
        if self._open:
            self.parts.append(tuple(self._open))
        self._open, self._used = [], 0

    def _fitting(self, file: ChangedFile) -> Iterator[tuple[Hunk, ...]]:
        """The hunks of a file in runs, none of which is longer than a part if it can be helped."""
        room = self.room - len(file_shown(file.model_copy(update={"hunks": ()})))
        run: list[Hunk] = []
        used = 0
        for piece in (piece for hunk in file.hunks for piece in _pieces(hunk, room)):
            size = len(hunk_shown(piece)) + 1
            if run and used + size > room:
                yield tuple(run)
                run, used = [], 0
            run.append(piece)
            used += size
        yield tuple(run)


def _pieces(hunk: Hunk, room: int) -> Iterator[Hunk]:
    """A hunk, or where it is too long, its lines in several; the code around it goes first."""
    if len(hunk_shown(hunk)) <= room:
        yield hunk
        return
    bare = hunk.model_copy(update={"before": (), "after": ()})
    start, used = 0, 0
    old, new = hunk.old_start, hunk.new_start
    next_old, next_new = old, new
    for index, line in enumerate(bare.lines):
        size = len(line.text) + 10
        if index > start and used + size > room:
            yield _piece(bare, start, index, old, new)
            start, used, old, new = index, 0, next_old, next_new
        used += size
        next_old += line.old is not None
        next_new += line.new is not None
    yield _piece(bare, start, len(bare.body), old, new)


def _piece(hunk: Hunk, start: int, end: int, old: int, new: int) -> Hunk:
    update = {"body": hunk.body[start:end], "old_start": old, "new_start": new}
    return hunk.model_copy(update=update)

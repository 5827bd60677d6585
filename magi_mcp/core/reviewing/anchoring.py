"""Core: where in a change a quoted piece of code stands. Checked by program, never believed.

A quote is found by its words alone: neither white space nor invisible characters count, and
neither do the numbers and marks that were copied with it. What a seat says of line numbers only
chooses between places that hold the same words.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.change import ChangedFile, Hunk, Line
from magi_mcp.core.reviewing.claims import Claim, Place
from magi_mcp.core.reviewing.layout import GUTTER

LEAST_PIECE = 4
"""So many characters of a line have to be quoted for a piece of it to be looked for."""

_PREFIXES = ("a/", "b/", "./", "/")


@dataclass(frozen=True)
class _Found:
    """Lines in which a quote was found, in the order in which they are shown."""

    lines: tuple[Line, ...]
    hunk: Hunk
    whole: bool


def place_of(claim: Claim, files: Sequence[ChangedFile]) -> Place | None:
    """Where the code stands that a claim quotes; None where it is nowhere in these files.

    Every line of a place is one of the new file: for code that was removed, the lines that are
    left where it stood. A file that is gone has none.
    """
    for path in _paths(claim.file, files):
        pieces = [file for file in files if file.path == path]
        for quote in _readings(claim.quote):
            found = [each for piece in pieces for h in piece.hunks for each in _matches(quote, h)]
            if found:
                return _place(pieces[0], min(found, key=lambda each: _distance(each, claim)))
    return None


def lines_at(place: Place, files: Sequence[ChangedFile]) -> dict[int, str]:
    """The lines of the new file that a place covers, as far as the change shows them."""
    if place.line_start is None or place.line_end is None:
        return {}
    return {
        line.new: line.text
        for file in files
        if file.path == place.file
        for hunk in file.hunks
        for line in hunk.lines
        if line.new is not None and place.line_start <= line.new <= place.line_end
    }


def _paths(stated: str, files: Sequence[ChangedFile]) -> list[str]:
    """The paths that may be meant: the stated one and its likes, else the only one it ends."""
    path = stated.strip().strip("`'\"")
    known = {file.path: file.path for file in files}
    earlier = {file.old_path: file.path for file in files if file.old_path}
    known = {**earlier, **known}
    exact = [known[path]] if path in known else []
    # Whoever names a file repeats what can be seen of its name.
    seen = [now for each, now in known.items() if _plain(each) == _plain(path)]
    if exact or seen:
        return list(dict.fromkeys([*exact, *seen]))
    for prefix in _PREFIXES:
        path = path.removeprefix(prefix)
    parts = PurePosixPath(_plain(path)).parts
    alike = {
        now
        for each, now in known.items()
        if parts and PurePosixPath(_plain(each)).parts[-len(parts) :] == parts
    }
    return list(alike) if len(alike) == 1 else []


def _readings(quote: str) -> Iterator[list[str]]:
    """The lines of a quote as they stand; without numbers and marks; without a diff's marks."""
    lines = quote.replace("\r\n", "\n").split("\n")
    fences = [line for line in lines if not line.strip().startswith("```")]
    ways: tuple[Callable[[str], str], ...] = (
        lambda line: line,
        lambda line: GUTTER.sub("", line),
        lambda line: line[1:] if line[:1] in ("+", "-") else line,
    )
    for way in ways:
        read = [_plain(way(line)) for line in fences]
        while read and not read[0]:
            del read[0]
        while read and not read[-1]:
            del read[-1]
        if read:
            yield read


def _matches(quote: Sequence[str], hunk: Hunk) -> Iterator[_Found]:
    """Where a quote stands in a hunk: among its new lines, the old ones, or as it is shown."""
    lines = tuple(hunk.lines)
    sides = (
        tuple(line for line in lines if line.new is not None),
        tuple(line for line in lines if line.old is not None),
        lines,
    )
    for whole in (True, False):
        for side in sides:
            texts = [_plain(line.text) for line in side]
            for start in range(len(side) - len(quote) + 1):
                if _equal(quote, texts[start : start + len(quote)], whole=whole):
                    yield _Found(side[start : start + len(quote)], hunk, whole)


def _equal(quote: Sequence[str], texts: Sequence[str], *, whole: bool) -> bool:
    """Whether these are the lines quoted; unless ``whole``, the ends of the quote may be cut."""
    if whole:
        return list(quote) == list(texts)
    if len(quote) == 1:
        return len(quote[0]) >= LEAST_PIECE and quote[0] in texts[0]
    return (
        texts[0].endswith(quote[0])
        and list(quote[1:-1]) == list(texts[1:-1])
        and texts[-1].startswith(quote[-1])
    )


def _place(file: ChangedFile, found: _Found) -> Place:
    numbers = [line.new for line in found.lines if line.new is not None]
    exact = found.whole and len(numbers) == len(found.lines)
    if not numbers:
        numbers = _beside(found)
    if not numbers:
        return Place(file=file.path, line_start=None, line_end=None)
    return Place(file=file.path, line_start=min(numbers), line_end=max(numbers), exact=exact)


def _beside(found: _Found) -> list[int]:
    """The line of the new file that now stands where removed lines stood, or the last before."""
    hunk, lines = found.hunk, list(found.hunk.lines)
    following = lines[lines.index(found.lines[-1]) + 1 :]
    below = [line.new for line in following if line.new is not None]
    if below or hunk.after:
        return below[:1] or [hunk.new_lines.stop]
    above = hunk.new_lines.stop - 1
    return [above] if above >= 1 else []


def _distance(found: _Found, claim: Claim) -> tuple[bool, int, int]:
    """How far a place is from the lines that were claimed; whole lines come before pieces."""
    first = next((n for line in found.lines for n in (line.new, line.old) if n is not None), 0)
    claimed = claim.line_start if claim.line_start is not None else first
    return (not found.whole, abs(first - claimed), first)


def _plain(text: str) -> str:
    """What can be seen of a line: no model copies what hides in it."""
    words = " ".join(text.split())
    return words if words.isprintable() else one_line(words)

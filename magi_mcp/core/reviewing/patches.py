"""Core: suggested fixes as patches. They are shown to people, and never applied."""

from collections.abc import Mapping, Sequence
from textwrap import dedent, indent

from magi_mcp.core.frozen import Frozen, Words
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.anchoring import lines_at
from magi_mcp.core.reviewing.change import ChangedFile
from magi_mcp.core.reviewing.claims import Claim, Place


class Replacement(Frozen):
    """Lines of the new file, from ``start`` to ``end``, and what should stand in their place."""

    file: Words
    start: int
    end: int
    before: tuple[Words, ...]
    after: tuple[Words, ...]

    @property
    def patch(self) -> str:
        """The same as a unified diff without context."""
        gone, come = len(self.before), len(self.after)
        # A name that breaks the line would stand there as something else.
        file = self.file if self.file.isprintable() else one_line(self.file)
        return "\n".join(
            (
                f"--- a/{file}",
                f"+++ b/{file}",
                f"@@ -{self.start},{gone} +{self.start},{come} @@",
                *(f"-{line}" for line in self.before),
                *(f"+{line}" for line in self.after),
            )
        )


def replacement(
    claim: Claim, place: Place | None, files: Sequence[ChangedFile]
) -> Replacement | None:
    """What a claim suggests for the lines it quotes; None where it does not quote whole lines.

    Code that was suggested without the indentation of what it replaces is given it.
    """
    if claim.suggestion is None or place is None or not place.exact:
        return None
    lines: Mapping[int, str] = lines_at(place, files)
    if place.line_start is None or place.line_end is None or not lines:
        return None
    numbers = range(place.line_start, place.line_end + 1)
    if any(number not in lines for number in numbers):
        return None
    before = tuple(lines[number] for number in numbers)
    after = tuple(_indented(claim.suggestion, before).split("\n"))
    if after == before:
        return None
    return Replacement(
        file=place.file, start=numbers[0], end=numbers[-1], before=before, after=after
    )


def _indented(suggestion: str, before: Sequence[str]) -> str:
    code = suggestion.replace("\r\n", "\n")
    margin = _margin(before)
    return indent(code, margin) if margin and dedent(code) == code else code


def _margin(lines: Sequence[str]) -> str:
    """The white space that all lines begin with."""
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]

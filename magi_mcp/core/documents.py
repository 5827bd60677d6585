"""Core: documents, the files that are given with a question, whose lines have numbers.

They are part of the case, so a council reads on resuming what it read at first. Whoever reads
them knows where they come from: it must not know this machine's folders.
"""

from pydantic import Field

from magi_mcp.core.frozen import Frozen


class Document(Frozen):
    r"""A file's text under its name, or the part of it that begins at ``first_line``.

    The name says where the file lies within its folder; it stands on one line. Lines end with
    ``\n`` and count from 1; ``first_line`` is None where the file is whole.
    """

    name: str = Field(min_length=1)
    text: str
    first_line: int | None = Field(default=None, ge=1)

    @property
    def title(self) -> str:
        """The name, and which lines these are where the file is not whole."""
        if self.first_line is None:
            return self.name
        last = self.first_line + len(self._lines) - 1
        if last == self.first_line:
            return f"{self.name}, line {last}"
        return f"{self.name}, lines {self.first_line}-{last}"

    @property
    def numbered(self) -> str:
        """The text, each line behind its number in the file."""
        lines = self._lines
        start = self.first_line or 1
        width = len(str(start + len(lines) - 1))
        return "\n".join(f"{n:>{width}} | {line}" for n, line in enumerate(lines, start))

    @property
    def _lines(self) -> list[str]:
        return self.text.removesuffix("\n").split("\n")

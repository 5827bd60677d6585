"""Core: texts of others as Markdown that shows them and does nothing else."""

import re
from collections.abc import Iterator

from magi_mcp.core.normal_form import one_line
from magi_mcp.core.words import shortened

# The last three are addresses, which some renderers turn into links of their own accord.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~&]|@|:(?=//)|(?<=www)\.")
_LINE_START = re.compile(r"^(?:(?=[-+=:])|\d+(?=[.)](?:\s|$)))")


def escaped(text: str) -> str:
    """``text`` as Markdown that shows it and does nothing else."""
    # Line by line: an indented line would be code, and one of "===" make a heading of the last.
    lines = (_MARKUP.sub(r"\\\g<0>", one_line(line)) for line in text.splitlines())
    return "\n".join(_LINE_START.sub(r"\g<0>\\", line) for line in lines)


def inline(text: str) -> str:
    """``text`` on one line."""
    return escaped(one_line(text))


def cell(text: str, characters: int = 80) -> str:
    """``text`` on one line, cut at ``characters``."""
    return escaped(shortened(text, characters))


def paragraphs(text: str) -> Iterator[str]:
    """``text`` as a quotation with a blank line before it; nothing for none."""
    if text:
        yield ""
        yield quoted(text)


def quoted(text: str) -> str:
    """``text`` as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in escaped(text).splitlines())

"""CLI: words of models and callers, made harmless for a terminal. Pure.

A terminal obeys what it is sent: titles, links, cursor movements, answers typed back. So no
text that somebody else wrote reaches it before it has passed through here. What runs CI jobs obeys
lines that look like commands.
"""

import re
import unicodedata

_ESCAPE_SEQUENCE = re.compile(
    r"""
      (?: \x1b\[ | \x9b ) [0-?]* [ -/]* [@-~]                      # CSI: colours, cursor
    | (?: \x1b[]PX^_] | [\x90\x98\x9d-\x9f] ) [^\x07\x1b\x9c]*     # OSC, DCS, SOS, PM, APC ...
      (?: \x07 | \x1b\\ | \x9c )                                   # ... up to their terminator
    | \x1b [ -/]* [0-~]                                            # any other
    """,
    re.VERBOSE,
)
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")

# "::error::" at the beginning of a line, "##[error]" and "##vso[...]" wherever they stand.
_COMMAND = re.compile(r"^([^\S\n]*:)(?=:)|(#)(?=#\w*\[)", re.MULTILINE)

# Joiners shape letters and emoji. Every other format character is a direction or invisible mark,
# by which a text can look like another one.
_JOINERS = "\u200c\u200d"


def plain(text: str) -> str:
    """``text`` without escape sequences, control and invisible characters; lines are kept."""
    bare = _LINE_ENDS.sub("\n", _ESCAPE_SEQUENCE.sub("", text)).expandtabs(4)
    return "".join(c for c in bare if c in "\n" + _JOINERS or not _is_hidden(c)).strip()


def plain_line(text: str) -> str:
    """The same on a single line."""
    return " ".join(plain(text).split())


def plain_code(line: str) -> str:
    """A line of code, with its indentation: without it the line would say something else."""
    margin = line[: len(line) - len(line.lstrip(" \t"))].expandtabs(4)
    return f"{margin}{plain(line)}".replace("\n", " ")


def without_commands(text: str) -> str:
    """``text`` in which no runner of CI jobs finds a command: they read what a job prints.

    A blank of no width stands between the two marks that a command begins with.
    """
    return _COMMAND.sub(lambda found: f"{found[0]}\u200b", text)


def without_commands_in_json(text: str) -> str:
    """The same for a JSON document, which says what it said."""
    return _COMMAND.sub(lambda found: r"\u0023" if found[2] else found[0], text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs")

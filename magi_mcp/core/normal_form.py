"""Core: when two short texts are the same position.

Only what carries no meaning is removed: letter case, white space, Markdown emphasis,
enclosing quotes or brackets, and closing punctuation. Nothing is matched by substring or by
similarity: "ship" and "do not ship" stay apart, and so do "C", "C++" and "C#".
"""

import re
import unicodedata
from itertools import groupby

_SPACE = re.compile(r"\s+")
_HEADING = re.compile(r"^#{1,6} +|^> +|^[-*] +")
_EMPHASIS = "*_`~"
_CLOSING = ".,;:!?…。！？、，；："
_PAIRS = (("(", ")"), ("[", "]"), ('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("«", "»"))


def normal_form(text: str) -> str:
    """The form under which equal positions are equal, e.g. ``"**Yes.**"`` -> ``"yes"``."""
    folded = _compatible(_printable(text)).casefold()
    folded = _HEADING.sub("", _SPACE.sub(" ", folded).strip())
    while True:
        # All that may be closed with is taken at once, however it alternates ("yes*.*.").
        bare = _unwrap(folded.lstrip(_EMPHASIS + " ").rstrip(_EMPHASIS + _CLOSING + " "))
        if bare == folded:
            return bare
        folded = bare


def _compatible(text: str) -> str:
    # Wide letters and ligatures are a matter of looks. Superscripts are not: NFKC would make
    # "10²" and "102" one number, and they are of the category No.
    runs = groupby(text, key=lambda character: unicodedata.category(character) == "No")
    return "".join(
        "".join(run) if other_number else unicodedata.normalize("NFKC", "".join(run))
        for other_number, run in runs
    )


def one_line(text: str) -> str:
    """``text`` on a single line, without control or formatting characters."""
    return _SPACE.sub(" ", _printable(text)).strip()


def _printable(text: str) -> str:
    # Cc holds escape sequences, Cf zero-width and direction marks, Cs lone surrogates: none
    # is part of a position, and each of them can make two unequal texts look alike.
    return "".join(
        character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def _unwrap(text: str) -> str:
    for opening, closing in _PAIRS:
        inner = text[len(opening) : -len(closing)]
        if (
            text.startswith(opening)
            and text.endswith(closing)
            and inner
            and opening not in inner
            and closing not in inner
        ):
            return inner.strip()
    return text

"""Core: the closed set of positions of a method, and exact recognition of one of them.

A reply names an option by its id, by its label, or by both ("B: Postpone"). Recognition is
equality of normal forms; nothing is matched by substring, so "Do not adopt it now" is not
"Adopt".
"""

import re
from collections.abc import Sequence
from itertools import chain

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.normal_form import normal_form, one_line

ABSTAIN = "abstain"
MAX_OPTIONS = 26

_LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NUMBERS = tuple(str(number) for number in range(1, MAX_OPTIONS + 1))
_NAMED = tuple(f"option-{number}" for number in _NUMBERS)
_WORD = re.compile(r"\w+")


class Choices:
    """The options of a case with the ids under which models see them.

    ``labels`` are the caller's own words, ``ids`` the short names shown beside them. Where
    an option's text begins or ends with the id of another option ("B) Ship", "Plan B"),
    another id scheme is taken.
    """

    def __init__(self, labels: Sequence[str], ids: Sequence[str] | None = None) -> None:
        self.labels = tuple(labels)
        self.ids = tuple(ids) if ids is not None else _unmistakable_ids(self.labels)
        self._meaning: dict[str, str | None] = {}
        for option_id, label in zip(self.ids, self.labels, strict=True):
            for spelling in _spellings(option_id, label):
                known = self._meaning.setdefault(spelling, label)
                if known != label:
                    self._meaning[spelling] = None

    def recognise(self, text: str) -> str | None:
        """The label that ``text`` names exactly, or None."""
        if text in self.labels:
            return text
        return self._meaning.get(normal_form(text))

    def __str__(self) -> str:
        return "\n".join(
            f"{option_id}: {one_line(label)}"
            for option_id, label in zip(self.ids, self.labels, strict=True)
        )


def check_options(options: Sequence[str]) -> None:
    """Refuse options that could not be told apart in a reply. Raises ``CallerError``."""
    if len(options) < 2:
        raise CallerError(
            "options", f"{len(options)} given; the method 'options' needs at least two."
        )
    if len(options) > MAX_OPTIONS:
        raise CallerError("options", f"{len(options)} given; at most {MAX_OPTIONS} are allowed.")
    seen: dict[str, str] = {}
    for number, option in enumerate(options, start=1):
        plain = one_line(option).casefold()
        if not plain:
            raise CallerError("options", f"number {number} is blank; give it a text or drop it.")
        if normal_form(option) == ABSTAIN:
            raise CallerError(
                "options", f"{quoted(option)} is reserved: every seat may abstain anyway; drop it."
            )
        if plain in seen:
            raise CallerError(
                "options",
                f"{quoted(option)} stands twice (also as {quoted(seen[plain])}); each must be "
                "different, not only in letter case or spaces.",
            )
        seen[plain] = option


def _unmistakable_ids(labels: tuple[str, ...]) -> tuple[str, ...]:
    ends = [_ends(label) for label in labels]
    for scheme in (_LETTERS, _NUMBERS, _NAMED):
        ids = scheme[: len(labels)]
        own = [normal_form(option_id) for option_id in ids]
        if not any(
            option_id in ends[place]
            for place in range(len(labels))
            for option_id in own[:place] + own[place + 1 :]
        ):
            return ids
    raise CallerError("options", "their texts are the ids of one another; word them differently.")


def _ends(label: str) -> set[str]:
    """The whole of a label, its first and its last word: where it may look like an id."""
    words = _WORD.findall(normal_form(label))
    return {normal_form(label), *words[:1], *words[-1:]}


def _spellings(option_id: str, label: str) -> set[str]:
    alone = (option_id, f"{option_id})", f"({option_id})", f"[{option_id}]", label)
    bare = (f"{option_id}{mark} {label}" for mark in (":", ".", ")", " -", " –", " —"))
    bracketed = (f"({option_id}){mark} {label}" for mark in ("", ":", ".", " -", " –", " —"))
    spelt = {normal_form(text) for text in chain(alone, bare, bracketed)}
    return spelt - {""}

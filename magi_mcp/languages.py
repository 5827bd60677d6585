"""Languages: what people call them, and whether this program knows the name.

Layer: pure helper of the edges (settings, convening). The table beside it, ``languages.tsv``,
holds the major languages by BCP-47 code, English name and own name. It knows nothing of what
a model can write; an unknown name is passed on as written.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

DEFAULT = "English"
MAX_CHARS = 40


def language_named(text: str) -> str | None:
    """The English name of a language by its code, English name or own name; None if unknown.

    What a code says beyond the language is kept: ``pt-BR`` is ``Portuguese (pt-BR)``.
    """
    names = _names()
    given = text.strip()
    known = names.get(_key(given))
    if known is not None:
        return known
    code, hyphen, _ = given.replace("_", "-").partition("-")
    known = names.get(_key(code)) if hyphen and len(code) in (2, 3) else None
    return None if known is None else f"{known} ({given})"


def is_plainly_a_language(text: str) -> bool:
    """Whether ``text`` is a known name or code; a code may name a script and a region, too."""
    return _key(_BEYOND.sub("", text.strip())) in _names()


def fault_of_language(text: str) -> str | None:
    """What keeps ``text`` from being passed on as a language, or None."""
    if not text.strip():
        return "is blank; name a language, such as 'German' or 'de'"
    if len(text) > MAX_CHARS:
        return f"has {len(text)} characters, more than {MAX_CHARS}; name one language"
    if any(unicodedata.category(character) in _BREAKS for character in text):
        return "contains a line break or another control character; name one language"
    return None


_BEYOND = re.compile(r"(?<=^[a-z]{2})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|[0-9]{3}))?$")
_BREAKS = ("Cc", "Cs", "Zl", "Zp")


@cache
def _names() -> Mapping[str, str]:
    table = files("magi_mcp").joinpath("languages.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(table.splitlines(), delimiter="\t")
    return {_key(name): row["english"] for row in rows for name in row.values()}


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()

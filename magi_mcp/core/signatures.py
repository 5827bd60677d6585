"""Core: clauses at either end of a text in which its author says who it is (semantics R12).

Peers are persuaded by names. In their copy "As Claude, I think ..." becomes "I think ...";
everything but such a clause stands as written, for what was argued is not ours to edit.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Seat
from magi_mcp.core.families import FAMILIES, family_of
from magi_mcp.core.words import model_title

_BRANDS: Mapping[str, tuple[str, ...]] = {
    "openai": ("ChatGPT", "GPT"),
    "anthropic": ("Claude",),
    "google": ("Gemini", "Gemma", "Bard"),
    "meta": ("Llama",),
    "mistral": ("Mistral", "Mixtral", "Codestral"),
    "deepseek": ("DeepSeek",),
    "alibaba": ("Qwen",),
    "xai": ("Grok",),
    "cohere": ("Command R",),
    "moonshot": ("Kimi",),
    "zhipu": ("GLM",),
    "microsoft": ("Copilot", "Phi"),
}

_CLAUSE = 300
"""Characters that a clause has at most."""


def identities(seat: Seat, served_by: str | None) -> frozenset[str]:
    """The names by which a seat could give itself away: its own, its lens's, its models'."""
    names = {seat.name}
    for model in {seat.model, served_by or seat.model} - {CALLER}:
        title = model_title(model).partition(":")[0]
        family = seat.family or family_of(model)
        names |= {model, title, title.replace("-", " "), *_BRANDS.get(family or "", ())}
        if family:
            names.add(family)
    if seat.lens:
        names |= {seat.lens.name, re.sub(r"(?i)^the\s+", "", seat.lens.name)}
    return frozenset(name for name in names if len(name) > 1)


def unsigned(text: str, names: Collection[str], *, kept: str) -> str:
    """``text`` without opening or closing clauses in which its author names itself.

    Names that occur in ``kept``, the question's own words, are left alone everywhere. Code,
    quotations and whatever stands between the ends are never touched; a text that is nothing
    but such a clause stays.
    """
    # Most texts name nobody, and the patterns are dear to build.
    ends = f"{text[:_CLAUSE]}\n{text[-_CLAUSE:]}".casefold()
    if not any(name.casefold() in ends for name in names):
        return text
    hidden = frozenset(
        name for name in names if not re.search(_any_of([name]), kept, re.IGNORECASE)
    )
    if not any(name.casefold() in ends for name in hidden):
        return text
    opening, closing = _clauses(hidden)
    while True:
        shorter = _without_opening(_without_closing(text, closing), opening)
        if shorter == text or not re.search(r"\w", shorter):
            return text
        text = shorter


@lru_cache(maxsize=64)
def _clauses(names: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    author = _Author.known_by(names)
    return _opening(author), _closing(author)


@dataclass(frozen=True)
class _Author:
    """An author's own names, and its makers'.

    A maker is no self: "As Google's report shows" names a source, and only "a model by
    Google" names the author.
    """

    names: frozenset[str]
    makers: frozenset[str]

    @staticmethod
    def known_by(names: Collection[str]) -> "_Author":
        brands = {brand.casefold() for brands in _BRANDS.values() for brand in brands}
        makers = {name for name in names if name.casefold() in FAMILIES - brands}
        return _Author(frozenset(names) - makers, frozenset(makers))


def _without_opening(text: str, opening: re.Pattern[str]) -> str:
    clause = opening.match(text[:_CLAUSE])
    if clause is None:
        return text
    rest = text[clause.end() :]
    if clause["joined"] and not re.match(r"(?:I|ich|je)\b", rest):
        rest = f"I {rest}"
    return clause["margin"] + rest[:1].upper() + rest[1:]


def _without_closing(text: str, closing: re.Pattern[str]) -> str:
    clause = closing.search(text[-_CLAUSE:])
    if clause is None:
        return text
    before = text[: len(text) - len(clause.string) + clause.start()]
    if _is_quoted_or_listed(before, own_line="\n" in clause[0]):
        return text
    return before + (clause["stop"] or "")


def _is_quoted_or_listed(before: str, *, own_line: bool) -> bool:
    """Whether what follows ``before`` is part of code, a quotation, its source, or a list."""
    line = before.rstrip().rpartition("\n")[2].strip()
    within = before.count("```") % 2 or before.count('"') % 2
    listed = line.endswith(":") or re.match(r"(?:[-*+]|\d+[.)])\s", line)
    return bool(
        within
        or before.count("“") > before.count("”")
        or line.endswith(('"', "”", "»"))
        or line.startswith(">")
        or (own_line and listed)
    )


def _any_of(names: Collection[str]) -> str:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return rf"(?<![^\W_])(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})(?![^\W_])"


_VERSION = (
    r"(?:[-\s]?(?:v?\d[\w.]*|sonnet|opus|haiku|pro|flash|mini|nano|turbo|ultra|large|small"
    r"|instruct|chat|preview|thinking)(?![\w]))*"
)
_MACHINE = (
    r"(?:AI|KI|IA|LLM|(?:large\s+)?(?:language\s+)?model|(?:KI-|Sprach)?modell|modèle|modelo|modello"
    r"|assistant|assistent|chatbot)"
)
_MADE = (
    r"(?:\s+(?:that\s+(?:was|is)\s+)?(?:made|trained|developed|built|created|designed|provided"
    r"|trainiert|entwickelt|called|named|known))?\s+(?:by|from|of|as|von|par|called|named)?\s*"
)
_ROLE = (
    r"(?:(?:speaking|writing|answering|responding|replying|reasoning)\s+)?as"
    r"|from\s+the\s+(?:perspective|point\s+of\s+view|standpoint|viewpoint)\s+of"
    r"|in\s+my\s+(?:role|capacity|function)\s+as|als|aus\s+(?:der\s+)?Sicht\s+von"
    r"|en\s+tant\s+que|en\s+qualité\s+de|du\s+point\s+de\s+vue\s+de|como|come"
)
_IS = (
    r"I\s+am|I['’]m|this\s+is|my\s+name\s+is|ich\s+bin|hier\s+(?:ist|spricht)"
    r"|mein\s+Name\s+ist|je\s+suis|ici|soy|sono"
)


def _self(author: _Author) -> str:
    """An author's name, or a machine by its name or its maker, with what is said of either."""
    name = rf"(?:the\s+|an?\s+)?{_any_of(author.names)}{_VERSION}"
    anyone = _any_of(author.names | author.makers)
    adjectives = r"(?:[\w-]+\s+){0,4}?"
    article = r"(?:(?:an?|the|your|ein|eine|un|une)\s+)?"
    machine = (
        rf"{article}(?:{adjectives}{_MACHINE}(?:\s+{_MACHINE})?{_MADE}{anyone}"
        rf"|{anyone}(?:['’]s)?\s+{adjectives}{_MACHINE})(?!\w)"
    )
    said = (
        rf"(?:\s*\([^()\n]{{0,60}}\)|,?\s+(?:by|from|von|de)\s+{anyone}|,\s+{machine}"
        rf"|,\s+{article}{adjectives}{_MACHINE}(?=\s*[,.:;—–]))?"
    )
    return rf"(?:{machine}|{name}){said}"


def _opening(author: _Author) -> re.Pattern[str]:
    me = _self(author)
    name = rf"{_any_of(author.names)}{_VERSION}"
    greeting = (
        r"(?:(?:hello|hi|hey|greetings|hallo|bonjour)(?:\s+(?:all|everyone|there))?[,.!]?\s+)?"
    )
    return re.compile(
        rf"\A(?P<margin>\s*)(?:[*_]{{0,3}}(?:{_ROLE})\s+{me}[*_]{{0,3}}\s*(?:[,:;—–]|\s-)[*_]{{0,3}}\s*"
        rf"|{greeting}(?:{_IS})\s+{me}"
        rf"(?:,?\s+(?P<joined>and|und|et)\s+|\s*[.!:;,—–]\s*(?!\s*(?:and|und|et)\b))"
        rf"|[#*_\s]*\[?{name}\]?(?:\s*\([^()\n]{{0,60}}\))?(?:\s+(?:says|writes|speaking))?"
        rf"[*_]{{0,3}}\s*[:—–][*_]{{0,3}}\s*"
        rf"|{greeting}{name}\s+here\s*[.,:!—–]\s*|[*_]{{0,3}}\[{name}\][*_]{{0,3}}\s+"
        rf"|[#*_ ]*{name}[*_ ]*\n\s*)",
        re.IGNORECASE,
    )


def _closing(author: _Author) -> re.Pattern[str]:
    me = _self(author)
    farewell = (
        r"(?:(?:signed|sincerely|(?:kind\s+|best\s+)?regards|yours(?:\s+truly)?|respectfully|cheers"
        r"|best|gezeichnet|gez\.|cordialement)[,:]?\s*)"
    )
    sentence = (
        rf"(?:I\s+(?:say|write|conclude)\s+this|(?:that|this)\s+is\s+my\s+(?:view|answer|position)"
        rf"|speaking|signed)[,]?\s+(?:as|by)?\s*{me}|(?:{_IS})\s+{me}|{me}\s+out"
    )
    return re.compile(
        rf"(?:(?<=\S)\s*\n\s*(?:{farewell}(?:[-—–~*_]+\s*)?|[-—–~*_]+\s*)?{me}[*_]*"
        rf"|(?<=\S)\s+{farewell}(?:[-—–~]+\s*)?{me}"
        rf"|(?<=[.!?)])\s*(?:[—–~]|-{{1,2}})\s*{me}|(?<=[.!?])\s+\({me}\)"
        rf"|(?<=[.!?])\s+(?:{sentence})"
        rf"|(?<=\S)\s*[,—–]\s*(?:says|signed|(?:speaking\s+|writing\s+)?as)\s+{me}(?P<stop>[.!])?)"
        rf"[.!]?\s*\Z",
        re.IGNORECASE,
    )

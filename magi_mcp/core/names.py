"""Core: names taken out of what peers read, and put back into what people read.

Source: semantics R12. In the copy that peers see, an opening or closing clause that names
the author's own model, family or persona is removed. Everywhere else texts stand as written,
and the pseudonyms their authors read are replaced by the seats' names.
"""

import re
from collections.abc import Collection, Mapping

from magi_mcp.core.case import Seat
from magi_mcp.core.families import family_of
from magi_mcp.core.words import model_title, seat_title

_BRANDS: Mapping[str, tuple[str, ...]] = {
    "openai": ("ChatGPT", "GPT"),
    "anthropic": ("Claude",),
    "google": ("Gemini", "Gemma", "Bard"),
    "meta": ("Llama",),
    "mistral": ("Mixtral", "Codestral"),
    "deepseek": ("DeepSeek",),
    "alibaba": ("Qwen",),
    "xai": ("Grok",),
    "cohere": ("Command R",),
    "moonshot": ("Kimi",),
    "zhipu": ("GLM",),
    "microsoft": ("Copilot", "Phi"),
}

_END = r"[.!?]|\Z"
_INSIDE = r"[^.,;:!?\n\"'`“”]{0,80}?"


def identities(seat: Seat, served_by: str | None) -> frozenset[str]:
    """The names by which a seat could give itself away."""
    model = served_by or seat.model
    family = seat.family or family_of(model)
    names = {seat.name, model, model_title(model), model_title(model).replace("-", " ")}
    if seat.lens:
        names.add(seat.lens.name)
    if family:
        names |= {family, *_BRANDS.get(family, ())}
    return frozenset(name for name in names if len(name) > 1)


def unsigned(text: str, names: Collection[str], *, kept: str) -> str:
    """``text`` without an opening or closing clause in which its author names itself.

    Names that occur in ``kept``, the question's own words, are left alone everywhere.
    """
    own = [name for name in names if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", kept, re.I)]
    if not own:
        return text
    longest_first = sorted(own, key=len, reverse=True)
    name = rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?:[-\s]?\d[\w.]*)?(?!\w)"
    head, body = _headed(text)
    opened = _opening(name).sub("", body, count=1)
    if opened != body:
        opened = opened[:1].upper() + opened[1:]
    closed = _closing(name).sub("", opened)
    return head + (closed if closed.strip() else body)


def _headed(text: str) -> tuple[str, str]:
    """The line that states the position, and what follows it."""
    match = re.match(r"Position: [^\n]*\n", text)
    return (match[0], text[match.end() :]) if match else ("", text)


def _opening(name: str) -> re.Pattern[str]:
    role = r"(?:speaking |writing |answering )?as|from the perspective of|in my role as"
    return re.compile(
        rf"\A\s*[*_]*(?:(?:{role})\s{_INSIDE}{name}{_INSIDE}[,:;—–]\s*"
        rf"|(?:hello[,!]? |hi[,!]? )?(?:I am|I'm|I’m|this is|my name is)\s{_INSIDE}{name}"
        rf"{_INSIDE}(?:[,;:—–]\s*(?:and\s)?|(?:{_END})\s*)"
        rf"|\[?{name}\]?(?:\shere)?[*_]*\s*[:—–,]\s*)",
        re.IGNORECASE,
    )


def _closing(name: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:\s*\n\s*|\s+)(?:(?:signed|sincerely|regards|yours)[,:]?\s*)?[-—–~*_]*\s*"
        rf"(?:{name})[*_]*(?:\s*\([^)\n]*\))?[.]?\s*\Z"
        rf"|(?<=[.!?])\s+(?:I (?:say|conclude) this as|that is my view as|speaking as|as)\s"
        rf"{_INSIDE}{name}{_INSIDE}[.!]?\s*\Z"
        rf"|\s*[,—–]\s*(?:says|signed|as)\s{_INSIDE}{name}{_INSIDE}(?=[.!]?\s*\Z)",
        re.IGNORECASE,
    )


def restored(text: str, names: Mapping[str, str]) -> str:
    """``text`` with pseudonyms replaced by seats: ``names`` maps each seat to its pseudonym."""
    return _replaced(text, {pseudonym: seat_title(seat) for seat, pseudonym in names.items()})


def renamed(text: str, earlier: Mapping[str, str], now: Mapping[str, str]) -> str:
    """``text`` with the pseudonyms of one round replaced by those of another."""
    return _replaced(
        text, {name: now.get(seat, "another member") for seat, name in earlier.items()}
    )


def _replaced(text: str, words: Mapping[str, str]) -> str:
    if not words:
        return text
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)"
    return re.sub(pattern, lambda found: words[found[0]], text)

"""Core: results cut down to what a reader has room for, saying what was left out.

Works on results as JSON. What is left out is named in ``omitted``: a key, ``key[3:]`` for
entries from the fourth on, ``key[400:]`` for what of a text follows its first 400 characters.
Within entries the notation means each of them. A ruling is never cut.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from magi_mcp.core.verdict import Envelope, Verdict
from magi_mcp.core.words import shortened

Json = dict[str, JsonValue]
Detail = Literal["brief", "standard", "full"]
"""How much of a result is told; the contract's fourth, the transcript, is no result."""

CHARS_PER_TOKEN = 4
STANDARD_ITEMS = 3
"""How many mind changes and minority entries the detail ``standard`` shows."""

STANDARD_CHARS = 4_100
"""Characters of a standard result as JSON. With its text it stays below 1,500 tokens."""

ENVELOPE = tuple(Envelope.model_fields)
SHARES = (1.0, 0.7, 0.5, 0.35, 0.2, 0.1)
"""How texts are cut further until all fits: by the same share each."""

_ALWAYS = frozenset({"ballots.summary"})
_TOLD_ELSEWHERE = frozenset({"ballots.persona", "ballots.model", "blind_vote.tally"})
_LEAST_NEEDED = frozenset({"open_questions", "mind_changes.because"})
SOMETIMES_DROPPED = _TOLD_ELSEWHERE | _LEAST_NEEDED | {"tally"}
"""Keys that a standard result does without where it would be too long."""

_STEPS = (
    (1.0, _ALWAYS),
    (0.7, _ALWAYS),
    (0.7, _ALWAYS | _TOLD_ELSEWHERE),
    (0.5, _ALWAYS | _TOLD_ELSEWHERE),
    (0.5, _ALWAYS | _TOLD_ELSEWHERE | _LEAST_NEEDED),
    (0.35, _ALWAYS | _TOLD_ELSEWHERE | _LEAST_NEEDED),
    (0.2, _ALWAYS | _TOLD_ELSEWHERE | _LEAST_NEEDED),
    (0.1, _ALWAYS | _TOLD_ELSEWHERE | _LEAST_NEEDED),
)
_ESSENTIAL = frozenset(
    (
        "question",
        "answer",
        "minority_report.argument",
        "ranking[0].text",
        "synthesis.consensus",
        "synthesis.contradictions",
        "synthesis.blind_spots",
    )
)
"""Texts that are cut last: of the others the square of the share is left."""

_ENTRIES: Mapping[str, int] = {
    "minority_report": STANDARD_ITEMS,
    "mind_changes": STANDARD_ITEMS,
    "open_questions": 3,
    "warnings": 18,
    "synthesis.consensus": 3,
    "synthesis.contradictions": 3,
    "synthesis.partial_coverage": 3,
    "synthesis.unique_insights": 3,
    "synthesis.blind_spots": 3,
}
_CHARS: Mapping[str, int] = {
    "question": 300,
    "warnings": 240,
    "arbiter.position": 120,
    "answer": 600,
    "tally.position": 120,
    "blind_vote.ruling": 120,
    "blind_vote.tally.position": 120,
    "ballots.position": 80,
    "ballots.persona": 40,
    "ballots.summary": 200,
    "minority_report.position": 120,
    "minority_report.argument": 400,
    "minority_report.would_flip": 200,
    "mind_changes.from": 60,
    "mind_changes.to": 60,
    "mind_changes.because": 160,
    "ranking[0].text": 1_000,
    "ranking.text": 100,
    "synthesis.consensus": 160,
    "synthesis.contradictions": 160,
    "synthesis.partial_coverage": 160,
    "synthesis.unique_insights": 160,
    "synthesis.blind_spots": 160,
    "open_questions": 160,
    "actual.note": 200,
}
_LEAST_CHARS = 24
_LEAST_WARNINGS = 6
BRIEF = (
    *ENVELOPE,
    "outcome",
    "ruling",
    "agreement",
    "minority_report",
    "progress",
    "actual",
    "asks",
)
"""The keys of the detail ``brief``."""

_BRIEF_DISSENT_CHARS = 160
_BRIEF_ANSWER_CHARS = 300


def standard(whole: Json) -> Json:
    """The result as it is told by default: short enough, and without the ballots' summaries.

    Of a large council at odds first the texts are cut, and then what can be told from the rest.
    """
    for share, dropped in _STEPS:
        # Where nothing is ruled the tally repeats what the ballots say.
        repeated = {"tally"} if dropped != _ALWAYS and whole["outcome"] == "synthesis" else set()
        shown = _cut(whole, share, dropped | repeated)
        if characters_of(shown) <= STANDARD_CHARS:
            break
    return shown


def characters_of(value: JsonValue) -> int:
    """How long a value is as JSON on the wire."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def brief(whole: Json) -> Json:
    """Envelope, ruling, agreement, and the strongest dissent in one line.

    Where nothing is ruled, what was found instead stands in the place of the ruling.
    """
    kept = {*BRIEF}
    if whole["ruling"] is None:
        kept |= {key for key in ("probability", "answer") if whole[key] is not None}
    cutting = _Cutting(share=1.0)
    shown = cutting.entries({key: value for key, value in whole.items() if key in kept}, "")
    if isinstance(shown.get("answer"), str):
        shown["answer"] = cutting.text(str(whole["answer"]), "answer", _BRIEF_ANSWER_CHARS)
    dissent = whole["minority_report"]
    if isinstance(dissent, list) and dissent and isinstance(dissent[0], dict):
        line: Json = {key: dissent[0][key] for key in ("position", "seats", "argument")}
        argument = str(line["argument"])
        line["argument"] = cutting.text(argument, "minority_report.argument", _BRIEF_DISSENT_CHARS)
        shown["minority_report"] = [line]
        left = ["minority_report.would_flip", "minority_report.base_rate"]
        cutting.omitted |= dict.fromkeys([*left, *(["minority_report[1:]"] if dissent[1:] else ())])
    return _with_omitted(shown, [*cutting.omitted, *(key for key in whole if key not in kept)])


def with_shorter_texts(verdict: Verdict, share: float) -> Verdict:
    """The verdict with its texts cut to a share of what the standard detail shows of them."""
    whole: Json = verdict.model_dump(mode="json", by_alias=True)
    return Verdict.model_validate(_Cutting(share).entries(whole, ""))


def _cut(whole: Json, share: float, dropped: frozenset[str]) -> Json:
    cutting = _Cutting(share, dropped)
    shown = cutting.entries(whole, "")
    return _with_omitted(shown, cutting.omitted)


def _with_omitted(shown: Json, omitted: "dict[str, None] | list[str]") -> Json:
    shown["omitted"] = list(dict.fromkeys(omitted))
    return shown


@dataclass
class _Cutting:
    """Cuts values by the tables above, noting what falls; ``share`` scales all texts alike."""

    share: float
    dropped: frozenset[str] = frozenset()
    omitted: dict[str, None] = field(default_factory=dict)

    def entries(self, value: Json, path: str) -> Json:
        inside = f"{path}." if path else ""
        gone = {key for key in value if f"{inside}{key}" in self.dropped}
        self.omitted |= dict.fromkeys(f"{inside}{key}" for key in value if key in gone)
        return {
            key: self.value(each, f"{inside}{key}")
            for key, each in value.items()
            if key not in gone
        }

    def value(self, value: JsonValue, path: str) -> JsonValue:
        match value:
            case str():
                bound = _CHARS.get(path)
                return value if bound is None else self.text(value, path, self._left(bound, path))
            case list():
                return self._listed(value, path)
            case dict():
                return self.entries(value, path)
            case _:
                return value

    def text(self, text: str, path: str, characters: int) -> str:
        if len(text) <= characters:
            return text
        self.omitted[f"{path}[{characters}:]"] = None
        return shortened(text, characters)

    def _listed(self, values: list[JsonValue], path: str) -> list[JsonValue]:
        bound = _ENTRIES.get(path, len(values))
        if path == "warnings":
            bound = max(int(bound * self.share), _LEAST_WARNINGS)
        if len(values) > bound:
            self.omitted[f"{path}[{bound}:]"] = None
        shown = values[:bound]
        if path == "ranking" and shown:
            return [self.value(shown[0], "ranking[0]"), *(self.value(v, path) for v in shown[1:])]
        return [self.value(each, path) for each in shown]

    def _left(self, characters: int, path: str) -> int:
        share = self.share if path in _ESSENTIAL else self.share**2
        return max(int(characters * share), min(characters, _LEAST_CHARS))

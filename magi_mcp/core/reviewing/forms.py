"""Core: the forms of a review: defects listed, defects examined, defects brought together.

What is read is never guessed at. A reply of which something can be read is used as far as it
goes, once the seat has been told what was wrong with it and has not mended it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.forms.base import object_schema
from magi_mcp.core.forms.grouping import GroupingForm
from magi_mcp.core.forms.reading import BrokenJson, json_objects, text_or_none, without_thoughts
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.claims import (
    OPINIONS,
    SEVERITIES,
    Claim,
    Opinion,
    Severity,
    graver_or_equal,
)

_STRING: JsonValue = {"type": "string"}
_NUMBER: JsonValue = {"type": "integer"}
_FINDINGS = """\
Reply with one JSON object and nothing else: {{"findings": [...]}}, with one entry for each defect \
and an empty list for none. An entry holds:
- "file": the path, as given
- "line_start", "line_end": the first and the last line it is about, as numbered
- "quote": these lines, copied exactly, without numbers and marks
- "category": such as correctness, security, concurrency, performance, upkeep
- "title": the defect in one line
- "explanation": what goes wrong, and for which input or state, in a few sentences
- "severity": {severities}
- "suggestion": the code that should stand in place of the quoted lines, and nothing else; null \
where mending it takes more than that"""


@dataclass(frozen=True)
class Claims:
    """The defects a seat listed, and in words what of its list could not be read."""

    given: tuple[Claim, ...]
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class FindingsForm:
    """A list of defects, which may be empty; nothing below ``least`` is asked for."""

    least: Severity = "low"
    name: str = "findings"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        finding = object_schema(
            file=_STRING,
            line_start=_NUMBER,
            line_end=_NUMBER,
            quote=_STRING,
            category=_STRING,
            title=_STRING,
            explanation=_STRING,
            severity={"type": "string", "enum": [*self._severities]},
            suggestion={"type": ["string", "null"]},
        )
        return object_schema(findings={"type": "array", "items": finding})

    def instructions(self) -> str:
        """The same in words."""
        return _FINDINGS.format(severities=" | ".join(f'"{each}"' for each in self._severities))

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if all of it can."""
        claims = self.read(text)
        if isinstance(claims, str):
            return claims
        return " ".join(claims.unreadable) or None

    def read(self, text: str) -> Claims | str:
        """The defects in ``text``, or what is wrong, in words; a list none of which is one."""
        listed = _list_in(text, "findings")
        if isinstance(listed, str):
            return listed
        read = [_claim(number, entry) for number, entry in enumerate(listed, start=1)]
        claims = tuple(each for each in read if isinstance(each, Claim))
        unreadable = tuple(each for each in read if isinstance(each, str))
        if unreadable and not claims:
            return " ".join(unreadable)
        return Claims(claims, unreadable)

    @property
    def _severities(self) -> tuple[Severity, ...]:
        return tuple(each for each in SEVERITIES if graver_or_equal(each, self.least))


def _claim(number: int, entry: JsonValue) -> Claim | str:
    """One entry of a list of defects, or what is wrong with it."""
    fields: Mapping[str, JsonValue] = entry if isinstance(entry, dict) else {}
    texts = {
        key: text_or_none(fields.get(key)) for key in ("file", "quote", "title", "explanation")
    }
    missing = [f'"{key}"' for key, text in texts.items() if text is None]
    if missing:
        return f"Finding {number} lacks {' and '.join(missing)}."
    severity = next((each for each in SEVERITIES if each == _word(fields.get("severity"))), None)
    if severity is None:
        return f'The "severity" of finding {number} must be one of {", ".join(SEVERITIES)}.'
    start, end = _line(fields.get("line_start")), _line(fields.get("line_end"))
    return Claim(
        file=one_line(texts["file"] or ""),
        line_start=start,
        line_end=end if end is not None and start is not None and end >= start else start,
        severity=severity,
        category=one_line(text_or_none(fields.get("category")) or "unspecified"),
        title=one_line(texts["title"] or ""),
        explanation=texts["explanation"] or "",
        suggestion=_code(fields.get("suggestion")),
        quote=_code(fields.get("quote")) or "",
    )


@dataclass(frozen=True)
class Examination:
    """What a seat holds of one finding, by the finding's number."""

    number: int
    opinion: Opinion
    reason: str


@dataclass(frozen=True)
class ExaminationForm:
    """Whether each of ``count`` numbered findings is true."""

    count: int
    name: str = "examinations"

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        examined = object_schema(
            finding={"type": "integer"},
            reason=_STRING,
            opinion={"type": "string", "enum": [*OPINIONS]},
        )
        return object_schema(examinations={"type": "array", "items": examined})

    def instructions(self) -> str:
        """The same in words."""
        return (
            'Reply with one JSON object and nothing else: {"examinations": [{"finding": ..., '
            '"reason": ..., "opinion": ...}, ...]}, with one entry for each finding from 1 to '
            f'{self.count}. "reason" names the line or fact that decides it, in one or two '
            'sentences; "opinion" is "confirm", "refute" or "unsure".'
        )

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if there is an opinion on every finding."""
        read = self.read(text)
        if isinstance(read, str):
            return read
        examined = {each.number for each in read}
        missing = [str(n) for n in range(1, self.count + 1) if n not in examined]
        return f"there is no opinion on finding {', '.join(missing)}." if missing else None

    def read(self, text: str) -> tuple[Examination, ...] | str:
        """The opinions in ``text``, each finding once; or what is wrong, in words.

        A finding on which two different opinions are given counts as one on which there is none.
        """
        listed = _list_in(text, "examinations")
        if isinstance(listed, str):
            return listed
        given: dict[int, Examination] = {}
        torn: set[int] = set()
        for each in filter(None, map(self._examination, listed)):
            if given.setdefault(each.number, each).opinion != each.opinion:
                torn.add(each.number)
        read = tuple(given[number] for number in sorted(given) if number not in torn)
        return read or 'none of its entries has a "finding" and an "opinion".'

    def _examination(self, entry: JsonValue) -> Examination | None:
        fields: Mapping[str, JsonValue] = entry if isinstance(entry, dict) else {}
        number = _line(fields.get("finding"))
        stated = _word(fields.get("opinion"))
        opinion = next((each for each in OPINIONS if each == stated), None)
        if number is None or number > self.count or opinion is None:
            return None
        return Examination(number, opinion, text_or_none(fields.get("reason")) or "")


@dataclass(frozen=True)
class SameDefectForm:
    """Which of some numbered findings name the same defect.

    ``places`` holds the numbers that stand at each place: what stands apart stays apart.
    """

    places: tuple[tuple[int, ...], ...]
    name: str = "grouping"

    @property
    def _grouping(self) -> GroupingForm:
        return GroupingForm(sum(len(place) for place in self.places))

    def json_schema(self) -> dict[str, JsonValue]:
        """The schema of the reply."""
        return self._grouping.json_schema()

    def instructions(self) -> str:
        """The same in words."""
        return self._grouping.instructions()

    def fault(self, text: str) -> str | None:
        """Why ``text`` cannot be read, or None if it can."""
        groups = self.read(text)
        return groups if isinstance(groups, str) else None

    def read(self, text: str) -> tuple[tuple[int, ...], ...] | str:
        """The groups of numbers; or what is wrong, in words."""
        groups = self._grouping.read(text)
        if isinstance(groups, str):
            return groups
        place_of = {number: index for index, place in enumerate(self.places) for number in place}
        for group in groups:
            if len({place_of[number] for number in group}) > 1:
                return f"{' and '.join(map(str, group))} stand in different places."
        return groups


def _list_in(text: str, key: str) -> list[JsonValue] | str:
    try:
        objects, _ = json_objects(without_thoughts(text))
    except BrokenJson as broken:
        return str(broken)
    found = [each[key] for each in objects if key in each]
    if len(found) != 1 or not isinstance(found[0], list):
        return f'it must be exactly one JSON object with the key "{key}", a list.'
    return found[0]


def _line(value: JsonValue) -> int | None:
    """A number from 1 on, which may come as a text."""
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= 1 else None


def _word(value: JsonValue) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _code(value: JsonValue) -> str | None:
    """Code as it stands: its indentation is part of it."""
    return value.strip("\r\n") if isinstance(value, str) and value.strip() else None

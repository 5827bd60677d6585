"""Reviews on paper: changes with planted defects, and reviewers that find, miss and hallucinate.

A reviewer's words come from a script; its opinion of a claim from whether the claim's title is
among those it holds to be true.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits, Seat
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import CaseOpened, CouncilFailed, Event, VerdictReached
from magi_mcp.core.replies import Answered, Reply
from magi_mcp.core.reviewing.case import PROCEDURE, Part, ReviewCase
from magi_mcp.core.reviewing.change import Change
from magi_mcp.core.reviewing.claims import Severity
from magi_mcp.core.reviewing.decision import Finding, ReviewDecision
from magi_mcp.core.reviewing.parts import cut
from magi_mcp.diffs.changes import change_in_diff
from magi_mcp.prompt_files import shipped_prompts
from tests.core.paper import CALL, DOSSIER_ID, MODELS, TRIO, entries

PLANTED = Path(__file__).parent / "planted"


@dataclass(frozen=True)
class Said:
    """A defect as a reviewer states it."""

    file: str
    quote: str
    title: str
    severity: Severity = "high"
    line: int = 1
    explanation: str = "It goes wrong."
    suggestion: str | None = None
    category: str = "correctness"

    def as_json(self) -> dict[str, object]:
        """The entry of a reply."""
        return {
            "file": self.file,
            "line_start": self.line,
            "line_end": self.line,
            "quote": self.quote,
            "category": self.category,
            "title": self.title,
            "explanation": self.explanation,
            "severity": self.severity,
            "suggestion": self.suggestion,
        }

    def but(self, **changes: object) -> "Said":
        """The same with something else in it."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass
class Reviewer:
    """What a seat finds, and the titles of claims that it confirms; all others it refutes.

    ``unsure`` are titles on which it has no opinion; ``failing`` maps purposes to whole replies.
    """

    finds: Sequence[Said] = ()
    holds: Collection[str] = ()
    unsure: Collection[str] = ()
    failing: Mapping[str, Reply] = field(default_factory=dict)

    def answer(self, ask: Ask, same: Iterable[Collection[str]]) -> Reply:
        """Its reply; where it is asked to compare, ``same`` are titles of one defect each."""
        if ask.purpose in self.failing:
            return self.failing[ask.purpose]
        match ask.purpose:
            case "findings":
                seen = [each for each in self.finds if f"File: {each.file} (" in ask.prompt]
                seen += [each for each in self.finds if each.file.startswith("nowhere")]
                return reply({"findings": [each.as_json() for each in seen]})
            case "examination":
                examined = [
                    {"finding": n, "reason": f"About {title}.", "opinion": self._opinion(title)}
                    for n, title in claims_shown(ask)
                ]
                return reply({"examinations": examined})
            case "grouping":
                return reply({"groups": grouped(ask, same)})
            case other:
                raise AssertionError(f"a review asks for no {other}")

    def _opinion(self, title: str) -> str:
        if title in self.unsure:
            return "unsure"
        return "confirm" if title in self.holds else "refute"


@dataclass
class Course:
    """How a review went."""

    case: ReviewCase
    events: list[Event]
    asks: list[Ask]

    @property
    def decision(self) -> ReviewDecision:
        """What it came to."""
        event = self.events[-1]
        assert isinstance(event, VerdictReached), event
        assert isinstance(event.decision, ReviewDecision)
        return event.decision

    @property
    def causes(self) -> tuple[str, ...]:
        """Why it failed."""
        event = self.events[-1]
        assert isinstance(event, CouncilFailed), event
        return event.causes

    @property
    def findings(self) -> dict[str, Finding]:
        """The findings by their titles."""
        return {record.finding.title: record.finding for record in self.decision.records}

    def asked(self, purpose: str) -> list[Ask]:
        """The asks of one purpose."""
        return [ask for ask in self.asks if ask.purpose == purpose]

    def dossier(self, *, driven: bool = True) -> Dossier:
        """The fold of its events."""
        return fold(entries(self.events), driven=driven)


def reply(fields: object, served_by: str = "") -> Answered:
    """A reply that is JSON."""
    return Answered(text=json.dumps(fields), served_by=served_by, usage=CALL, elapsed_s=1.5)


def planted(*names: str) -> Change:
    """The change of some of the planted diffs together, e.g. ``planted("py-planted")``."""
    return change_in_diff("".join((PLANTED / f"{name}.diff").read_text() for name in names))


def a_review(
    change: Change,
    *,
    seats: Sequence[str] = TRIO,
    models: Sequence[str] = MODELS,
    tokens: int = 12_000,
    min_severity: Severity = "low",
    fail_on: Severity = "high",
    focus: str = "",
    limits: Limits | None = None,
    anonymous: bool = False,
) -> ReviewCase:
    """The case of a review; models are dealt out in turn."""
    parts, left_out = cut(change.files, tokens)
    return ReviewCase(
        dossier_id=DOSSIER_ID,
        question=f"Review of {change.scope}",
        procedure=PROCEDURE,
        seats=tuple(
            Seat(name=name, model=models[place % len(models)]) for place, name in enumerate(seats)
        ),
        limits=limits or Limits(),
        seed="seed",
        prompts=shipped_prompts(),
        anonymous=anonymous,
        scope=change.scope,
        parts=tuple(Part(files=files) for files in parts),
        skipped=(*change.skipped, *left_out),
        focus=focus,
        min_severity=min_severity,
        fail_on=fail_on,
    )


def reviewed(
    case: ReviewCase,
    reviewers: Mapping[str, Reviewer],
    *,
    same: Iterable[Collection[str]] = (),
    watch: Callable[[Ask], None] = lambda ask: None,
) -> Course:
    """Drive a review to its end."""
    deliberation = Deliberation(case)
    course = Course(case, [CaseOpened(case=case)], [])
    groups = list(same)
    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        deliberation.apply(due)
        course.events.append(due)
        pending = deliberation.pending
        course.asks += pending
        for ask in pending:
            watch(ask)
            answer = reviewers[ask.seat].answer(ask, groups)
            if isinstance(answer, Answered) and not answer.served_by:
                answer = answer.model_copy(update={"served_by": case.seat(ask.seat).model})
            event = deliberation.received(ask, answer)
            deliberation.apply(event)
            course.events.append(event)
    return course


def claims_shown(ask: Ask) -> list[tuple[int, str]]:
    """The claims an examination shows: their numbers and titles."""
    inside = re.search(
        r"\[begin findings (\w+)\]\n(.*)\n\[end findings \1\]", ask.prompt, re.DOTALL
    )
    assert inside is not None
    found = re.findall(r"^(\d+)\. (?:.*, lines \d+-\d+|\S+): (.*)$", inside[2], re.MULTILINE)
    return [(int(number), title) for number, title in found]


def grouped(ask: Ask, same: Iterable[Collection[str]]) -> list[list[int]]:
    """Groups for the numbered findings of an ask: titles of one defect together."""
    shown = re.findall(r"^(\d+)\. (?:line \d+: )?(.*?): ", ask.prompt, re.MULTILINE)
    groups: dict[str, list[int]] = {}
    for number, title in shown:
        key = next((str(sorted(group)) for group in same if title in group), title)
        groups.setdefault(key, []).append(int(number))
    return list(groups.values())

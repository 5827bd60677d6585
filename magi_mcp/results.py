"""Edge: a dossier as people and programs are told of it, whatever its kind. Pure.

Surfaces show results through here alone; what a kind's result is and says, its own modules
in the core know. What they say it with stands in one table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from magi_mcp.agreement import with_agreement
from magi_mcp.core import announcement, report, result, transcript
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Kind
from magi_mcp.core.deliberated import case_of
from magi_mcp.core.details import Detail, Json
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import OutcomeRecorded
from magi_mcp.core.judging import announcement as judging_announcement
from magi_mcp.core.judging import details as judging_details
from magi_mcp.core.judging import headline as judging_headline
from magi_mcp.core.judging import report as judging_report
from magi_mcp.core.judging.fate import judgement_outcome
from magi_mcp.core.judging.result import Judgement, judgement_of
from magi_mcp.core.outcomes import outcome_recorded, rightness_recorded
from magi_mcp.core.reviewing import announcement as reviewing_announcement
from magi_mcp.core.reviewing import details as reviewing_details
from magi_mcp.core.reviewing import headline as reviewing_headline
from magi_mcp.core.reviewing import report as reviewing_report
from magi_mcp.core.reviewing.result import Review, review_of
from magi_mcp.core.verdict import Planned, Verdict

Result = Verdict | Judgement | Review
"""What a dossier is told as."""

R = TypeVar("R", Verdict, Judgement, Review)


@dataclass(frozen=True)
class _Telling(Generic[R]):
    """How the dossiers of one kind are told: its result, and every form of that.

    ``result`` takes the moment as epoch seconds and the asks that the caller has to answer;
    ``outcome`` the dossier, its result, what really happened, and a note.
    """

    result: Callable[[Dossier, float | None, Sequence[Ask]], R]
    as_json: Callable[[R, Detail], Json]
    announce: Callable[[R, Detail, Sequence[str]], str]
    headline: Callable[[R], str]
    markdown: Callable[[Dossier, R, float | None], str]
    minority_page: Callable[[Dossier, R], str]
    outcome: Callable[[Dossier, R, str, str], OutcomeRecorded]


Cut = Callable[[Json], Json]


def _in_detail(brief: Cut, standard: Cut) -> Callable[[Judgement | Review, Detail], Json]:
    """How a result becomes an object whose details are cut by these."""

    def as_json(found: Judgement | Review, detail: Detail) -> Json:
        whole: Json = found.model_dump(mode="json")
        for key in ("progress", "actual"):
            if whole[key] is None:
                del whole[key]
        match detail:
            case "brief":
                return brief(whole)
            case "standard":
                return standard(whole)
            case "full":
                return whole

    return as_json


_DELIBERATIONS = _Telling[Verdict](
    result=lambda dossier, now, asks: result.verdict_of(dossier, now=now, asks=asks),
    as_json=result.as_json,
    announce=announcement.announce,
    headline=announcement.headline,
    markdown=lambda dossier, _, now: report.markdown(dossier, now=now),
    minority_page=lambda dossier, _: transcript.minority_page(dossier),
    outcome=lambda dossier, found, actual, note: outcome_recorded(
        case_of(dossier), found, actual, note
    ),
)
_JUDGEMENTS = _Telling[Judgement](
    result=lambda dossier, now, _: with_agreement(judgement_of(dossier, now=now)),
    as_json=_in_detail(judging_details.brief, judging_details.standard),
    announce=judging_announcement.announce,
    headline=judging_headline.headline,
    markdown=lambda dossier, found, _: judging_report.markdown(dossier, found),
    minority_page=judging_report.minority_page,
    outcome=lambda _, found, actual, note: judgement_outcome(found, actual, note),
)
_REVIEWS = _Telling[Review](
    result=lambda dossier, now, _: review_of(dossier, now=now),
    as_json=_in_detail(reviewing_details.brief, reviewing_details.standard),
    announce=reviewing_announcement.announce,
    headline=reviewing_headline.headline,
    markdown=lambda dossier, found, _: reviewing_report.markdown(dossier, found),
    minority_page=reviewing_report.minority_page,
    outcome=lambda _, found, actual, note: rightness_recorded(found.status, actual, note),
)
_TOLD: Mapping[Kind, _Telling[Any]] = {
    "deliberation": _DELIBERATIONS,
    "judgement": _JUDGEMENTS,
    "review": _REVIEWS,
}


def result_of(dossier: Dossier, *, now: float | None = None, asks: Sequence[Ask] = ()) -> Result:
    """The result of a dossier, whatever state it is in. ``now`` as epoch seconds.

    ``asks`` are those that the caller has to answer, where it plays the seats.
    """
    found: Result = _TOLD[dossier.case.kind].result(dossier, now, asks)
    return found


def as_json(found: Result | Planned, detail: Detail) -> Json:
    """The result with the contract's keys, in the contract's order. A plan has but one detail."""
    if isinstance(found, Planned):
        return result.as_json(found, detail)
    return _TOLD[found.kind].as_json(found, detail)


def announce(found: Result, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a result; ``notes`` are for this reader alone."""
    return _TOLD[found.kind].announce(found, detail, notes)


def headline(found: Result) -> str:
    """The first line alone: the state, and what must be known at once."""
    return _TOLD[found.kind].headline(found)


def markdown(dossier: Dossier, *, now: float | None = None) -> str:
    """The report of a dossier."""
    return _TOLD[dossier.case.kind].markdown(dossier, result_of(dossier, now=now), now)


def minority_page(dossier: Dossier) -> str:
    """The dissent of a dossier alone, in Markdown."""
    return _TOLD[dossier.case.kind].minority_page(dossier, result_of(dossier))


def recorded(dossier: Dossier, actual: str, note: str) -> OutcomeRecorded:
    """The event that records what really happened. Raises ``CallerError``."""
    return _TOLD[dossier.case.kind].outcome(dossier, result_of(dossier), actual, note)

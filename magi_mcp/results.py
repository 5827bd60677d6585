"""Edge: a dossier as people and programs are told of it, whatever its kind. Pure.

Surfaces show results through here alone; what a kind's result is and says, its own modules
in the core know.
"""

from collections.abc import Sequence

from magi_mcp.agreement import with_agreement
from magi_mcp.core import announcement, report, result
from magi_mcp.core import transcript as transcripts
from magi_mcp.core.asks import Ask
from magi_mcp.core.deliberated import case_of
from magi_mcp.core.details import Detail, Json
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import OutcomeRecorded
from magi_mcp.core.judging import announcement as judged
from magi_mcp.core.judging import details
from magi_mcp.core.judging import headline as judgement_line
from magi_mcp.core.judging import report as judgement_report
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.fate import judgement_outcome
from magi_mcp.core.judging.result import Judgement, judgement_of
from magi_mcp.core.outcomes import outcome_recorded, rightness_recorded
from magi_mcp.core.reviewing import announcement as reviewed
from magi_mcp.core.reviewing import details as review_details
from magi_mcp.core.reviewing import headline as review_line
from magi_mcp.core.reviewing import report as review_report
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.result import Review, review_of
from magi_mcp.core.verdict import Planned, Verdict

Result = Verdict | Judgement | Review
"""What a dossier is told as."""


def result_of(dossier: Dossier, *, now: float | None = None, asks: Sequence[Ask] = ()) -> Result:
    """The result of a dossier, whatever state it is in. ``now`` as epoch seconds.

    ``asks`` are those that the caller has to answer, where it plays the seats.
    """
    if isinstance(dossier.case, JudgementCase):
        return with_agreement(judgement_of(dossier, now=now))
    if isinstance(dossier.case, ReviewCase):
        return review_of(dossier, now=now)
    return result.verdict_of(dossier, now=now, asks=asks)


def as_json(found: Result | Planned, detail: Detail) -> Json:
    """The result with the contract's keys, in the contract's order."""
    if isinstance(found, Verdict | Planned):
        return result.as_json(found, detail)
    judging = isinstance(found, Judgement)
    whole: Json = found.model_dump(mode="json")
    for key in ("progress", "actual"):
        if whole[key] is None:
            del whole[key]
    match detail:
        case "brief":
            return details.brief(whole) if judging else review_details.brief(whole)
        case "standard":
            return details.standard(whole) if judging else review_details.standard(whole)
        case "full":
            return whole


def announce(found: Result, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a result; ``notes`` are for this reader alone."""
    if isinstance(found, Judgement):
        return judged.announce(found, detail, notes)
    if isinstance(found, Review):
        return reviewed.announce(found, detail, notes)
    return announcement.announce(found, detail, notes)


def headline(found: Result) -> str:
    """The first line alone: the state, and what must be known at once."""
    if isinstance(found, Judgement):
        return judgement_line.headline(found)
    if isinstance(found, Review):
        return review_line.headline(found)
    return announcement.headline(found)


def markdown(dossier: Dossier, *, now: float | None = None) -> str:
    """The report of a dossier."""
    found = result_of(dossier, now=now)
    if isinstance(found, Judgement):
        return judgement_report.markdown(dossier, found)
    if isinstance(found, Review):
        return review_report.markdown(dossier, found)
    return report.markdown(dossier, now=now)


def minority_page(dossier: Dossier) -> str:
    """The dissent of a dossier alone, in Markdown."""
    found = result_of(dossier)
    if isinstance(found, Judgement):
        return judgement_report.minority_page(dossier, found)
    if isinstance(found, Review):
        return review_report.minority_page(dossier, found)
    return transcripts.minority_page(dossier)


def recorded(dossier: Dossier, actual: str, note: str) -> OutcomeRecorded:
    """The event that records what really happened. Raises ``CallerError``."""
    found = result_of(dossier)
    if isinstance(found, Judgement):
        return judgement_outcome(found, actual, note)
    if isinstance(found, Review):
        return rightness_recorded(found.status, actual, note)
    return outcome_recorded(case_of(dossier), found, actual, note)

"""Core: a review in one line: its state, what it comes to, and what that rests on."""

from collections.abc import Mapping

from magi_mcp.core.normal_form import one_line
from magi_mcp.core.reviewing.decision import Finding
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.reviewing.standing import STANDINGS, Assessment
from magi_mcp.core.words import sentence_case

IN_WORDS: Mapping[Assessment, str] = {
    "approve": "approve",
    "request_changes": "request changes",
    "comment": "comment, no changes requested",
}


def state(review: Review) -> str:
    """The contract's word for the state of a result, e.g. ``DECIDED``."""
    return review.status.upper()


def found(review: Review) -> str:
    """What the review comes to; "" where it has come to nothing."""
    return IN_WORDS[review.assessment] if review.assessment else ""


def how(review: Review) -> str:
    """How many findings there are of each standing."""
    counted = [
        f"{review.findings_total[standing]} {standing}"
        for standing in STANDINGS
        if review.findings_total.get(standing)
    ]
    return f"findings: {', '.join(counted)}" if counted else "no findings"


def headline(review: Review) -> str:
    """The state, and what must be known at once."""
    word = f"PROVISIONAL {state(review)}" if review.provisional else state(review)
    match review.status:
        case "decided" | "undecided":
            return f"{word}: {found(review)} ({how(review)})."
        case "running" | "awaiting_replies":
            return f"{word}: {_progress(review)}"
        case "failed":
            return f"{word}: {'no seat answered' if review.rounds else 'no seat was asked'}."
        case "interrupted":
            return f"{word}: the review stopped in round {review.rounds}."
        case "cancelled":
            return f"{word} in round {review.rounds}; what had arrived is kept."


def where(finding: Finding) -> str:
    """The file and lines of a finding, as editors take them; on one line, whatever its name."""
    file = one_line(finding.file)
    if finding.line_start is None:
        return file
    if finding.line_end in (None, finding.line_start):
        return f"{file}:{finding.line_start}"
    return f"{file}:{finding.line_start}-{finding.line_end}"


def behind(finding: Finding) -> str:
    """How many seats are behind a finding and against it, in words."""
    told = f"raised by {len(finding.raised_by)}"
    if finding.supported_by:
        told += f", confirmed by {len(finding.supported_by)}"
    if finding.refuted_by:
        told += f", refuted by {len(finding.refuted_by)}"
    return told


def _progress(review: Review) -> str:
    progress = review.progress
    if progress is None or progress.round == 0:
        return "the council is being convened."
    left = "" if progress.seconds_left is None else f"; at most {progress.seconds_left:.0f} s more"
    return (
        f"{sentence_case(progress.doing)}: {progress.answered} of {progress.seats} replies "
        f"in{left}."
    )

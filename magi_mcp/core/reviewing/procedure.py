"""Core: the procedure of a review, ``review/cross_examined@1``.

Every seat looks for defects alone; what names the same defect is brought together; each defect
is put to the other seats, who confirm or refute it against the code.
"""

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.case import Seat
from magi_mcp.core.conclusion import Unanswered
from magi_mcp.core.method import Steps
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.concluding import conclude
from magi_mcp.core.reviewing.decision import ReviewDecision
from magi_mcp.core.reviewing.examination import examine
from magi_mcp.core.reviewing.forms import FindingsForm
from magi_mcp.core.reviewing.hearing import faults_in, findings_of
from magi_mcp.core.reviewing.layout import shown
from magi_mcp.core.reviewing.sorting import sort_out
from magi_mcp.core.views import context_view

OVERVIEW_FILES = 100
"""So many files of other parts are named to whoever reads one part."""


def cross_examined(case: ReviewCase) -> Steps[ReviewDecision | Unanswered]:
    """Findings, which of them are the same, cross-examination, decision."""
    asked = [
        (finding_ask(case, seat, part), part)
        for seat in case.seats
        for part in range(1, len(case.parts) + 1)
    ]
    replies = yield Round("r1", 1, "findings", tuple(ask for ask, _ in asked))
    if isinstance(replies, Refused):
        return Unanswered((f"the first round was refused: {replies.reason}{replies.because}",))
    reviewed = findings_of(case, asked, replies.by_ask)
    readers = reviewed.readers
    if not readers:
        return Unanswered(tuple(dict.fromkeys(faults_in(case, reviewed.said))))
    found = yield from sort_out(case, reviewed.raised, tuple(readers))
    heard = yield from examine(case, found.defects, readers)
    return conclude(case, reviewed, found, heard)


def finding_ask(case: ReviewCase, seat: Seat, part: int) -> Ask:
    """The ask for the defects that a seat sees in one part."""
    several = len(case.parts) > 1
    ask_id = f"r1/{seat.name}/{part}" if several else f"r1/{seat.name}"
    code = shown(case.parts[part - 1].files)
    others = _other_files(case, part)
    marker = nonce(case.seed, ask_id, code, others, case.context)
    overview = (
        f"It is read in {len(case.parts)} parts, and this is part {part}. Files of other parts:\n"
        f"{fenced('paths', others, marker)}"
        if several
        else ""
    )
    form = FindingsForm(case.min_severity)
    return Ask(
        ask_id=ask_id,
        seat=seat.name,
        purpose="findings",
        system=system_prompt(case, seat.lens, "review_system"),
        prompt=render(
            case.prompts["review"],
            scope=case.scope,
            overview=overview,
            context=context_view(case, ask_id),
            focus=f"Above all look at this: {case.focus}" if case.focus else "",
            severity=_severity(case),
            code=fenced("change", code, marker),
            reply_form=form.instructions(),
        ),
        form=form,
    )


def _severity(case: ReviewCase) -> str:
    told = "A defect is high where it loses data, opens a hole or fails in ordinary use; medium \
where it fails in rarer cases; low where it only makes later faults likelier."
    if case.min_severity == "low":
        return told
    return f"{told} Report none below {case.min_severity}."


def _other_files(case: ReviewCase, part: int) -> str:
    here = {file.path for file in case.parts[part - 1].files}
    others = [path for path in case.paths if path not in here]
    more = len(others) - OVERVIEW_FILES
    named = others[:OVERVIEW_FILES] + ([f"and {more} more"] if more > 0 else [])
    return "\n".join(named) or "none"

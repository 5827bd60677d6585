"""Core: what really happened, read against what a dossier found.

``correct`` and ``wrong`` judge the ruling; anything else must be a position that was open to
the council, so that a slip of the pen is refused and not counted against it.
"""

from magi_mcp.core.case import Case
from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.events import OutcomeRecorded
from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.verdict import Verdict
from magi_mcp.core.words import shortened

CORRECT, WRONG = "correct", "wrong"
MAX_NOTE_CHARS = 2_000
_NAMED_AT_MOST = 12
_YES_NO = ("yes", "no")
_ACCOUNTS = ("consensus", "synthesis", "minority")
"""Methods whose result is a text, which can hold or not, and no choice among positions."""


def outcome_recorded(case: Case, verdict: Verdict, actual: str, note: str = "") -> OutcomeRecorded:
    """The event that records ``actual`` for a deliberation. Raises ``CallerError``.

    An option is meant before a judgement, where one is called ``correct`` or ``wrong``.
    """
    check_told(verdict.status, note)
    told = actual.strip()
    position = _position(told, open_positions(case, verdict))
    if position is not None:
        ruling = verdict.ruling
        correct = None if ruling is None else position == ruling
        return OutcomeRecorded(actual=position, correct=correct, note=note.strip())
    judgement = told.casefold()
    if judgement in (CORRECT, WRONG) and _judged(verdict):
        return OutcomeRecorded(actual=judgement, correct=judgement == CORRECT, note=note.strip())
    raise CallerError("actual", _refusal(told, case, verdict))


def rightness_recorded(status: str, actual: str, note: str = "") -> OutcomeRecorded:
    """The event that records whether a result of another kind was right. Raises ``CallerError``."""
    check_told(status, note)
    judgement = actual.strip().casefold()
    if judgement not in (CORRECT, WRONG):
        raise CallerError(
            "actual", f"{quoted(actual)} is neither {CORRECT!r} nor {WRONG!r}; say which it was."
        )
    return OutcomeRecorded(actual=judgement, correct=judgement == CORRECT, note=note.strip())


def check_told(status: str, note: str) -> None:
    """Raises ``CallerError`` for a dossier without an end, and for a note that is too long."""
    if status not in ("decided", "undecided"):
        raise CallerError(
            "dossier_id",
            f"this one is {status.replace('_', ' ')}; what really happened can be recorded once a "
            "council has concluded.",
        )
    if len(note) > MAX_NOTE_CHARS:
        raise CallerError(
            "note", f"{len(note):,} characters; at most {MAX_NOTE_CHARS:,} are kept, shorten it."
        )


def open_positions(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """The positions of which one can have proved right, as the result shows them."""
    match case.method:
        case "yes_no" | "probability":
            return _YES_NO
        case "options":
            return case.options
        case "majority":
            return tuple(entry.position for entry in verdict.tally)
        case "compose":
            return tuple(str(draft.draft) for draft in verdict.ranking or ())
        case _:
            return ()


def _judged(verdict: Verdict) -> bool:
    """Whether there is something that can be correct or wrong."""
    if verdict.ruling is not None:
        return True
    return verdict.method in _ACCOUNTS and verdict.status == "decided"


def _position(told: str, positions: tuple[str, ...]) -> str | None:
    if told in positions:
        return told
    alike = [each for each in positions if normal_form(each) == normal_form(told)]
    return alike[0] if len(alike) == 1 else None


def _refusal(told: str, case: Case, verdict: Verdict) -> str:
    positions = open_positions(case, verdict)
    named = [repr(shortened(each, 60)) for each in positions[:_NAMED_AT_MOST]]
    more = len(positions) - len(named)
    words = [CORRECT, WRONG] if _judged(verdict) else []
    valid = ", ".join((*words, *named, *([f"and {more} more"] if more > 0 else ())))
    if told.casefold() in (CORRECT, WRONG) and not words:
        problem = f"the council ruled nothing that could be {told.casefold()}"
    else:
        problem = f"{quoted(told)} was not open to the council"
    return f"{problem}. Valid: {valid or 'nothing, for nothing was found'}."

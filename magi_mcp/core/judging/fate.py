"""Core: what really happened, read against a judgement: right, wrong, or the better answer."""

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.events import OutcomeRecorded
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.outcomes import CORRECT, WRONG, check_told


def judgement_outcome(judgement: Judgement, actual: str, note: str = "") -> OutcomeRecorded:
    """The event that records ``actual`` for a judgement. Raises ``CallerError``.

    Of several answers, the number of the one that proved best may be told.
    """
    check_told(judgement.status, note)
    told = actual.strip()
    word = told.casefold()
    numbers = [str(number) for number in range(1, judgement.answers + 1)]
    if judgement.ranking is not None and told in numbers:
        winner = judgement.winner
        correct = None if winner is None else told == str(winner)
        return OutcomeRecorded(actual=f"answer {told}", correct=correct, note=note.strip())
    if word in (CORRECT, WRONG) and judgement.status == "decided":
        return OutcomeRecorded(actual=word, correct=word == CORRECT, note=note.strip())
    words = [CORRECT, WRONG] if judgement.status == "decided" else []
    valid = [*words, *(numbers if judgement.ranking is not None else [])]
    raise CallerError(
        "actual",
        f"{quoted(told)} says nothing of this judgement. Valid: "
        f"{', '.join(valid) or 'nothing, for nothing was found'}.",
    )

"""Core: whether a round can be closed before everyone has replied (semantics R7).

Only where the owner wants it (``early_close``), never for a blind round, and only where the
ballots of a closed method decide: the ruling is then the same whatever the open seats say, as
no further round and no arbiter could follow from it.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from magi_mcp.core.asks import Replies
from magi_mcp.core.case import Case, MethodName
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import BallotReader
from magi_mcp.core.replies import Reply
from magi_mcp.core.tallies import stands

NextRebuttal = Literal["never", "unless_settled", "always"]
"""Whether another round of rebuttal follows a round."""

_DECIDED_BY_BALLOTS: tuple[MethodName, ...] = ("yes_no", "options")
_ESCALATING = ("escalate", "adaptive")


def enough_said(
    case: Case, floor: Floor, form: BallotReader, *, another: NextRebuttal
) -> Callable[[Mapping[str, Reply]], bool] | None:
    """What tells from the replies to a rebuttal whether the others can change the ruling.

    None where only all replies are enough.
    """
    if not case.limits.early_close or case.method not in _DECIDED_BY_BALLOTS:
        return None
    if another == "always":
        return None
    asked = floor.debaters
    arbiter_waits = case.arbiter is not None and not floor.arbiter_asked
    may_go_on = another == "unless_settled" or (arbiter_waits and case.protocol in _ESCALATING)

    def enough(replies: Mapping[str, Reply]) -> bool:
        unheard = [seat for seat in asked if seat not in replies]
        positions = floor.heard(Replies(dict(replies)), form).positions()
        return stands(
            {seat: p.position for seat, p in positions.items() if seat not in unheard},
            len(unheard),
            council=len(case.seats),
            threshold=case.limits.threshold,
            min_voices=case.limits.min_voices,
            settled=case.limits.settled if may_go_on else None,
        )

    return enough

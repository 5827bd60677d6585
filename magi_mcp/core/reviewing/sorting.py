"""Core: bringing together findings that name the same defect. Nothing is dropped.

Findings at different places are never taken for one: too much merged hides false alarms, and too
little only repeats a defect. At one place a seat is asked which of them mean the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.method import Steps
from magi_mcp.core.normal_form import normal_form, one_line
from magi_mcp.core.prompts import fenced, render
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.replies import Answered
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.claims import SEVERITIES, Claim, Place, Raised, Severity
from magi_mcp.core.reviewing.forms import SameDefectForm
from magi_mcp.core.seeding import shuffled
from magi_mcp.core.words import shortened

NEARBY = 3
"""So many lines apart, findings of one file are looked at for whether they mean the same."""

ATTEMPTS = 2
_EXPLANATION = 400
UNSORTED = (
    "Round 1: no seat could say which findings name the same defect{because}; those at one place "
    "were kept apart unless their titles are equal."
)

Order = tuple[str, int, int, str, str]


@dataclass(frozen=True)
class Defect:
    """Findings that name the same defect; ``members`` stand in an order that no seat decides."""

    members: tuple[Raised, ...]

    @property
    def words(self) -> Claim:
        """The claim by which the defect is told: of the gravest, the one that mends it best."""
        return self.members[0].claim

    @property
    def place(self) -> Place | None:
        """Where that claim stands; None for nowhere in the change."""
        return self.members[0].place

    @property
    def part(self) -> int:
        """The part of the change that it was found in."""
        return self.members[0].part

    @property
    def severity(self) -> Severity:
        """The highest of all members."""
        return min((each.claim.severity for each in self.members), key=SEVERITIES.index)

    @property
    def raisers(self) -> frozenset[str]:
        """The seats that raised it."""
        return frozenset(each.seat for each in self.members)

    @property
    def order(self) -> Order:
        """By place, then by words: whoever raised it has no part in this."""
        return _order(self.members[0])


def defect(members: Iterable[Raised]) -> Defect:
    """Members in the order of how well they tell the defect."""

    def worth(raised: Raised) -> tuple[int, bool, Order]:
        claim, place = raised.claim, raised.place
        mended = claim.suggestion is not None and place is not None and place.exact
        return SEVERITIES.index(claim.severity), not mended, _order(raised)

    return Defect(tuple(sorted(members, key=worth)))


@dataclass(frozen=True)
class Sorted:
    """The defects in their order, and what went wrong on the way."""

    defects: tuple[Defect, ...]
    warnings: tuple[str, ...] = ()


def sort_out(case: ReviewCase, raised: Sequence[Raised], readers: Sequence[str]) -> Steps[Sorted]:
    """Bring findings together; asks one of the ``readers`` only if there is something to decide."""
    places = [list(spot) for spot in _spots(raised)]
    alike = [[list(equal) for equal in _equal(spot)] for spot in places]
    open_spots = [spot for spot in alike if _is_open(spot)]
    settled = [group for spot in alike if not _is_open(spot) for group in spot]
    if not open_spots:
        return _sorted(settled)
    statements = [group for spot in open_spots for group in spot]
    numbers = iter(range(1, len(statements) + 1))
    form = SameDefectForm(tuple(tuple(next(numbers) for _ in spot) for spot in open_spots))
    because = ""
    for attempt, seat in enumerate(_sorters(case, readers)[:ATTEMPTS], start=1):
        asked = _round(case, attempt, seat, open_spots, form)
        replies = yield asked
        if isinstance(replies, Refused):
            because = f", for the {replies.reason} did not allow it{replies.because}"
            break
        reply = replies.by_seat[seat]
        groups = form.read(reply.text) if isinstance(reply, Answered) else "no answer"
        if not isinstance(groups, str):
            merged = [[each for n in group for each in statements[n - 1]] for group in groups]
            return _sorted([*settled, *merged])
    return _sorted([*settled, *statements], UNSORTED.format(because=because))


def _sorted(groups: Iterable[Iterable[Raised]], *warnings: str) -> Sorted:
    defects = sorted(map(defect, groups), key=lambda each: each.order)
    return Sorted(tuple(defects), warnings)


def _spots(raised: Iterable[Raised]) -> Iterable[Sequence[Raised]]:
    """Findings whose lines in one file overlap or nearly do; those that are nowhere, by file."""
    ordered = sorted(raised, key=_order)
    for _, of_file in groupby(ordered, key=lambda each: (each.place is None, _file(each))):
        spot: list[Raised] = []
        reach = 0
        for each in of_file:
            start, end = _lines(each)
            if spot and start > reach + NEARBY:
                yield spot
                spot, reach = [], 0
            spot.append(each)
            reach = max(reach, end)
        yield spot


def _equal(spot: Sequence[Raised]) -> Iterable[Sequence[Raised]]:
    """Findings of one spot that say the same in the same words."""
    same: dict[str, list[Raised]] = {}
    for each in spot:
        same.setdefault(normal_form(each.claim.title), []).append(each)
    return same.values()


def _is_open(spot: Sequence[Sequence[Raised]]) -> bool:
    """Whether something at one place is to be decided; what is nowhere is not compared."""
    return len(spot) > 1 and spot[0][0].place is not None


def _round(
    case: ReviewCase,
    attempt: int,
    seat: str,
    spots: Sequence[Sequence[Sequence[Raised]]],
    form: SameDefectForm,
) -> Round:
    round_id = f"r1.grouping{attempt}"
    ask_id = f"{round_id}/{seat}"
    listed = _listed(spots)
    ask = Ask(
        ask_id=ask_id,
        seat=seat,
        purpose="grouping",
        system=case.prompts["same_defect_system"],
        prompt=render(
            case.prompts["same_defect"],
            findings=fenced("findings", listed, nonce(case.seed, ask_id, listed)),
            reply_form=form.instructions(),
        ),
        form=form,
    )
    return Round(round_id=round_id, number=1, purpose="grouping", asks=(ask,))


def _listed(spots: Sequence[Sequence[Sequence[Raised]]]) -> str:
    lines: list[str] = []
    number = 0
    for spot in spots:
        place = spot[0][0].place
        assert place is not None, "what stands nowhere is not compared"
        lines.append(f"At {place.file}:")
        for group in spot:
            number += 1
            claim, where = group[0].claim, group[0].place
            at = f"line {where.line_start}: " if where and where.line_start else ""
            explained = shortened(claim.explanation, _EXPLANATION)
            lines.append(f"{number}. {at}{claim.title}: {explained}")
    return "\n".join(lines)


def _sorters(case: ReviewCase, readers: Iterable[str]) -> list[str]:
    return shuffled(readers, case.seed, "sorter", key=str)


def _file(raised: Raised) -> str:
    return raised.claim.file if raised.place is None else raised.place.file


def _lines(raised: Raised) -> tuple[int, int]:
    place = raised.place
    if place is None:
        return raised.claim.line_start or 0, raised.claim.line_end or 0
    return place.line_start or 0, place.line_end or 0


def _order(raised: Raised) -> Order:
    return (_file(raised), *_lines(raised), raised.claim.title, one_line(raised.claim.explanation))

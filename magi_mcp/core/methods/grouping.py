"""Core: bringing open positions together by meaning (semantics R5).

A seat is shown the short positions alone, without arguments or authors, and says which mean
the same. Positions that were told apart once stay apart, so that a later count never
contradicts an earlier one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.ballots import Missing
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import GroupingForm
from magi_mcp.core.method import Steps, stated
from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.prompts import fenced, render
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.replies import Answered
from magi_mcp.core.seeding import shuffled
from magi_mcp.core.views import impersonal

ATTEMPTS = 2
_BY_SPELLING = (
    "only those that are equal but for case, punctuation and markup were counted together."
)
UNGROUPED = f"Round {{number}}: no seat could group the positions; {_BY_SPELLING}"
UNPAID = (
    "Round {number}: the budget did not allow the positions to be grouped{because}; "
    f"{_BY_SPELLING}"
)


@dataclass(frozen=True)
class Grouping:
    """``labels`` maps every position, verbatim, to the label of its group.

    ``ungrouped`` are the positions that no seat could group; the next count asks again.
    """

    labels: Mapping[str, str]
    warnings: tuple[str, ...] = ()
    ungrouped: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Statements:
    """Representative positions, one for each meaning or spelling known so far.

    The first ``established`` ones are labels of groups that an earlier count told apart.
    """

    texts: tuple[str, ...]
    established: int


def in_vain(round_number: int, warnings: Iterable[str]) -> bool:
    """Whether warnings tell that nobody grouped the positions of a round."""
    beginning = f"Round {round_number}: "
    return any(each.startswith(beginning) and each.endswith(_BY_SPELLING) for each in warnings)


def group(case: Case, floor: Floor) -> Steps[Grouping]:
    """Group every position stated so far; asks only if there is something to decide."""
    positions = stated(floor)
    statements = _statements(case, floor, positions)
    fresh = len(statements.texts) - statements.established
    if fresh == 0 or len(statements.texts) == 1:
        return Grouping(_labels(positions, floor.grouped, _singly(statements), statements))
    warning = UNGROUPED.format(number=floor.number)
    for attempt, seat in enumerate(_groupers(case, floor)[:ATTEMPTS], start=1):
        asked = _round(case, floor, attempt, seat, statements)
        replies = yield asked
        if isinstance(replies, Refused):
            if replies.reason == "budget":
                warning = UNPAID.format(number=floor.number, because=replies.because)
            break
        reply = replies.by_seat[seat]
        groups = _form(statements).read(reply.text) if isinstance(reply, Answered) else "no answer"
        if not isinstance(groups, str):
            return Grouping(_labels(positions, floor.grouped, groups, statements))
    return Grouping(
        _labels(positions, floor.grouped, _singly(statements), statements),
        warnings=(warning,),
        ungrouped=frozenset(positions) - floor.grouped.keys(),
    )


def _statements(case: Case, floor: Floor, positions: Iterable[str]) -> _Statements:
    established = set(floor.grouped.values())
    known = {normal_form(position) for position in floor.grouped}
    fresh: dict[str, str] = {}
    for position in positions:
        form = normal_form(position)
        if form not in known:
            fresh[form] = _shorter(fresh.get(form), position)
    path = ("grouping", str(floor.number))
    return _Statements(
        texts=(
            *shuffled(established, case.seed, *path, "known", key=str),
            *shuffled(fresh.values(), case.seed, *path, "new", key=str),
        ),
        established=len(established),
    )


def _groupers(case: Case, floor: Floor) -> list[str]:
    spoke = [seat for seat, heard in floor.blind.items() if not isinstance(heard.ballot, Missing)]
    return shuffled(spoke, case.seed, "grouper", str(floor.number), key=str)


def _form(statements: _Statements) -> GroupingForm:
    return GroupingForm(count=len(statements.texts), established=statements.established)


def _round(case: Case, floor: Floor, attempt: int, seat: str, statements: _Statements) -> Round:
    round_id = f"r{floor.number}.grouping{attempt}"
    ask_id = f"{round_id}/{seat}"
    shown = [impersonal(case, floor, text) for text in statements.texts]
    listed = "\n".join(f"{n}. {text}" for n, text in enumerate(shown, start=1))
    apart = ", ".join(str(n) for n in range(1, statements.established + 1))
    form = _form(statements)
    prompt = render(
        case.prompts["grouping"],
        statements=fenced("statements", listed, nonce(case.seed, ask_id, listed)),
        apart=f"Known to differ from each other: {apart}." if statements.established > 1 else "",
        reply_form=form.instructions(),
    )
    ask = Ask(
        ask_id=ask_id,
        seat=seat,
        purpose="grouping",
        system=case.prompts["grouping_system"],
        prompt=prompt,
        form=form,
    )
    return Round(round_id=round_id, number=floor.number, purpose="grouping", asks=(ask,))


def _singly(statements: _Statements) -> tuple[tuple[int, ...], ...]:
    return tuple((number,) for number in range(1, len(statements.texts) + 1))


def _labels(
    positions: Sequence[str],
    earlier: Mapping[str, str],
    groups: Iterable[Iterable[int]],
    statements: _Statements,
) -> dict[str, str]:
    """Position -> label. A label is the shortest member verbatim, then the first by alphabet."""
    group_of: dict[str, int] = {}
    for index, numbers in enumerate(groups):
        for number in numbers:
            group_of[normal_form(statements.texts[number - 1])] = index
    for position, label in earlier.items():
        group_of[normal_form(position)] = group_of[normal_form(label)]
    label_of: dict[int, str] = {}
    for position in positions:
        index = group_of[normal_form(position)]
        label_of[index] = _shorter(label_of.get(index), position)
    return {position: label_of[group_of[normal_form(position)]] for position in positions}


def _shorter(one: str | None, other: str) -> str:
    return other if one is None else min(one, other, key=lambda text: (len(text), text))

"""Core: from comparisons to a ranking: places, the winner, who dissents and why.

Answers are ranked by the share of counted ballots that prefer them. Equal shares share a place,
and nobody wins who does not stand alone in the first: nothing is drawn by lot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from magi_mcp.core.judging.asking import Pair, both_orders, in_order
from magi_mcp.core.judging.comparing import LOST, Bouts, Standing
from magi_mcp.core.judging.findings import (
    Dissent,
    JudgementFindings,
    JudgementOutcome,
    JudgeRecord,
    PairBallot,
    RankedAnswer,
)
from magi_mcp.core.judging.forms import Preference
from magi_mcp.core.judging.hearing import served_by, spelt_out
from magi_mcp.core.judging.tournament import is_tournament


def findings_of(bouts: Bouts) -> JudgementFindings:
    """What follows from the comparisons."""
    ranking = ranked(bouts)
    outcome = _outcome(bouts, ranking)
    winner = ranking[0].answer_no if outcome == "winner" else None
    return JudgementFindings(
        outcome=outcome,
        winner=winner,
        judges=tuple(_record(bouts, seat.name) for seat in bouts.case.seats),
        ranking=ranking,
        order_flips=bouts.flips,
        minority_report=tuple(_dissents(bouts, _first(ranking), winner)),
    )


def ranked(bouts: Bouts) -> tuple[RankedAnswer, ...]:
    """Every answer in its place, the best first; those that share a place by their numbers.

    Where not everybody met everybody, equal shares are told apart by how strong those were that
    each was compared with.
    """
    order = {number: _merits(bouts, number) for number in bouts.standings}
    by_merit = sorted(order, key=lambda number: ([-merit for merit in order[number]], number))
    sorted_merits = [order[number] for number in by_merit]
    return tuple(
        RankedAnswer(
            place=sorted_merits.index(order[number]) + 1,
            answer_no=number,
            wins=standing.wins,
            share=None if standing.share is None else float(standing.share),
        )
        for number in by_merit
        for standing in [bouts.standings[number]]
    )


def _merits(bouts: Bouts, number: int) -> tuple[Fraction, ...]:
    own = bouts.standings[number].merit
    tournament = is_tournament(len(bouts.case.answers))
    return (own, bouts.strength_met(number)) if tournament else (own,)


def _first(ranking: Sequence[RankedAnswer]) -> tuple[int, ...]:
    return tuple(each.answer_no for each in ranking if each.place == 1)


def _outcome(bouts: Bouts, ranking: Sequence[RankedAnswer]) -> JudgementOutcome:
    case = bouts.case
    quorum = min(case.limits.min_voices, len(case.seats))
    counted = len(bouts.counted_judges)
    if counted < quorum and (counted or len(bouts.heard_judges) < quorum):
        return "no_quorum"
    return "winner" if len(_first(ranking)) == 1 else "tie"


def could_be_undone(bouts: Bouts) -> bool:
    """Whether ballots that were lost could have put another answer first (semantics R4)."""
    ranking = ranked(bouts)
    if len(_first(ranking)) != 1:
        return False
    leader = ranking[0].answer_no
    missing = [ballot.answers for ballot in bouts.ballots if ballot.kind in LOST]
    rivals = (number for number in bouts.standings if number != leader)
    return any(
        _had(bouts, rival, missing, won=True) >= _had(bouts, leader, missing, won=False)
        for rival in rivals
        if any({leader, rival} & set(pair) for pair in missing)
    )


def _had(bouts: Bouts, number: int, missing: Sequence[Pair], *, won: bool) -> Fraction:
    """The merit of an answer if it had won, or lost, all the ballots on it that are missing."""
    now = bouts.standings[number]
    more = sum(number in pair for pair in missing)
    return Standing(now.wins + (more if won else 0), now.counted + more).merit


def beaten_by(bouts: Bouts, winner: int) -> tuple[int, ...]:
    """The answers that more ballots preferred to the winner when the two were compared."""
    lead: dict[int, int] = {}
    for ballot in bouts.ballots:
        if winner in ballot.answers and ballot.prefers is not None:
            other = _other(ballot, winner)
            lead[other] = lead.get(other, 0) + (1 if ballot.prefers == other else -1)
    return tuple(sorted(number for number, ahead in lead.items() if ahead > 0))


def _other(ballot: PairBallot, number: int) -> int:
    one, two = ballot.answers
    return two if one == number else one


def _record(bouts: Bouts, seat: str) -> JudgeRecord:
    own = list(bouts.of(seat))
    said = [each for bout in own for each in bout.said]
    return JudgeRecord(
        seat=seat,
        model=bouts.case.seat(seat).model,
        served_by=served_by(said),
        pairs=tuple(bout.ballot for bout in own),
        rationale={
            each.item: spelt_out(each.opinion.rationale, shown)
            for bout in own
            for shown, each in zip(both_orders(bout.ballot.answers), bout.said, strict=True)
            if isinstance(each.opinion, Preference)
        },
    )


@dataclass(frozen=True)
class _Side:
    """That some judges prefer one answer to another."""

    preferred: int
    over: int


def _dissents(bouts: Bouts, first: Sequence[int], winner: int | None) -> Iterator[Dissent]:
    """Who prefers an answer to the winner; without one, each side among those in front."""
    sides: dict[_Side, list[str]] = {}
    for bout in bouts.bouts:
        prefers = bout.ballot.prefers
        if prefers is None:
            continue
        over = _other(bout.ballot, prefers)
        against_winner = over == winner
        in_front = winner is None and prefers in first and over in first
        if against_winner or in_front:
            sides.setdefault(_Side(prefers, over), []).append(bout.said[0].seat)
    for side in sorted(sides, key=lambda each: (each.over, each.preferred)):
        seats = tuple(sides[side])
        yield Dissent(
            position=f"answer {side.preferred} over answer {side.over}",
            seats=seats,
            argument=_argument(bouts, seats[0], side),
        )


def _argument(bouts: Bouts, seat: str, side: _Side) -> str:
    """What a judge says for its side where the answer that it prefers came second."""
    shown = (side.over, side.preferred)
    opinions = (
        each.opinion
        for bout in bouts.of(seat)
        for each in bout.said
        if each.item == in_order(shown)
    )
    opinion = next(opinions)
    assert isinstance(opinion, Preference), "a counted ballot was read in both orders"
    return spelt_out(opinion.rationale, shown)

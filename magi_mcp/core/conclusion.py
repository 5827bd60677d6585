"""Core: from the floor to the decision: authority, minority report, what changed minds.

Everything is derived from ballots alone. A model's own confidence decides nothing; it only
picks which of several agreeing arguments is quoted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from magi_mcp.core.ballots import Abstention, Missing, Position, Unreadable
from magi_mcp.core.case import Case
from magi_mcp.core.families import SCRIPTED, family_of
from magi_mcp.core.floor import Floor, Heard
from magi_mcp.core.methods.base import tally_of
from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.reference import confidence_of, dissenter_base_rate
from magi_mcp.core.seeding import draw
from magi_mcp.core.tallies import Tally
from magi_mcp.core.verdict import (
    BallotRecord,
    BlindVote,
    Decision,
    Findings,
    MindChange,
    MinorityReport,
)


@dataclass(frozen=True)
class Unanswered:
    """No seat answered the blind round; ``causes`` is one line for each, in seat order."""

    causes: tuple[str, ...]


Conclusion = Decision | Unanswered


def conclude(case: Case, floor: Floor) -> Conclusion:
    """Decide on what was said. With nothing said at all, every seat's cause is listed."""
    tally = floor.tally
    if tally is None:
        return Unanswered((f"the first round was refused: {floor.halted}",))
    if floor.everyone_failed:
        return Unanswered(
            tuple(
                f"{seat}: {heard.ballot.reason}"
                for seat, heard in floor.blind.items()
                if isinstance(heard.ballot, Missing)
            )
        )
    blind = _blind_tally(case, floor)
    families = _families(case, floor)
    provisional = _provisional(case, floor, tally, families)
    findings = Findings(
        route=("vote", "critique") if floor.number > 1 else ("vote",),
        outcome=tally.outcome,
        ruling=tally.ruling,
        decided_by="none" if tally.ruling is None else "votes",
        answer=_answer(case, floor, tally),
        agreement=None if tally.agreement is None else float(tally.agreement),
        confidence=confidence_of(case.method, blind, tally, families),
        tally=tally.entries,
        blind_vote=BlindVote(outcome=blind.outcome, ruling=blind.ruling, tally=blind.entries),
        ballots=tuple(_record(case, floor, heard) for heard in floor.standing.values()),
        minority_report=_minority(case, floor, tally, families),
        mind_changes=tuple(_mind_changes(floor)),
        pivotal_seats=_pivotal(case, floor, tally),
        open_questions=_open_questions(floor),
    )
    return Decision(
        findings=findings,
        rounds=floor.number,
        labels=dict(floor.labels),
        degraded=floor.flawed or floor.halted is not None,
        provisional=bool(provisional),
        warnings=(*floor.warnings, *provisional, *_cautions(case, floor)),
    )


def _votes(floor: Floor, heard: Mapping[str, Heard]) -> dict[str, str]:
    return {seat: floor.labels[p.position] for seat, p in floor.positions(heard).items()}


def _blind_tally(case: Case, floor: Floor) -> Tally:
    return tally_of(case, _votes(floor, floor.blind))


def _families(case: Case, floor: Floor) -> dict[str, str | None]:
    """The family behind each counted ballot, by seat, of the model that served."""
    return {
        seat: case.seat(seat).family or family_of(heard.served_by or "")
        for seat, heard in floor.standing.items()
        if isinstance(heard.ballot, Position)
    }


def _provisional(
    case: Case, floor: Floor, tally: Tally, families: Mapping[str, str | None]
) -> list[str]:
    """Why the verdict lacks full authority (semantics R4), one sentence a cause."""
    causes: list[str] = []
    if tally.counted < case.limits.min_voices:
        causes.append(
            f"Provisional: {tally.counted} of {tally.council} seats counted, fewer than the "
            f"{case.limits.min_voices} that were asked for."
        )
    known = set(families.values())
    if len(case.seats) > 1 and families and len(known) == 1 and None not in known:
        causes.append(f"Provisional: every counted ballot comes from one family, {known.pop()}.")
    missing = sum(
        isinstance(heard.ballot, Missing | Unreadable) for heard in floor.standing.values()
    )
    if missing and tally.counted and missing >= tally.margin:
        causes.append(
            f"Provisional: {missing} missing ballot{'s' if missing > 1 else ''} could have undone "
            f"a margin of {tally.margin}."
        )
    return causes


def _cautions(case: Case, floor: Floor) -> list[str]:
    cautions: list[str] = []
    for spoken in floor.rounds:
        for seat, heard in spoken.items():
            if isinstance(heard.ballot, Missing | Unreadable):
                what = "failed" if isinstance(heard.ballot, Missing) else "was unreadable"
                cautions.append(
                    f"{seat} {what} in round {heard.round_number}: {heard.ballot.reason}"
                )
    if floor.halted is not None:
        cautions.append(f"No round {floor.number + 1}: the {floor.halted} did not allow it.")
    scripted = [seat.name for seat in case.seats if seat.model.startswith(SCRIPTED)]
    if scripted:
        cautions.append(
            f"Scripted: the answers of {', '.join(scripted)} were written beforehand; "
            "no model was asked."
        )
    unknown = [
        seat
        for seat, family in _families(case, floor).items()
        if family is None and seat not in scripted
    ]
    if unknown:
        cautions.append(
            f"Model family unknown for {', '.join(unknown)}: whether their votes are "
            "independent cannot be told."
        )
    return cautions


def _record(case: Case, floor: Floor, heard: Heard) -> BallotRecord:
    seat = case.seat(heard.seat)
    ballot = heard.ballot
    return BallotRecord(
        seat=seat.name,
        persona=seat.lens.name if seat.lens else None,
        model=seat.model,
        served_by=heard.served_by,
        round=heard.round_number,
        kind=ballot.kind,
        position=floor.label(ballot),
        stated_confidence=ballot.confidence if isinstance(ballot, Position) else None,
        summary=ballot.argument if isinstance(ballot, Position) else ballot.reason,
    )


def spokesperson(case: Case, positions: Mapping[str, Position]) -> str:
    """Whose words stand for a group: who claims to be surest, drawn by the seed on a tie."""
    return min(
        positions,
        key=lambda seat: (
            not positions[seat].argument,
            -(positions[seat].confidence or 0.0),
            draw(case.seed, "spokesperson", seat),
        ),
    )


def _holders(floor: Floor, label: str) -> dict[str, Position]:
    return {
        seat: position
        for seat, position in floor.positions().items()
        if floor.label(position) == label
    }


def _answer(case: Case, floor: Floor, tally: Tally) -> str | None:
    # Below quorum there is no ruling, but a lone remaining voice is still shown (R2).
    if tally.ruling is not None:
        label = tally.ruling
    elif tally.outcome == "no_quorum" and len(tally.entries) == 1:
        label = tally.entries[0].position
    else:
        return None
    holders = _holders(floor, label)
    return holders[spokesperson(case, holders)].argument or None


def _minority(
    case: Case, floor: Floor, tally: Tally, families: Mapping[str, str | None]
) -> tuple[MinorityReport, ...]:
    """Every position that did not prevail; without a ruling, every side is on record here."""
    reports: list[MinorityReport] = []
    for entry in tally.entries:
        if entry.position == tally.ruling:
            continue
        holders = _holders(floor, entry.position)
        best = holders[spokesperson(case, holders)]
        reports.append(
            MinorityReport(
                position=entry.position,
                seats=entry.seats,
                argument=best.argument,
                would_flip=best.would_flip,
                base_rate=dissenter_base_rate(case.method, tally, families),
            )
        )
    return tuple(reports)


def _mind_changes(floor: Floor) -> Iterable[MindChange]:
    for number, spoken in enumerate(floor.rounds[1:], start=2):
        before = floor.before(number)
        for seat, heard in spoken.items():
            earlier, now = before[seat].ballot, heard.ballot
            if not isinstance(now, Position | Abstention) or isinstance(earlier, Unreadable):
                continue
            if floor.label(earlier) != floor.label(now):
                yield MindChange(
                    seat=seat,
                    round=number,
                    from_=floor.label(earlier),
                    to=floor.label(now),
                    because=now.because if isinstance(now, Position) else now.reason or None,
                )


def _pivotal(case: Case, floor: Floor, tally: Tally) -> tuple[str, ...]:
    """The seats without whose ballot the ruling would differ, in seat order."""
    votes = _votes(floor, floor.standing)
    return tuple(
        seat
        for seat in votes
        if tally_of(case, {s: v for s, v in votes.items() if s != seat}).ruling != tally.ruling
    )


def _open_questions(floor: Floor) -> tuple[str, ...]:
    needs: dict[str, str] = {}
    for heard in floor.standing.values():
        if isinstance(heard.ballot, Position | Abstention):
            for need in heard.ballot.needs:
                needs.setdefault(normal_form(need), need)
    return tuple(needs.values())

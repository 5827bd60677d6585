"""Core: from the floor to the decision: ruling, minority report, what changed minds.

Everything is derived from ballots alone. A model's own confidence decides nothing; it only
picks which of several agreeing arguments is quoted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

from magi_mcp.core.authority import cautions, families_of, provisional_causes
from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor, Heard, Settlement
from magi_mcp.core.method import Method, Steps, tally_of
from magi_mcp.core.names import restored
from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.rapporteur import by_claim, holders
from magi_mcp.core.reference import confidence_of, dissenter_base_rate
from magi_mcp.core.tallies import Tally
from magi_mcp.core.verdict import (
    BallotRecord,
    BlindVote,
    DecidedBy,
    Decision,
    Findings,
    MindChange,
    MinorityReport,
    Outcome,
)
from magi_mcp.core.words import plural


@dataclass(frozen=True)
class Unanswered:
    """No seat answered the blind round; ``causes`` is one line for each, in seat order."""

    causes: tuple[str, ...]


Conclusion = Decision | Unanswered


def conclude(case: Case, method: Method, floor: Floor, *, after: str) -> Steps[Conclusion]:
    """Decide on what was said. With nothing said at all, every seat's cause is listed.

    ``after`` names the protocol that any round after the blind one belonged to.
    """
    if floor.count is None:
        assert floor.halted is not None, "what was asked was counted"
        refused = floor.halted
        return Unanswered((f"the first round was refused: {refused.reason}{refused.because}",))
    if floor.everyone_failed:
        return Unanswered(
            tuple(
                f"{seat}: {heard.ballot.reason}"
                for seat, heard in floor.blind.items()
                if isinstance(heard.ballot, Missing)
            )
        )
    families = families_of(case, floor)
    provisional = provisional_causes(case, floor, floor.count, families)
    if floor.settlement and floor.settlement.provisional:
        provisional.append(floor.settlement.provisional)
    findings = _findings(case, floor, floor.count, families).model_copy(
        update={"route": _route(floor, after)}
    )
    findings, floor = yield from method.conclude(case, floor, findings)
    return Decision(
        findings=findings,
        rounds=floor.number,
        labels=dict(floor.labels),
        degraded=floor.flawed or floor.halted is not None,
        provisional=bool(provisional),
        warnings=(
            *case.warnings,
            *floor.warnings,
            *provisional,
            *_unexplained(findings),
            *cautions(case, floor),
        ),
    )


def _route(floor: Floor, after: str) -> tuple[str, ...]:
    """The protocols gone through: an escalation counts even where no second round was held."""
    escalated = after == "escalate" and floor.settlement is not None
    return ("vote", after) if floor.number > 1 or escalated else ("vote",)


def _findings(
    case: Case, floor: Floor, count: Count, families: Mapping[str, str | None]
) -> Findings:
    """What follows from the count and the settlement.

    Where the votes are not the seats' own positions, the method alone knows what follows
    from them for the answer, the minority and the pivotal seats.
    """
    tally = count.tally
    settled = floor.settlement
    ruling = settled.ruling if settled else tally.ruling
    findings = Findings(
        outcome=_outcome(tally, settled, floor),
        ruling=ruling,
        decided_by=_decided_by(tally, settled),
        arbiter=settled.arbiter if settled else None,
        agreement=None if tally.agreement is None else float(tally.agreement),
        tally=tally.entries,
        ballots=tuple(_record(case, floor, heard) for heard in floor.ballots.values()),
        mind_changes=tuple(_mind_changes(floor)),
        open_questions=_open_questions(floor),
    )
    if not count.of_positions:
        # Such a count may be won without a leader among its votes, as by the better mean.
        decided_by: DecidedBy = "votes" if count.won else "none"
        confidence = confidence_of(case.method, tally, decided_by, families)
        return findings.model_copy(update={"confidence": confidence})
    blind = tally_of(case, _votes(floor, floor.blind))
    turned = blind.ruling is not None and blind.ruling != ruling
    return findings.model_copy(
        update={
            "answer": _answer(case, floor, tally),
            "confidence": confidence_of(
                case.method,
                blind,
                findings.decided_by,
                families,
                best_member=settled is not None and settled.provisional is None,
                turned=turned and findings.decided_by == "votes",
            ),
            "blind_vote": BlindVote(
                outcome=blind.outcome, ruling=blind.ruling, tally=blind.entries
            ),
            "minority_report": _minority(case, floor, tally, ruling, {} if turned else families),
            "pivotal_seats": _pivotal(case, floor, tally),
        }
    )


def _outcome(tally: Tally, settled: Settlement | None, floor: Floor) -> Outcome:
    if settled is not None and settled.decided_by != "votes":
        return "forced"
    # Who was not waited for has not agreed (semantics R7).
    return "majority" if tally.outcome == "unanimous" and floor.unheard else tally.outcome


def _decided_by(tally: Tally, settled: Settlement | None) -> DecidedBy:
    if settled is not None:
        return settled.decided_by
    return "none" if tally.ruling is None else "votes"


def _votes(floor: Floor, heard: Mapping[str, Heard]) -> dict[str, str]:
    return {seat: floor.labels[p.position] for seat, p in floor.positions(heard).items()}


def plain(floor: Floor, seat: str) -> Position:
    """The position that counts for a seat, with peers' names instead of pseudonyms in its words."""
    heard = floor.ballots[seat]
    assert isinstance(heard.ballot, Position)
    return _plain(floor, heard.ballot, heard.round_number)


def _plain(floor: Floor, position: Position, round_number: int) -> Position:
    names = floor.names[round_number - 1]
    words = {
        key: restored(text, names)
        for key in ("argument", "would_flip", "because")
        if (text := getattr(position, key))
    }
    return position.model_copy(update=words)


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
        position=_position(floor, ballot),
        stated_confidence=ballot.confidence if isinstance(ballot, Position) else None,
        summary=(
            _plain(floor, ballot, heard.round_number).argument
            if isinstance(ballot, Position)
            else ballot.reason
        ),
    )


def _position(floor: Floor, ballot: Ballot) -> str | None:
    """What a ballot counts for; of ballots that are no positions, what they say."""
    if isinstance(ballot, Position) and floor.count and not floor.count.of_positions:
        return ballot.position
    return floor.label(ballot)


def _answer(case: Case, floor: Floor, tally: Tally) -> str | None:
    settled = floor.settlement
    if settled is not None and settled.arbiter is not None and settled.arbiter.changed:
        return settled.argument or None
    if settled is not None and settled.seat is not None:
        return plain(floor, settled.seat).argument or None
    # Below quorum there is no ruling, but a lone remaining voice is still shown (R2).
    if tally.ruling is not None:
        label = tally.ruling
    elif tally.outcome == "no_quorum" and len(tally.entries) == 1:
        label = tally.entries[0].position
    else:
        return None
    return leading_argument(case, floor, label)


def leading_argument(case: Case, floor: Floor, label: str) -> str | None:
    """The argument of whoever speaks for a position."""
    speaker = by_claim(case, holders(floor, label))[0]
    return plain(floor, speaker).argument or None


def _minority(
    case: Case,
    floor: Floor,
    tally: Tally,
    ruling: str | None,
    families: Mapping[str, str | None],
) -> tuple[MinorityReport, ...]:
    """Every position that did not prevail; without a ruling, every side is on record here."""
    # Measured for a lone dissenter from a majority: not where the majority was overruled, nor,
    # for want of a blind majority that it dissented from, where arguing turned the result.
    rate = dissenter_base_rate(case.method, tally, families) if ruling == tally.ruling else None
    return tuple(
        minority_entry(case, floor, entry.position, entry.seats, base_rate=rate)
        for entry in tally.entries
        if entry.position != ruling
    )


def minority_entry(
    case: Case,
    floor: Floor,
    position: str,
    seats: tuple[str, ...],
    *,
    base_rate: float | None = None,
) -> MinorityReport:
    """A position that lost, in the words of the seat among ``seats`` that claims most."""
    positions = floor.positions(floor.ballots)
    best = plain(floor, by_claim(case, {seat: positions[seat] for seat in seats})[0])
    return MinorityReport(
        position=position,
        seats=seats,
        argument=best.argument,
        would_flip=best.would_flip,
        base_rate=base_rate,
    )


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
                    because=(
                        _plain(floor, now, number).because
                        if isinstance(now, Position)
                        else now.reason or None
                    ),
                )


def _unexplained(findings: Findings) -> list[str]:
    """A change of position has to name its cause; one that does not is counted."""
    count = sum(change.because is None for change in findings.mind_changes)
    if not count:
        return []
    return [f"{plural(count, 'change')} of position named no fact or error as the cause."]


def _pivotal(case: Case, floor: Floor, tally: Tally) -> tuple[str, ...]:
    """The seats without whose ballot the ruling would differ, in seat order."""
    settled = floor.settlement
    if settled is not None and settled.decided_by != "votes":
        return (settled.seat,) if settled.seat else ()
    votes = _votes(floor, floor.standing)
    return tuple(
        seat
        for seat in votes
        if tally_of(case, {s: v for s, v in votes.items() if s != seat}).ruling != tally.ruling
    )


def _open_questions(floor: Floor) -> tuple[str, ...]:
    needs: dict[str, str] = {}
    for heard in chain(floor.standing.values(), floor.ballots.values()):
        if isinstance(heard.ballot, Position | Abstention):
            for need in heard.ballot.needs:
                needs.setdefault(normal_form(need), need)
    return tuple(needs.values())

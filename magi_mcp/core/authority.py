"""Core: with how much authority a verdict speaks: what is missing, and who errs together."""

from collections.abc import Iterator, Mapping
from itertools import chain

from magi_mcp.core.ballots import Missing, Position, Unreadable
from magi_mcp.core.callers import PLAYED
from magi_mcp.core.case import Case
from magi_mcp.core.fallbacks import family_of_server, stand_in
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.words import plural


def families_of(case: Case, floor: Floor) -> dict[str, str | None]:
    """The family behind each counted ballot, by seat, of the model that served."""
    return {
        seat: family_of_server(case, case.seat(seat), heard.served_by)
        for seat, heard in floor.ballots.items()
        if isinstance(heard.ballot, Position)
    }


def provisional_causes(
    case: Case, floor: Floor, count: Count, families: Mapping[str, str | None]
) -> list[str]:
    """Why the verdict lacks full authority (semantics R4), one sentence a cause."""
    causes: list[str] = []
    if count.voices < case.limits.min_voices:
        causes.append(
            f"Provisional: {count.voices} of {len(case.seats)} seats counted, fewer than the "
            f"{case.limits.min_voices} that were asked for."
        )
    known = set(families.values())
    if len(case.seats) > 1 and families and len(known) == 1 and None not in known:
        causes.append(f"Provisional: every counted ballot comes from one family, {known.pop()}.")
    missing = count.missing(floor.standing)
    if missing and count.voices and count.margin is not None and missing >= count.margin:
        causes.append(
            f"Provisional: {plural(missing, 'missing ballot')} could have undone a margin of "
            f"{count.margin}."
        )
    return causes


def cautions(case: Case, floor: Floor) -> list[str]:
    """What else a reader must know of the council, one sentence a caution."""
    told: list[str] = []
    for spoken in floor.rounds:
        for seat, heard in spoken.items():
            if isinstance(heard.ballot, Missing | Unreadable):
                what = "failed" if isinstance(heard.ballot, Missing) else "was unreadable"
                told.append(f"{seat} {what} in round {heard.round_number}: {heard.ballot.reason}")
    told += dict.fromkeys(_stand_ins(case, floor))
    if floor.unheard:
        told.append(
            f"Round {floor.number} was closed early: the ruling stood without a ballot by "
            f"{', '.join(floor.unheard)}."
        )
    if floor.halted is not None:
        refused = floor.halted
        told.append(
            f"No round {floor.number + 1}: the {refused.reason} did not allow it{refused.because}."
        )
    scripted = [seat.name for seat in case.seats if seat.model.startswith(SCRIPTED)]
    if scripted:
        told.append(
            f"Scripted: the answers of {', '.join(scripted)} were written beforehand; "
            "no model was asked."
        )
    if case.is_callers:
        told.append(PLAYED)
    unknown = [
        seat
        for seat, family in families_of(case, floor).items()
        if family is None and seat not in scripted
    ]
    told += _shared_families(case, floor)
    if unknown:
        told.append(
            f"Model family unknown for {', '.join(unknown)}: whether their votes are "
            "independent cannot be told."
        )
    return told


def _stand_ins(case: Case, floor: Floor) -> Iterator[str]:
    """The seats that were served by another model than their own. That is no flaw, but told."""
    for heard in (*chain(*(spoken.values() for spoken in floor.rounds)), *floor.ballots.values()):
        told = stand_in(case.seat(heard.seat), heard.served_by, heard.attempts)
        if told is not None:
            yield told


def _shared_families(case: Case, floor: Floor) -> list[str]:
    """Models of one family err together, so their votes are not independent ones.

    Where one family gave all the ballots, that is told as what makes the verdict provisional.
    """
    seats: dict[str | None, list[str]] = {}
    for seat, family in families_of(case, floor).items():
        seats.setdefault(family, []).append(seat)
    if len(seats) == 1:
        return []
    return [
        f"{', '.join(members)} share the model family {family}: their votes are not independent."
        for family, members in seats.items()
        if family is not None and len(members) > 1
    ]

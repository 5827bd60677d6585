"""Core: from what was said in a review to its decision."""

from collections.abc import Iterator, Mapping, Sequence

from magi_mcp.core.fallbacks import family_of_server, stand_in
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.claims import SEVERITIES, Examined, graver_or_equal
from magi_mcp.core.reviewing.decision import Finding, FindingRecord, ReviewDecision
from magi_mcp.core.reviewing.examination import Heard
from magi_mcp.core.reviewing.hearing import Reviewed, faults_in
from magi_mcp.core.reviewing.patches import replacement
from magi_mcp.core.reviewing.sorting import Defect, Sorted
from magi_mcp.core.reviewing.standing import STANDINGS, assess, may_turn, standing_of
from magi_mcp.core.verdict import MinorityReport
from magi_mcp.core.words import plural

_SHOWN_ORDER = ("confirmed", "disputed", "unanchored", "refuted")
assert set(_SHOWN_ORDER) == set(STANDINGS)


def conclude(case: ReviewCase, reviewed: Reviewed, found: Sorted, heard: Heard) -> ReviewDecision:
    """The decision. ``heard`` holds opinions by the places of the defects in ``found``."""
    opinions = {index: heard.opinions.get(index, ()) for index in range(len(found.defects))}
    counted = [
        (each, opinions[index])
        for index, each in enumerate(found.defects)
        if graver_or_equal(each.severity, case.min_severity)
    ]
    records = _numbered([_record(case, each, said) for each, said in counted])
    provisional = [*_provisional(case, reviewed), *_open_to_doubt(case, records)]
    faults = tuple(faults_in(case, reviewed.said))
    left_out = len(found.defects) - len(counted)
    return ReviewDecision(
        assessment=assess(
            ((each.finding.standing, each.finding.severity) for each in records),
            case.fail_on,
            read_by_enough=not _unread(case, reviewed),
        ),
        records=records,
        minority_report=tuple(_minority(records)),
        left_out=left_out,
        rounds=2 if heard.held else 1,
        degraded=bool(faults or found.warnings or heard.flawed),
        provisional=bool(provisional),
        warnings=(
            *case.warnings,
            *found.warnings,
            *faults,
            *heard.warnings,
            *provisional,
            *_told(case, reviewed, left_out),
        ),
    )


def _record(case: ReviewCase, each: Defect, examined: Sequence[Examined]) -> FindingRecord:
    def holding(opinion: str) -> tuple[str, ...]:
        seats = {said.seat for said in examined if said.opinion == opinion}
        return tuple(seat.name for seat in case.seats if seat.name in seats)

    words, place = each.words, each.place
    raised_by = tuple(seat.name for seat in case.seats if seat.name in each.raisers)
    supported_by, refuted_by = holding("confirm"), holding("refute")
    mended = replacement(words, place, case.parts[each.part - 1].files)
    return FindingRecord(
        finding=Finding(
            id="",
            file=words.file if place is None else place.file,
            line_start=words.line_start if place is None else place.line_start,
            line_end=words.line_end if place is None else place.line_end,
            severity=each.severity,
            category=words.category,
            title=words.title,
            explanation=words.explanation,
            suggestion=words.suggestion if mended is None else mended.patch,
            quote=words.quote,
            standing=standing_of(
                anchored=place is not None,
                behind=len(raised_by) + len(supported_by),
                against=len(refuted_by),
            ),
            raised_by=raised_by,
            supported_by=supported_by,
            refuted_by=refuted_by,
        ),
        members=each.members,
        examined=tuple(examined),
        replacement=mended,
    )


def _numbered(records: Sequence[FindingRecord]) -> tuple[FindingRecord, ...]:
    """Confirmed ones first, then by severity and place; numbered in that order."""

    def weight(record: FindingRecord) -> tuple[int, int]:
        finding = record.finding
        return _SHOWN_ORDER.index(finding.standing), SEVERITIES.index(finding.severity)

    ordered = sorted(records, key=weight)
    return tuple(
        record.model_copy(
            update={"finding": record.finding.model_copy(update={"id": f"F{number}"})}
        )
        for number, record in enumerate(ordered, start=1)
    )


def _minority(records: Sequence[FindingRecord]) -> Iterator[MinorityReport]:
    """Of every finding that is argued about, the side that did not prevail, in its own words."""
    for record in records:
        finding = record.finding
        if finding.standing == "refuted":
            yield MinorityReport(
                position=f"{finding.id} is a defect: {finding.title}",
                seats=(*finding.raised_by, *finding.supported_by),
                argument=finding.explanation,
                would_flip=None,
                base_rate=None,
            )
        elif finding.refuted_by and finding.standing != "unanchored":
            reasons = [each.reason for each in record.examined if each.opinion == "refute"]
            yield MinorityReport(
                position=f"{finding.id} is no defect: {finding.title}",
                seats=finding.refuted_by,
                argument=" / ".join(filter(None, reasons)),
                would_flip=None,
                base_rate=None,
            )


def _unread(case: ReviewCase, reviewed: Reviewed) -> list[int]:
    """The parts that were read by fewer seats than were asked for."""
    enough = min(case.limits.min_voices, len(case.seats))
    parts = range(1, len(case.parts) + 1)
    return [part for part in parts if len(reviewed.readers_of(part)) < enough]


def _provisional(case: ReviewCase, reviewed: Reviewed) -> Iterator[str]:
    """Why the review lacks full authority (semantics R4), one sentence a cause."""
    readers = reviewed.readers
    wanted = case.limits.min_voices
    if len(readers) < wanted:
        yield (
            f"Provisional: {len(readers)} of {plural(len(case.seats), 'seat')} reviewed the "
            f"change, fewer than the {wanted} that were asked for."
        )
    elif unread := _unread(case, reviewed):
        yield (
            f"Provisional: fewer than {wanted} seats read part "
            f"{', '.join(map(str, unread))} of {len(case.parts)}."
        )
    families = set(_families(case, reviewed).values())
    if len(case.seats) > 1 and len(families) == 1 and None not in families:
        yield f"Provisional: every reviewer is of one family, {families.pop()}."


def _open_to_doubt(case: ReviewCase, records: Sequence[FindingRecord]) -> Iterator[str]:
    """That seats which were not heard could have changed what the review comes to."""
    doubtful = [
        record.finding.id
        for record in records
        if graver_or_equal(record.finding.severity, case.fail_on)
        and may_turn(
            record.finding.standing,
            behind=len(record.finding.raised_by) + len(record.finding.supported_by),
            against=len(record.finding.refuted_by),
            unheard=len(case.seats)
            - len(record.finding.raised_by)
            - len({each.seat for each in record.examined}),
        )
    ]
    if doubtful and len(case.seats) > 1:
        yield (
            f"Provisional: seats that were not heard could have changed the standing of "
            f"{', '.join(doubtful)}."
        )


def _families(case: ReviewCase, reviewed: Reviewed) -> dict[str, str | None]:
    return {
        name: family_of_server(case, case.seat(name), said.served_by)
        for name, said in reviewed.readers.items()
    }


def _told(case: ReviewCase, reviewed: Reviewed, left_out: int) -> Iterator[str]:
    """What else a reader must know, one sentence a caution."""
    if left_out:
        yield (
            f"{plural(left_out, 'finding')} below {case.min_severity} severity "
            f"{'was' if left_out == 1 else 'were'} left out, as was asked for."
        )
    told = (stand_in(case.seat(said.seat), said.served_by, said.attempts) for said in reviewed.said)
    yield from dict.fromkeys(filter(None, told))
    scripted = [seat.name for seat in case.seats if seat.model.startswith(SCRIPTED)]
    if scripted:
        yield (
            f"Scripted: the answers of {', '.join(scripted)} were written beforehand; "
            "no model was asked."
        )
    yield from _shared(_families(case, reviewed), scripted)


def _shared(families: Mapping[str, str | None], scripted: Sequence[str]) -> Iterator[str]:
    """Models of one family err together, so one confirming another weighs less."""
    seats: dict[str, list[str]] = {}
    for seat, family in families.items():
        if family is not None:
            seats.setdefault(family, []).append(seat)
    unknown = [s for s, family in families.items() if family is None and s not in scripted]
    if len(seats) > 1 or unknown:
        for family, members in seats.items():
            if len(members) > 1:
                yield (
                    f"{', '.join(members)} share the model family {family}: that one confirms "
                    "the other weighs less."
                )
    if unknown:
        yield (
            f"Model family unknown for {', '.join(unknown)}: whether their findings are "
            "independent cannot be told."
        )

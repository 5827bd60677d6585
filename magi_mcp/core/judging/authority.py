"""Core: with how much authority a panel speaks: who is missing, who was recused, who errs together.

The rules of semantics R4, with judges for seats.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Refused
from magi_mcp.core.ballots import Missing
from magi_mcp.core.fallbacks import family_of_server, stand_in
from magi_mcp.core.families import SCRIPTED, family_of
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.hearing import Heard
from magi_mcp.core.words import plural


@dataclass(frozen=True)
class Proceedings:
    """What a judgement rests on: all that was said, and the judges that count by it.

    ``undone`` says that what was lost could have turned the result; ``halted`` why a round that
    was due was not asked.
    """

    case: JudgementCase
    said: Sequence[Heard]
    counted: Sequence[str]
    undone: bool
    halted: Refused | None = None

    @property
    def flawed(self) -> bool:
        """Whether anything was lost that had been asked for."""
        return self.halted is not None or any(each.lost for each in self.said)

    @property
    def families(self) -> Mapping[str, frozenset[str | None]]:
        """Who trained the models that answered for each counted judge."""
        return {
            name: frozenset(
                family_of_server(self.case, self.case.seat(name), each.served_by)
                for each in self.said
                if each.seat == name and each.served_by is not None
            )
            for name in self.counted
        }


def provisional_causes(held: Proceedings) -> Iterator[str]:
    """Why the judgement lacks full authority, one sentence a cause."""
    case, counted = held.case, len(held.counted)
    if counted < case.limits.min_voices:
        yield (
            f"Provisional: {counted} of {plural(len(case.seats), 'judge')} counted, fewer than "
            f"the {case.limits.min_voices} that were asked for."
        )
    known = frozenset[str | None]().union(*held.families.values())
    if len(case.seats) > 1 and len(known) == 1 and None not in known:
        (family,) = known
        yield f"Provisional: every counted judge comes from one family, {family}."
    if held.undone:
        yield "Provisional: replies that were lost could have turned the result."
    yield from _partial(held)


def _partial(held: Proceedings) -> Iterator[str]:
    """Who judges texts that its own family may have written, or left a gap by not doing so."""
    seated = {seat.name for seat in held.case.seats}
    for recusal in held.case.recusals:
        if recusal.substitute is not None:
            continue
        if recusal.seat in seated:
            yield (
                f"Provisional: {recusal.seat} was to be recused, for {recusal.family} trained an "
                "author of the answers; nobody of another family was left to judge."
            )
        else:
            yield (
                f"Provisional: nobody of another family was left to judge in place of "
                f"{recusal.seat}, who was recused."
            )
    to_recuse = {family_of(author) for author in held.case.authors} - {None}
    told = {recusal.seat for recusal in held.case.recusals} & seated
    for name, families in held.families.items():
        for family in sorted(filter(None, families & to_recuse)):
            if name not in told or _substituted(held.case, name):
                yield (
                    f"Provisional: {name} was served by a model of the family {family}, which "
                    "trained an author of the answers."
                )


def _substituted(case: JudgementCase, seat: str) -> bool:
    return any(each.seat == seat and each.substitute is not None for each in case.recusals)


def cautions(held: Proceedings) -> Iterator[str]:
    """What else a reader must know of the panel, one sentence a caution."""
    yield from _losses(held.said)
    yield from dict.fromkeys(_stand_ins(held))
    if held.halted is not None:
        yield (
            f"Not every comparison was made: the {held.halted.reason} did not allow it"
            f"{held.halted.because}."
        )
    scripted = [seat.name for seat in held.case.seats if seat.model.startswith(SCRIPTED)]
    if scripted:
        yield (
            f"Scripted: the answers of {', '.join(scripted)} were written beforehand; "
            "no model was asked."
        )
    unknown = [n for n, each in held.families.items() if None in each and n not in scripted]
    if unknown:
        yield (
            f"Model family unknown for {', '.join(unknown)}: whether they judge independently "
            "cannot be told."
        )
    yield from _shared_families(held.families)


def _losses(said: Iterable[Heard]) -> Iterator[str]:
    """What was lost of each judge, together where the cause is the same."""
    lost: dict[tuple[str, str, str], list[str]] = {}
    for each in said:
        if each.lost:
            what = "failed" if isinstance(each.opinion, Missing) else "was unreadable"
            lost.setdefault((each.seat, what, _reason(each)), []).append(each.item)
    for (seat, what, reason), items in lost.items():
        yield f"{seat} {what} on {', '.join(items)}: {reason}"


def _reason(each: Heard) -> str:
    return getattr(each.opinion, "reason", "")


def _stand_ins(held: Proceedings) -> Iterator[str]:
    for each in held.said:
        told = stand_in(held.case.seat(each.seat), each.served_by, each.attempts)
        if told is not None:
            yield told


def _shared_families(families: Mapping[str, frozenset[str | None]]) -> Iterator[str]:
    """Judges that err together; that all of them do makes a judgement provisional."""
    members: dict[str, list[str]] = {}
    for name, each in families.items():
        for family in filter(None, each):
            members.setdefault(family, []).append(name)
    for family, names in members.items():
        if len(names) > 1 and (len(names) < len(families) or len(members) > 1):
            yield (
                f"{', '.join(names)} share the model family {family}: their judgements are not "
                "independent."
            )


def causes_of_failure(case: JudgementCase, said: Sequence[Heard]) -> tuple[str, ...]:
    """Why nobody judged: one line for each seat, in order; empty where anybody answered."""
    if not all(isinstance(each.opinion, Missing) for each in said):
        return ()
    first = {each.seat: _reason(each) for each in reversed(said)}
    return tuple(f"{seat.name}: {first[seat.name]}" for seat in case.seats)

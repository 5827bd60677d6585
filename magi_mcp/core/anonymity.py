"""Core: how people see the seats of a case: by their names, or as neutral voices.

An anonymous case keeps its real names in the journal and nowhere else: verdict, report and
progress show ``Voice 1``, ``Voice 2`` and so on in a drawn order, no models and no personas.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import AnyCase, Candidate, Case, Seat
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.replies import Answered
from magi_mcp.core.seeding import shuffled
from magi_mcp.core.signatures import identities, unsigned
from magi_mcp.core.tallies import TallyEntry
from magi_mcp.core.verdict import (
    BallotRecord,
    BlindVote,
    MindChange,
    MinorityReport,
    RankedDraft,
    Synthesis,
    Verdict,
)
from magi_mcp.core.words import model_title, seat_title

_WORDED = ("majority", "consensus", "minority", "synthesis", "compose")
"""Methods whose positions are the seats' own words, in which they may name one another."""

_VOICE = re.compile(r"Voice \d+\b")
_VOICES = re.compile(r"Voice \d+(?:, Voice \d+)+")
"""Several voices in a row."""

_FAMILY = re.compile(r"\bfamily,? [a-z]\w*\b(?! for)")
"""A family where a warning names it; a warning that it is unknown has none to hide."""


def shown_names(case: AnyCase) -> dict[str, str]:
    """Seat -> the name people see, in the order in which they see them."""
    seats = [seat.name for seat in case.seats]
    if not case.anonymous:
        return {seat: seat for seat in seats}
    order = shuffled(seats, case.seed, "voices", key=str)
    return {seat: f"Voice {number}" for number, seat in enumerate(order, start=1)}


@dataclass(frozen=True)
class Mask:
    """What a case's seats are called before people; ``served`` are the models that answered.

    Without anonymity everybody goes by their own name and every text stands as it is.
    """

    case: AnyCase
    served: tuple[str, ...] = ()

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Seat -> the name it is shown by, in the order in which seats are shown."""
        return shown_names(self.case)

    def name(self, seat: str) -> str:
        """The name of one seat; the arbiter keeps its own."""
        return self.names.get(seat, seat)

    def several(self, seats: Iterable[str]) -> tuple[str, ...]:
        """The names of several seats, in the order in which seats are shown."""
        given = set(seats)
        return tuple(name for seat, name in self.names.items() if seat in given)

    def place(self, seat: str) -> int:
        """Where a seat stands in the order in which seats are shown, from 0."""
        return [*self.names].index(seat)

    def said(self, text: str) -> str:
        """What a model said, without what gives a seat away: signatures, names, model strings.

        Names that the question itself uses are left alone (as in semantics R12).
        """
        if not self.case.anonymous:
            return text
        unnamed = self._in_lists(unsigned(text, self._identities, kept=self._kept))
        return self._titles.sub(self._voice, self._cited.sub("a model", unnamed))

    def position(self, position: str) -> str:
        """A position; one that the caller worded stays as it is, byte for byte."""
        worded = isinstance(self.case, Case) and self.case.method not in _WORDED
        return position if worded else self.said(position)

    def told(self, text: str) -> str:
        """What this program says of seats by name, or repeats of a provider's error."""
        if not self.case.anonymous:
            return text
        unnamed = self._in_lists(text)
        return _FAMILY.sub("family", self._models.sub("the model", unnamed))

    def _in_lists(self, text: str) -> str:
        """``text`` with voices for names in lists; a list in seat order would tell who is who."""
        return _VOICES.sub(_sorted, self._listed.sub(self._voice, text))

    def _voice(self, found: re.Match[str]) -> str:
        return self._by_title[seat_title(found["name"])]

    @cached_property
    def _by_title(self) -> Mapping[str, str]:
        return {seat_title(seat): name for seat, name in self.names.items()}

    @cached_property
    def _listed(self) -> re.Pattern[str]:
        """A seat's name where this program puts one: at the start, in lists, after "by"."""
        spelt = {spelling for seat in self.names for spelling in (seat, seat_title(seat))}
        before = r"(?:^|(?<=, )|(?<=: )|(?<=\()|(?<=\bto )|(?<=\bby )|(?<=\bfor )|(?<=\bof ))"
        after = r"(?=[,.:;)]|$| (?:failed|gave|neither|rated|share|stated|that|was|were)\b)"
        return re.compile(rf"{before}(?P<name>{_any(spelt)}){after}")

    @cached_property
    def _titles(self) -> re.Pattern[str]:
        """A seat as models were told of it, wherever it stands."""
        titles = [title for title in self._by_title if len(title) > 1]
        foreign = [t for t in titles if not re.search(rf"(?<!\w){re.escape(t)}(?!\w)", self._kept)]
        return re.compile(rf"(?<!\w)(?P<name>{_any(foreign)})(?!\w)")

    @cached_property
    def _models(self) -> re.Pattern[str]:
        return _whole(self._model_strings)

    @cached_property
    def _cited(self) -> re.Pattern[str]:
        """Models as another model may cite them; a title that is a plain word is only a word."""
        strings = (name for name in self._model_strings if not name.isalpha())
        return _whole(name for name in strings if not _whole([name]).search(self._kept))

    @cached_property
    def _model_strings(self) -> frozenset[str]:
        models = {*self.served, *(candidate.model for _, candidate in self._candidates)} - {CALLER}
        return frozenset(chain.from_iterable((model, model_title(model)) for model in models))

    @cached_property
    def _identities(self) -> frozenset[str]:
        own = (_identities_with(seat, candidate) for seat, candidate in self._candidates)
        served = (identities(self.case.seats[0], model) for model in self.served)
        return frozenset().union(*own, *served)

    @cached_property
    def _candidates(self) -> tuple[tuple[Seat, Candidate], ...]:
        """Every model that may answer, with a seat for which it may.

        The arbiter, whose name nobody hides, and substitutes are told by their models alone.
        """
        own = ((seat, each) for seat in self.case.seats for each in seat.candidates)
        arbiters = self.case.arbiter.candidates if self.case.arbiter else ()
        others = (*arbiters, *self.case.substitutes)
        return (*own, *((self.case.seats[0], each) for each in others))

    @cached_property
    def _kept(self) -> str:
        return "\n".join(self.case.wording)


def _identities_with(seat: Seat, candidate: Candidate) -> frozenset[str]:
    """The names by which a seat could give itself away while that candidate serves it."""
    served = seat.model_copy(update={"model": candidate.model, "family": candidate.family})
    return identities(served, candidate.model)


def _sorted(listed: re.Match[str]) -> str:
    return ", ".join(sorted(listed[0].split(", "), key=_number))


def _number(voice: str) -> int:
    return int(voice.rpartition(" ")[2])


def mask_of(dossier: Dossier) -> Mask:
    """The mask of a dossier, which knows every model that has answered in it."""
    replies = (response.reply for response in dossier.responses)
    served = {reply.served_by for reply in replies if isinstance(reply, Answered)}
    return Mask(dossier.case, tuple(sorted(served)))


def _whole(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/-]){_any(words)}(?![\w-])")


def _any(words: Iterable[str]) -> str:
    longest_first = sorted(words, key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, longest_first)) or '(?!)'})"


def anonymised(verdict: Verdict, case: Case) -> Verdict:
    """The verdict of an anonymous case, with neutral voices in place of its seats."""
    served = {ballot.served_by for ballot in verdict.ballots if ballot.served_by}
    if verdict.arbiter and verdict.arbiter.model:
        served.add(verdict.arbiter.model)
    mask = Mask(case, tuple(sorted(served)))
    masked = _Masked(mask)
    return verdict.model_copy(
        update={
            "warnings": masked.warnings(verdict.warnings),
            "ruling": masked.position(verdict.ruling),
            "arbiter": verdict.arbiter and verdict.arbiter.model_copy(update={"model": None}),
            "answer": masked.words(verdict.answer),
            "tally": masked.tally(verdict.tally),
            "blind_vote": masked.blind_vote(verdict.blind_vote),
            "ballots": masked.ballots(verdict.ballots),
            "minority_report": masked.minority(verdict.minority_report),
            "mind_changes": masked.changes(verdict.mind_changes),
            "pivotal_seats": mask.several(verdict.pivotal_seats),
            "ranking": masked.ranking(verdict.ranking),
            "synthesis": masked.account(verdict.synthesis),
            "open_questions": tuple(map(mask.said, verdict.open_questions)),
        }
    )


@dataclass(frozen=True)
class _Masked:
    """The parts of a verdict behind a mask. What stood in seat order stands in that of voices."""

    mask: Mask

    def warnings(self, warnings: Sequence[str]) -> tuple[str, ...]:
        told = [self.mask.told(warning) for warning in warnings]
        of_voices = iter(sorted(filter(_VOICE.match, told)))
        return tuple(next(of_voices) if _VOICE.match(warning) else warning for warning in told)

    def words(self, text: str | None) -> str | None:
        return None if text is None else self.mask.said(text)

    def position(self, position: str | None) -> str | None:
        return None if position is None else self.mask.position(position)

    def tally(self, entries: Sequence[TallyEntry]) -> tuple[TallyEntry, ...]:
        return tuple(
            entry.model_copy(
                update={
                    "position": self.position(entry.position),
                    "seats": self.mask.several(entry.seats),
                }
            )
            for entry in entries
        )

    def blind_vote(self, blind: BlindVote | None) -> BlindVote | None:
        return blind and blind.model_copy(
            update={"ruling": self.position(blind.ruling), "tally": self.tally(blind.tally)}
        )

    def ballots(self, records: Sequence[BallotRecord]) -> tuple[BallotRecord, ...]:
        mask = self.mask
        return tuple(
            record.model_copy(
                update={
                    "seat": mask.name(record.seat),
                    "persona": None,
                    "model": None,
                    "served_by": None,
                    "position": self.position(record.position),
                    "summary": mask.told(mask.said(record.summary))
                    if record.kind in ("failed", "unreadable")
                    else mask.said(record.summary),
                }
            )
            for record in sorted(records, key=lambda record: mask.place(record.seat))
        )

    def minority(self, reports: Sequence[MinorityReport]) -> tuple[MinorityReport, ...]:
        def order(report: MinorityReport) -> tuple[int, int]:
            return -len(report.seats), min(map(self.mask.place, report.seats))

        return tuple(
            report.model_copy(
                update={
                    "position": self.position(report.position),
                    "seats": self.mask.several(report.seats),
                    "argument": self.mask.said(report.argument),
                    "would_flip": self.words(report.would_flip),
                }
            )
            for report in sorted(reports, key=order)
        )

    def changes(self, changes: Sequence[MindChange]) -> tuple[MindChange, ...]:
        return tuple(
            change.model_copy(
                update={
                    "seat": self.mask.name(change.seat),
                    "from_": self.position(change.from_),
                    "to": self.position(change.to),
                    "because": self.words(change.because),
                }
            )
            for change in sorted(changes, key=lambda c: (c.round, self.mask.place(c.seat)))
        )

    def ranking(self, drafts: tuple[RankedDraft, ...] | None) -> tuple[RankedDraft, ...] | None:
        return drafts and tuple(
            draft.model_copy(
                update={"seat": self.mask.name(draft.seat), "text": self.mask.said(draft.text)}
            )
            for draft in drafts
        )

    def account(self, account: Synthesis | None) -> Synthesis | None:
        return account and Synthesis(
            **{kind: tuple(map(self.mask.said, points)) for kind, points in account}
        )

"""Core: the method ``consensus``. Common ground, drafted and then ratified or objected to.

A consensus nobody ratified is invented: the ballots that count are the seats' acceptances
of the draft, not the draft. A later draft is written in view of the objections to the one
before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from magi_mcp.core.asks import Ask, Refused, Replies, Round
from magi_mcp.core.ballots import Ballot, Missing, Position, Unreadable
from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.conclusion import minority_entry
from magi_mcp.core.floor import Count, Floor, Heard, heard_in
from magi_mcp.core.forms import BallotForm, Closed, Open, StatementForm
from magi_mcp.core.method import Steps, ballot_form, stated, tally_of
from magi_mcp.core.names import renamed
from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.rapporteur import Unwritten, by_claim, candidates, written
from magi_mcp.core.verdict import Findings, MindChange
from magi_mcp.core.views import impersonal, own_view, question_view

ACCEPT, OBJECT = "accept", "object"

_SCALE = Closed(Choices(labels=(ACCEPT, OBJECT), ids=(ACCEPT, OBJECT)))
_DRAFT = StatementForm(
    "what all members can sign, in one to four sentences: substance, not that they differ"
)
_NO_DRAFT = "Round {number}: no seat could draft the common ground, so there was none to accept."
_UNPAID = "Round {number}: the budget did not allow the common ground to be drafted{because}."
_CARRIED = "What the seats said of the draft of an earlier round stands."
_NOT_PUT = "Round {number}: the {reason} did not allow the draft to be put to the seats{because}."


@dataclass(frozen=True)
class Ratification(Count):
    """A count whose votes are acceptances: the draft, and what each seat said of it.

    ``unheard`` is how many answers came to no draft, or to one that was put to nobody.
    """

    draft: str | None = None
    said: Mapping[str, Heard] = field(default_factory=dict)
    unheard: int = 0

    def ballots(self, standing: Mapping[str, Heard]) -> Mapping[str, Heard]:
        """Acceptances and objections; a seat that could not be asked keeps why."""
        return {seat: self.said.get(seat, heard) for seat, heard in standing.items()}

    def missing(self, standing: Mapping[str, Heard]) -> int:
        """How many acceptances or objections were lost, or could not be asked for."""
        return super().missing(standing) + self.unheard

    def stance(self, ballot: Ballot) -> str | None:
        """The answer as it is worded: without a grouping nothing else can be told."""
        return normal_form(ballot.position) if isinstance(ballot, Position) else None


class Consensus:
    """What all can sign, and who cannot."""

    name = "consensus"

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """A ballot whose position is in the seat's own words."""
        return ballot_form(case, Open(), revision=revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """Nothing beside the question."""
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Draft the common ground of the standing answers, and put it to every seat."""
        warnings: tuple[str, ...] = ()
        said: dict[str, Heard] = {}
        draft = yield from _drafted(case, floor)
        if isinstance(draft, Unwritten):
            warnings = (_undrafted(floor, draft),)
        else:
            replies = yield _ratification_round(case, floor, draft)
            if isinstance(replies, Refused):
                warnings = (
                    _NOT_PUT.format(
                        number=floor.number, reason=replies.reason, because=replies.because
                    ),
                )
            else:
                said = _heard(case, floor, replies)
                warnings = tuple(_lost(said))
        if not said and isinstance(floor.count, Ratification) and floor.count.said:
            return _carried(floor, floor.count, warnings)
        votes = _votes(said)
        tally = tally_of(case, votes)
        share = Fraction(_accepts(votes), len(case.seats))
        won = tally.ruling == ACCEPT
        return Ratification(
            tally=tally,
            labels={position: position for position in stated(floor)},
            share=share,
            settled=won and share >= case.limits.settled,
            won=won,
            warnings=warnings,
            of_positions=False,
            draft=draft if isinstance(draft, str) else None,
            said=said,
            unheard=0 if said else len(floor.positions()),
        )

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: nobody can agree in place of the seats."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The draft, ruled where enough seats accepted it; the objections in either case."""
        yield from ()
        count = floor.count
        assert isinstance(count, Ratification)
        objected = count.tally.ruling == OBJECT
        votes = _votes(count.said)
        findings = findings.model_copy(
            update={
                "outcome": "below_threshold" if objected else count.tally.outcome,
                "ruling": count.draft if count.won else None,
                "decided_by": "votes" if count.won else "none",
                "answer": count.draft,
                "agreement": _accepts(votes) / len(votes) if votes else None,
                "minority_report": tuple(
                    minority_entry(case, floor, OBJECT, (seat,))
                    for seat, vote in votes.items()
                    if vote == OBJECT
                ),
                "mind_changes": tuple(filter(_is_change, findings.mind_changes)),
                "pivotal_seats": _pivotal(case, votes, won=count.won),
            }
        )
        return findings, floor


def _carried(floor: Floor, earlier: Ratification, warnings: tuple[str, ...]) -> Ratification:
    """The ratification of an earlier round: what the seats signed there they have signed."""
    return replace(
        earlier,
        labels={position: position for position in stated(floor)},
        warnings=(*warnings, _CARRIED),
        carried=True,
    )


def _votes(said: Mapping[str, Heard]) -> dict[str, str]:
    return {s: h.ballot.position for s, h in said.items() if isinstance(h.ballot, Position)}


def _accepts(votes: Mapping[str, str]) -> int:
    return sum(vote == ACCEPT for vote in votes.values())


def _undrafted(floor: Floor, unwritten: Unwritten) -> str:
    refused = unwritten.refused
    if refused is not None and refused.reason == "budget":
        return _UNPAID.format(number=floor.number, because=refused.because)
    return _NO_DRAFT.format(number=floor.number)


def _drafted(case: Case, floor: Floor) -> Steps[str | Unwritten]:
    """The common ground as the seats will read it: without names, its author's own included."""
    if not floor.positions():
        return Unwritten()
    draft = yield from written(
        case,
        floor,
        candidates(case, floor, by_claim(case, floor.positions())),
        _DRAFT,
        purpose="draft",
        template="common_ground",
        material=_earlier(case, floor),
    )
    if isinstance(draft, Unwritten):
        return draft
    text = impersonal(case, floor, draft.statement.text)
    return renamed(text, draft.names, {})


def _earlier(case: Case, floor: Floor) -> dict[str, str]:
    """The draft of the round before and the objections to it, which a new one has to meet."""
    count = floor.count
    if not isinstance(count, Ratification) or count.draft is None:
        return {}
    objections = [
        f"- {impersonal(case, floor, heard.ballot.argument)} "
        f"What would win acceptance: {impersonal(case, floor, heard.ballot.would_flip or '?')}"
        for heard in count.said.values()
        if isinstance(heard.ballot, Position) and heard.ballot.position == OBJECT
    ]
    material = {"earlier draft": count.draft}
    return {**material, "objections to it": "\n".join(objections)} if objections else material


def _ratification_round(case: Case, floor: Floor, draft: str) -> Round:
    form = BallotForm(_SCALE, abstain=case.allow_abstain)
    round_id = f"r{floor.number}.ratification"
    asks = tuple(
        _ratification(case, floor, seat.name, f"{round_id}/{seat.name}", draft, form)
        for seat in case.seats
        if not isinstance(floor.blind[seat.name].ballot, Missing)
    )
    return Round(round_id, floor.number, "ratification", asks)


def _ratification(
    case: Case, floor: Floor, seat: str, ask_id: str, draft: str, form: BallotForm
) -> Ask:
    prompt = render(
        case.prompts["ratification"],
        task=question_view(case, ask_id),
        own=own_view(case, floor, seat),
        draft=fenced("draft", draft, nonce(case.seed, ask_id, draft)),
        reply_form=form.instructions(),
    )
    system = system_prompt(case, case.seat(seat).lens)
    return Ask(ask_id, seat, "ratification", system, prompt, form)


def _heard(case: Case, floor: Floor, replies: Replies) -> dict[str, Heard]:
    form = BallotForm(_SCALE, abstain=case.allow_abstain)
    return {
        seat: heard_in(floor.number, seat, reply, form) for seat, reply in replies.by_seat.items()
    }


def _lost(said: Mapping[str, Heard]) -> list[str]:
    return [
        f"{seat} failed to accept or object in round {heard.round_number}: {heard.ballot.reason}"
        for seat, heard in said.items()
        if isinstance(heard.ballot, Missing | Unreadable)
    ]


def _is_change(change: MindChange) -> bool:
    """Whether a seat changed its mind and not only its words.

    Answers are not grouped here, so of two wordings only a named cause, or a step to or from
    an abstention, tells a change.
    """
    if change.from_ is None or change.to is None:
        return True
    return change.because is not None and normal_form(change.from_) != normal_form(change.to)


def _pivotal(case: Case, votes: Mapping[str, str], *, won: bool) -> tuple[str, ...]:
    def would_win_without(seat: str) -> bool:
        return tally_of(case, {s: v for s, v in votes.items() if s != seat}).ruling == ACCEPT

    return tuple(seat for seat in votes if would_win_without(seat) != won)

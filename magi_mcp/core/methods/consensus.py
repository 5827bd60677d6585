"""Core: the method ``consensus``. Common ground, drafted and then ratified or objected to.

A consensus nobody ratified is invented: the ballots that count are the seats' acceptances
of the draft, not the draft.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.ballots import Ballot, Missing, Position
from magi_mcp.core.case import Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.floor import Count, Floor, read
from magi_mcp.core.forms import BallotForm, Closed, Open, Statement, StatementForm
from magi_mcp.core.method import Steps, ballot_form, stated, tally_of
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.rapporteur import by_claim, candidates, written
from magi_mcp.core.tallies import Tally
from magi_mcp.core.verdict import Findings, MinorityReport
from magi_mcp.core.views import context_view, own_view

ACCEPT, OBJECT = "accept", "object"

_SCALE = Closed(Choices(labels=(ACCEPT, OBJECT), ids=(ACCEPT, OBJECT)))
_DRAFT = StatementForm(
    "what all members can sign, in one to four sentences: substance, not that they differ"
)


@dataclass(frozen=True)
class Ratification(Count):
    """A count whose votes are acceptances: the draft, and what each seat said of it."""

    draft: str | None = None
    ballots: Mapping[str, Ballot] | None = None


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
        labels = {position: position for position in stated(floor)}
        draft = yield from _drafted(case, floor)
        ballots: dict[str, Ballot] = {}
        if draft is not None:
            ballots = yield from _ratified(case, floor, draft)
        votes = {s: b.position for s, b in ballots.items() if isinstance(b, Position)}
        tally = tally_of(case, votes)
        accepted = sum(vote == ACCEPT for vote in votes.values())
        warnings = () if draft else ("No seat could draft the common ground.",)
        return Ratification(
            tally=tally,
            labels=labels,
            share=tally.routing_share if tally.ruling == ACCEPT else tally.routing_share * 0,
            settled=tally.ruling == ACCEPT and accepted >= case.limits.settled * len(case.seats),
            won=tally.ruling == ACCEPT,
            warnings=warnings,
            of_positions=False,
            draft=draft,
            ballots=ballots,
        )

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: nobody can agree in place of the seats."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The draft where enough seats accepted it, the objections in either case."""
        yield from ()
        count = floor.count
        assert isinstance(count, Ratification)
        accepted = count.tally.ruling == ACCEPT
        objected = count.tally.ruling == OBJECT
        accepts = next((e.votes for e in count.tally.entries if e.position == ACCEPT), 0)
        findings = findings.model_copy(
            update={
                "outcome": "below_threshold" if objected else count.tally.outcome,
                "ruling": count.draft if accepted else None,
                "decided_by": "votes" if accepted else "none",
                "answer": count.draft,
                "agreement": accepts / count.tally.counted if count.tally.counted else None,
                "minority_report": tuple(_objections(count.ballots or {})),
                "pivotal_seats": _pivotal(case, count),
            }
        )
        return findings, floor


def _drafted(case: Case, floor: Floor) -> Steps[str | None]:
    writers = candidates(case, floor, by_claim(case, floor.positions()))
    if not floor.positions():
        return None
    statement: Statement | None = yield from written(
        case, floor, writers, _DRAFT, purpose="draft", template="common_ground"
    )
    return statement.text if statement else None


def _ratified(case: Case, floor: Floor, draft: str) -> Steps[dict[str, Ballot]]:
    form = BallotForm(_SCALE)
    round_id = f"r{floor.number}.ratification"
    asks = tuple(
        _ratification(case, floor, seat.name, f"{round_id}/{seat.name}", draft, form)
        for seat in case.seats
        if not isinstance(floor.blind[seat.name].ballot, Missing)
    )
    replies = yield Round(round_id, floor.number, "ratification", asks)
    if isinstance(replies, Refused):
        return {}
    return {seat: read(reply, form) for seat, reply in replies.by_seat.items()}


def _ratification(
    case: Case, floor: Floor, seat: str, ask_id: str, draft: str, form: BallotForm
) -> Ask:
    prompt = render(
        case.prompts["ratification"],
        task=render(
            case.prompts["consensus"],
            question=case.question,
            context=context_view(case, ask_id),
            reply_form="",
        ),
        own=own_view(case, floor.standing[seat]),
        draft=fenced("draft", draft, nonce(case.seed, ask_id, draft)),
        reply_form=form.instructions(),
    )
    system = system_prompt(case, case.seat(seat).lens)
    return Ask(ask_id, seat, "ratification", system, prompt, form)


def _objections(ballots: Mapping[str, Ballot]) -> list[MinorityReport]:
    return [
        MinorityReport(
            position=OBJECT,
            seats=(seat,),
            argument=ballot.argument,
            would_flip=ballot.would_flip,
            base_rate=None,
        )
        for seat, ballot in ballots.items()
        if isinstance(ballot, Position) and ballot.position == OBJECT
    ]


def _pivotal(case: Case, count: Ratification) -> tuple[str, ...]:
    votes = {s: b.position for s, b in (count.ballots or {}).items() if isinstance(b, Position)}

    def without(seat: str) -> Tally:
        return tally_of(case, {s: vote for s, vote in votes.items() if s != seat})

    return tuple(
        seat for seat in votes if (without(seat).ruling == ACCEPT) != (count.tally.ruling == ACCEPT)
    )

"""Core: the method ``compose``. Every seat drafts, then rates the others' drafts blind.

Nobody rates their own draft. Drafts are ranked by the mean score adjusted for the raters'
levels; the plain mean stands beside it. In a protocol that argues, every draft is revised in
view of the others, and the revised ones are rated anew.
"""

from collections.abc import Mapping
from fractions import Fraction

from magi_mcp.core.adjustment import Scores
from magi_mcp.core.anonymity import shown_names
from magi_mcp.core.asks import Ask, Refused, Replies, Round
from magi_mcp.core.ballots import Missing
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import Closed, DraftForm, Rating, RatingForm, Ratings
from magi_mcp.core.method import Steps, stated, tally_of
from magi_mcp.core.methods.ruling import asked_for
from magi_mcp.core.names import restored
from magi_mcp.core.prompts import render, system_prompt
from magi_mcp.core.pseudonyms import Blinding, blinding
from magi_mcp.core.ranking import (
    Ranking,
    agreement,
    dissent,
    first_of,
    praise,
    scores_of,
    standings_of,
)
from magi_mcp.core.replies import Abstained, Answered, Failed
from magi_mcp.core.verdict import BallotRecord, Findings, RankedDraft
from magi_mcp.core.views import context_view, peer_views, spoken

_UNRATED = "Round {number}: the {reason} did not allow the drafts to be rated{because}."
_LEVELS = (
    "The raters' own levels could not be told from the drafts' quality, as too few rated the "
    "same drafts; drafts are ranked by plain means."
)
_UNWRITTEN = "Drafts are ranked as they were written: no rapporteur was asked."


class Compose:
    """Drafts, ranked by everyone but their authors."""

    name = "compose"

    def form(self, case: Case, *, revision: bool) -> DraftForm:
        """A draft of any length."""
        return DraftForm(revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """Nothing beside the question."""
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Have the standing drafts rated, and rank them."""
        asked = _rating_round(case, floor)
        ratings: dict[str, dict[str, Rating]] = {}
        warnings: list[str] = []
        lost: set[str] = set()
        if asked is not None:
            replies = yield asked
            if isinstance(replies, Refused):
                warnings = [
                    _UNRATED.format(
                        number=floor.number, reason=replies.reason, because=replies.because
                    )
                ]
                lost = {ask.seat for ask in asked.asks}
            else:
                ratings, warnings = _read(asked, replies)
                given = replies.by_seat.items()
                lost = {s for s, r in given if s not in ratings and not isinstance(r, Abstained)}
        return _ranking(case, floor, ratings, warnings, frozenset(lost))

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: a ranking has no sides."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The ranking, the best draft by number, and who put another one first.

        Where only one draft could be had, it is the answer, though nobody chose it.
        """
        yield from ()
        count = floor.count
        assert isinstance(count, Ranking)
        numbers = _numbers(case)
        best = count.standings.first if count.won else None
        drafts = _ranked(floor, count, numbers)
        alone = drafts[0].text if len(drafts) == 1 else None
        findings = findings.model_copy(
            update={
                "outcome": "ranking" if best else "tie" if count.quorate else "no_quorum",
                "ruling": str(numbers[best]) if best else None,
                "decided_by": "votes" if best else "none",
                "answer": praise(count, best) if best else alone,
                "agreement": agreement(count),
                "ballots": tuple(map(_in_brief, findings.ballots)),
                "minority_report": dissent(count, numbers, best),
                "mind_changes": (),
                "pivotal_seats": _pivotal(case, floor, count),
                "ranking": drafts,
            }
        )
        return findings, floor.warned(_UNWRITTEN) if asked_for(case) else floor


def _in_brief(ballot: BallotRecord) -> BallotRecord:
    """A draft's record without its text, which stands in the ranking."""
    if ballot.kind != "position":
        return ballot
    return ballot.model_copy(update={"summary": ballot.position or ""})


def _numbers(case: Case) -> dict[str, int]:
    """Drafts are numbered from 1 in the order in which people are shown their seats."""
    return {seat: number for number, seat in enumerate(shown_names(case), start=1)}


def _rating_round(case: Case, floor: Floor) -> Round | None:
    drafts = floor.positions()
    raters = [
        seat.name
        for seat in case.seats
        if not isinstance(floor.blind[seat.name].ballot, Missing) and set(drafts) - {seat.name}
    ]
    if not raters:
        return None
    round_id = f"r{floor.number}.rating"
    names = blinding(case.seed, floor.number + 1, drafts, spoken=spoken(case, floor))
    asks = tuple(_rating(case, floor, seat, f"{round_id}/{seat}", names) for seat in raters)
    return Round(round_id, floor.number, "rating", asks, names.names)


def _rating(case: Case, floor: Floor, seat: str, ask_id: str, names: Blinding) -> Ask:
    peers = names.peers_of(seat)
    form = RatingForm(tuple(name for _, name in peers))
    prompt = render(
        case.prompts["rating"],
        question=case.question,
        context=context_view(case, ask_id),
        drafts=peer_views(case, floor, peers, ask_id),
        reply_form=form.instructions(),
    )
    return Ask(ask_id, seat, "rating", system_prompt(case, case.seat(seat).lens), prompt, form)


def _read(asked: Round, replies: Replies) -> tuple[dict[str, dict[str, Rating]], list[str]]:
    """Ratings by rater and author, and in words what could not be used."""
    authors = {name: seat for seat, name in asked.pseudonyms.items()}
    ratings: dict[str, dict[str, Rating]] = {}
    warnings: list[str] = []
    for ask in asked.asks:
        reply = replies.by_seat[ask.seat]
        assert isinstance(ask.form, RatingForm)
        said = ask.form.read(reply.text) if isinstance(reply, Answered) else _why_none(reply)
        if isinstance(said, str):
            warnings.append(f"{ask.seat} rated no draft in round {asked.number}: {said}")
            continue
        ratings[ask.seat] = {
            authors[rating.draft]: Rating(
                rating.draft, rating.score, restored(rating.why, asked.pseudonyms)
            )
            for rating in said.given
        }
        if said.unattributed:
            listed = restored("; ".join(said.unattributed), asked.pseudonyms)
            warnings.append(f"Ratings by {ask.seat} that belong to no draft: {listed}")
        unrated = [seat for name, seat in authors.items() if _is_unrated(name, ask, said)]
        if unrated:
            warnings.append(f"{ask.seat} rated no draft by {', '.join(unrated)}.")
    return ratings, warnings


def _why_none(reply: Abstained | Failed) -> str:
    if isinstance(reply, Failed):
        return f"{reply.failure}: {reply.detail}"
    return reply.reason or "abstained"


def _is_unrated(name: str, ask: Ask, said: Ratings) -> bool:
    assert isinstance(ask.form, RatingForm)
    return name in ask.form.names and name not in {rating.draft for rating in said.given}


def _ranking(
    case: Case,
    floor: Floor,
    ratings: Mapping[str, Mapping[str, Rating]],
    warnings: list[str],
    lost: frozenset[str],
) -> Ranking:
    scores = scores_of(ratings)
    standings = standings_of(scores)
    if standings.means and not standings.adjusted:
        warnings = [*warnings, _LEVELS]
    numbers = _numbers(case)
    firsts = {rater: first for rater, given in scores.items() if (first := first_of(given))}
    best = standings.order[0] if standings.order else None
    share = Fraction(
        sum(first == best for rater, first in firsts.items() if rater != best),
        max(1, len(case.seats) - 1),
    )
    quorate = _quorate(case, floor, scores)
    won = quorate and standings.first is not None
    return Ranking(
        tally=tally_of(case, {rater: str(numbers[author]) for rater, author in firsts.items()}),
        labels={position: position for position in stated(floor)},
        share=share,
        settled=won and share >= case.limits.settled,
        won=won,
        warnings=tuple(warnings),
        of_positions=False,
        ratings=ratings,
        standings=standings,
        quorate=quorate,
        lost=lost,
    )


def _quorate(case: Case, floor: Floor, scores: Scores) -> bool:
    """Enough drafts to choose from and enough raters to choose (semantics R2).

    A single draft is no choice, however many there are to rate it.
    """
    needed = min(case.limits.min_voices, len(case.seats))
    return len(scores) >= needed and len(floor.positions()) >= max(2, needed)


def _ranked(floor: Floor, count: Ranking, numbers: Mapping[str, int]) -> tuple[RankedDraft, ...]:
    """All drafts, those that nobody rated last: what was written is never dropped."""
    drafts = floor.positions()
    unrated = [seat for seat in drafts if seat not in count.standings.order]
    return tuple(
        RankedDraft(
            draft=numbers[seat],
            seat=seat,
            adjusted=_float(count.standings.adjusted.get(seat)),
            mean=_float(count.standings.means.get(seat)),
            text=drafts[seat].argument,
        )
        for seat in (*count.standings.order, *unrated)
    )


def _pivotal(case: Case, floor: Floor, count: Ranking) -> tuple[str, ...]:
    """The raters without whose scores another draft, or none, would have won."""
    if not count.won:
        return ()
    scores = scores_of(count.ratings)

    def winner_without(seat: str) -> str | None:
        rest = {rater: given for rater, given in scores.items() if rater != seat}
        return standings_of(rest).first if _quorate(case, floor, rest) else None

    return tuple(seat for seat in scores if winner_without(seat) != count.standings.first)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)

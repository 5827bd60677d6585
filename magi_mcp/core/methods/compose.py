"""Core: the method ``compose``. Every seat drafts, then rates the others' drafts blind.

Nobody rates their own draft. Drafts are ranked by the mean score adjusted for the raters'
levels; the plain mean stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from magi_mcp.core.adjustment import adjusted_means, plain_means
from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.ballots import Missing
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import Closed, DraftForm, Rating, RatingForm
from magi_mcp.core.method import Steps, stated, tally_of
from magi_mcp.core.names import restored
from magi_mcp.core.prompts import render, system_prompt
from magi_mcp.core.pseudonyms import Blinding, blinding
from magi_mcp.core.replies import Answered, Reply
from magi_mcp.core.verdict import Findings, MinorityReport, RankedDraft
from magi_mcp.core.views import context_view, peer_views, spoken
from magi_mcp.core.words import seat_title


@dataclass(frozen=True)
class Ranking(Count):
    """A count whose votes are first places: what each rater said of each author's draft."""

    ratings: Mapping[str, Mapping[str, Rating]] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    adjusted: Mapping[str, Fraction] = field(default_factory=dict)
    means: Mapping[str, Fraction] = field(default_factory=dict)


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
        if asked is not None:
            replies = yield asked
            if not isinstance(replies, Refused):
                ratings, warnings = _read(asked, replies.by_seat)
        return _ranking(case, floor, ratings, warnings)

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: a ranking has no sides."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The ranking, the best draft by number, and who put another one first."""
        yield from ()
        count = floor.count
        assert isinstance(count, Ranking)
        numbers = _numbers(case)
        best = count.order[0] if count.order else None
        ranked = tuple(
            RankedDraft(
                draft=numbers[seat],
                seat=seat,
                adjusted=_float(count.adjusted.get(seat)),
                mean=_float(count.means.get(seat)),
                text=floor.positions()[seat].argument,
            )
            for seat in count.order
        )
        outcome = "ranking" if count.won else "tie" if len(ranked) > 1 else "no_quorum"
        findings = findings.model_copy(
            update={
                "outcome": outcome,
                "ruling": str(numbers[best]) if count.won and best else None,
                "decided_by": "votes" if count.won else "none",
                "answer": _praise(count, best) if count.won and best else None,
                "agreement": float(_first_places(count, best)) if best else None,
                "minority_report": _minority(count, numbers, best) if count.won else (),
                "mind_changes": (),
                "ranking": ranked,
            }
        )
        return findings, floor


def _numbers(case: Case) -> dict[str, int]:
    """Drafts are numbered by their seats' places on the council, from 1."""
    return {seat.name: number for number, seat in enumerate(case.seats, start=1)}


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


def _read(
    asked: Round, replies: Mapping[str, Reply]
) -> tuple[dict[str, dict[str, Rating]], list[str]]:
    authors = {name: seat for seat, name in asked.pseudonyms.items()}
    ratings: dict[str, dict[str, Rating]] = {}
    warnings: list[str] = []
    for ask in asked.asks:
        reply = replies[ask.seat]
        assert isinstance(ask.form, RatingForm)
        said = ask.form.read(reply.text) if isinstance(reply, Answered) else "no answer"
        if isinstance(said, str):
            warnings.append(f"{ask.seat} rated no draft: {said}")
            continue
        ratings[ask.seat] = {
            authors[rating.draft]: Rating(
                rating.draft, rating.score, restored(rating.why, asked.pseudonyms)
            )
            for rating in said.given
        }
        if said.unattributed:
            listed = "; ".join(said.unattributed)
            warnings.append(f"Ratings by {ask.seat} that belong to no draft: {listed}")
    return ratings, warnings


def _ranking(
    case: Case, floor: Floor, ratings: dict[str, dict[str, Rating]], warnings: list[str]
) -> Ranking:
    scores = {
        rater: {author: rating.score for author, rating in given.items()}
        for rater, given in ratings.items()
    }
    means = plain_means(scores)
    fitted = adjusted_means(scores)
    if means and fitted is None:
        warnings = [
            *warnings,
            "The raters' own levels could not be told apart; drafts are ranked by plain means.",
        ]
    adjusted = means if fitted is None else fitted
    order = sorted(adjusted, key=lambda seat: (-adjusted[seat], -means[seat], seat))
    numbers = _numbers(case)
    firsts = {rater: first for rater, given in scores.items() if (first := _first(given))}
    tally = tally_of(case, {rater: str(numbers[author]) for rater, author in firsts.items()})
    unique = bool(order) and (len(order) == 1 or adjusted[order[0]] != adjusted[order[1]])
    quorate = len(ratings) >= min(case.limits.min_voices, len(case.seats))
    count = Ranking(
        tally=tally,
        labels={position: position for position in stated(floor)},
        share=Fraction(),
        settled=False,
        won=unique and quorate,
        warnings=tuple(warnings),
        of_positions=False,
        ratings=ratings,
        order=tuple(order),
        adjusted={} if fitted is None else fitted,
        means=means,
    )
    share = _first_places(count, order[0], len(case.seats) - 1) if order else Fraction()
    return replace(count, share=share, settled=count.won and share >= case.limits.settled)


def _first(given: Mapping[str, Fraction]) -> str | None:
    """The one draft a rater put above all others; None where two share its first place."""
    best = [author for author, score in given.items() if score == max(given.values())]
    return best[0] if len(best) == 1 else None


def _first_places(count: Ranking, author: str, raters: int | None = None) -> Fraction:
    """The share of raters, the author left out, that put a draft first."""
    others = {rater: given for rater, given in count.ratings.items() if rater != author}
    firsts = sum(
        _first({seat: r.score for seat, r in given.items()}) == author for given in others.values()
    )
    return Fraction(firsts, max(1, len(others) if raters is None else raters))


def _praise(count: Ranking, author: str) -> str | None:
    """Why the winner won, in the words of the rater that scored it highest."""
    given = [
        (rater, ratings[author]) for rater, ratings in count.ratings.items() if author in ratings
    ]
    _, best = max(given, key=lambda each: (each[1].score, bool(each[1].why), each[0]))
    return best.why or None


def _minority(
    count: Ranking, numbers: Mapping[str, int], winner: str | None
) -> tuple[MinorityReport, ...]:
    """The drafts that somebody put above the winner, with that rater's reason."""
    reports: list[MinorityReport] = []
    for author in count.order:
        backers = [
            rater
            for rater, given in count.ratings.items()
            if author != winner and _first({s: r.score for s, r in given.items()}) == author
        ]
        if backers:
            reports.append(
                MinorityReport(
                    position=f"Draft {numbers[author]} by {seat_title(author)}",
                    seats=tuple(backers),
                    argument=count.ratings[backers[0]][author].why,
                    would_flip=None,
                    base_rate=None,
                )
            )
    return tuple(reports)


def _float(value: Fraction | None) -> float | None:
    return None if value is None else round(float(value), 4)

"""Core: drafts ranked by what others scored them, and what the raters said for and against.

Authors never rate their own draft. A rater puts a draft first where it scored it above all
others; one that had a single draft to rate compared nothing and puts none first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from magi_mcp.core.adjustment import Scores, adjusted_means, plain_means
from magi_mcp.core.ballots import Ballot, Missing, Position, Unreadable
from magi_mcp.core.floor import Count, Heard
from magi_mcp.core.forms import Rating
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.verdict import MinorityReport
from magi_mcp.core.words import sentence


@dataclass(frozen=True)
class Standings:
    """Drafts by their authors, best first. ``adjusted`` is empty where no fit was possible."""

    order: tuple[str, ...]
    adjusted: Mapping[str, Fraction]
    means: Mapping[str, Fraction]

    @property
    def first(self) -> str | None:
        """The draft above all others; None on a tie at the top, or where none was rated."""
        scores = self.adjusted or self.means
        if not self.order:
            return None
        tied = len(self.order) > 1 and scores[self.order[0]] == scores[self.order[1]]
        return None if tied else self.order[0]


@dataclass(frozen=True)
class Ranking(Count):
    """A count whose votes are first places: what each rater said of each author's draft.

    ``lost`` are the seats whose ratings never came or could not be read.
    """

    ratings: Mapping[str, Mapping[str, Rating]] = field(default_factory=dict)
    standings: Standings = Standings((), {}, {})
    quorate: bool = False
    lost: frozenset[str] = frozenset()

    @property
    def voices(self) -> int:
        """How many seats rated drafts."""
        return len(self.ratings)

    @property
    def margin(self) -> int | None:
        """By how many first places the winner leads any other draft.

        Never below 0: the winner is first by its mean, and another draft may have been put
        first by more raters.
        """
        if not self.won or self.standings.first is None:
            return None
        firsts = [first_of(scores) for scores in scores_of(self.ratings).values()]
        winner, *others = (firsts.count(author) for author in self.standings.order)
        return max(0, winner - max(others, default=0))

    def missing(self, standing: Mapping[str, Heard]) -> int:
        """How many seats' drafts or ratings were lost."""
        drafts = {
            seat
            for seat, heard in standing.items()
            if isinstance(heard.ballot, Missing | Unreadable)
        }
        return len(self.lost | drafts)

    def stance(self, ballot: Ballot) -> str | None:
        """The whole draft: a revision may well begin in the same words."""
        return one_line(ballot.argument) if isinstance(ballot, Position) else None


def standings_of(scores: Scores) -> Standings:
    """The rated drafts, ranked by adjusted means; by plain ones where none can be fitted."""
    means = plain_means(scores)
    adjusted = adjusted_means(scores) or {}
    by = adjusted or means
    return Standings(
        order=tuple(sorted(by, key=lambda seat: (-by[seat], -means[seat], seat))),
        adjusted=adjusted,
        means=means,
    )


def scores_of(ratings: Mapping[str, Mapping[str, Rating]]) -> dict[str, dict[str, Fraction]]:
    """The bare scores, by rater and author."""
    return {
        rater: {author: rating.score for author, rating in given.items()}
        for rater, given in ratings.items()
    }


def tops_of(given: Mapping[str, Fraction]) -> list[str]:
    """The drafts to which a rater gave its highest score; none where it compared nothing."""
    return [a for a in given if given[a] == max(given.values())] if len(given) > 1 else []


def first_of(given: Mapping[str, Fraction]) -> str | None:
    """The one draft a rater put above all others; None where two share its first place."""
    tops = tops_of(given)
    return tops[0] if len(tops) == 1 else None


def agreement(count: Ranking) -> float | None:
    """The share of raters that put the leading draft first, its author left out.

    Raters that had one draft alone to rate compared nothing and are left out too.
    """
    if not count.standings.order:
        return None
    leader = count.standings.order[0]
    compared = [
        given
        for rater, given in scores_of(count.ratings).items()
        if rater != leader and len(given) > 1
    ]
    firsts = sum(first_of(given) == leader for given in compared)
    return firsts / len(compared) if compared else None


def praise(count: Ranking, author: str) -> str | None:
    """Why the winner won, in the words of the rater that scored it highest."""
    given = [
        (rater, ratings[author]) for rater, ratings in count.ratings.items() if author in ratings
    ]
    _, best = max(given, key=lambda each: (each[1].score, bool(each[1].why), each[0]))
    return best.why or None


def dissent(
    count: Ranking, numbers: Mapping[str, int], winner: str | None
) -> tuple[MinorityReport, ...]:
    """The drafts that somebody scored above the winner, for what reason, and against what.

    The winner's author could not have put it first and is no dissenter.
    """
    sides: dict[tuple[str, ...], list[str]] = {}
    for rater, given in scores_of(count.ratings).items():
        tops = tops_of(given)
        if tops and winner not in (rater, *tops):
            sides.setdefault(tuple(sorted(tops, key=lambda a: numbers[a])), []).append(rater)
    return tuple(
        MinorityReport(
            position=_named(tops, numbers),
            seats=tuple(raters),
            argument=_case_for(count, numbers, tops, raters[0], winner),
            would_flip=None,
            base_rate=None,
        )
        for tops, raters in sorted(sides.items(), key=lambda each: (-len(each[1]), each[0]))
    )


def _named(authors: tuple[str, ...], numbers: Mapping[str, int]) -> str:
    listed = " and ".join(str(numbers[author]) for author in authors)
    return f"{'draft' if len(authors) == 1 else 'drafts'} {listed}"


def _case_for(
    count: Ranking,
    numbers: Mapping[str, int],
    tops: tuple[str, ...],
    rater: str,
    winner: str | None,
) -> str:
    """A dissenting rater's words for what it put first, and on what won instead."""
    given = count.ratings[rater]
    words = [sentence(given[author].why) for author in tops]
    if winner is not None and winner in given:
        against = given[winner]
        words.append(
            f"On draft {numbers[winner]} ({float(against.score):g} of 10): {sentence(against.why)}"
        )
    return " ".join(word for word in words if word)

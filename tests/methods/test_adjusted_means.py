"""Mean scores without the raters' own levels. Semantics "compose"."""

from fractions import Fraction
from itertools import product

import pytest

from magi_mcp.core.adjustment import Scores, adjusted_means, plain_means
from magi_mcp.core.seeding import draw

Table = dict[str, dict[str, Fraction]]


def table(**rows: dict[str, float]) -> Table:
    """Rater -> draft -> score, the scores as the decimals they are written as."""
    return {
        rater: {draft: Fraction(str(score)) for draft, score in row.items()}
        for rater, row in rows.items()
    }


def fitted(scores: Scores) -> dict[str, Fraction]:
    means = adjusted_means(scores)
    assert means is not None
    return means


def ranks(means: dict[str, Fraction]) -> list[list[str]]:
    """The drafts by score, best first; those of equal score together."""
    return [
        sorted(draft for draft in means if means[draft] == score)
        for score in sorted(set(means.values()), reverse=True)
    ]


def number(lowest: int, highest: int, *path: object) -> int:
    """A number in that range, drawn by what it is for."""
    return lowest + int(draw("scores", *map(str, path))[:8], 16) % (highest - lowest + 1)


def a_round(seed: int, seats: int) -> Table:
    """Drawn scores of everybody for the drafts of everybody else."""
    names = [f"s{place}" for place in range(seats)]
    return {
        rater: {
            draft: Fraction(number(0, 20, seed, rater, draft), 2)
            for draft in names
            if draft != rater
        }
        for rater in names
    }


def squared_error(scores: Scores, drafts: dict[str, Fraction]) -> Fraction:
    """What an additive model misses, if each rater's level is the best one for these drafts."""
    error = Fraction()
    for row in scores.values():
        rest = [score - drafts[draft] for draft, score in row.items()]
        level = sum(rest, Fraction()) / len(rest)
        error += sum(((each - level) ** 2 for each in rest), Fraction())
    return error


@pytest.mark.parametrize("seed", range(12))
def test_no_other_scores_fit_the_ratings_better(seed: int) -> None:
    scores = a_round(seed, 3 + seed % 3)
    best = fitted(scores)
    least = squared_error(scores, best)
    for draft, step in product(best, (Fraction(-1, 7), Fraction(1, 1000), Fraction(2))):
        assert squared_error(scores, {**best, draft: best[draft] + step}) > least


@pytest.mark.parametrize("seed", range(12))
def test_the_fit_is_exact_where_scores_are_a_draft_plus_a_rater(seed: int) -> None:
    names = [f"s{place}" for place in range(4)]
    worth = {name: Fraction(number(0, 40, seed, name), 4) for name in names}
    level = {name: Fraction(number(-8, 8, seed, name, "level"), 4) for name in names}
    scores = {r: {d: worth[d] + level[r] for d in names if d != r} for r in names}
    average = sum(level.values(), Fraction()) / len(names)
    assert fitted(scores) == {draft: worth[draft] + average for draft in names}


@pytest.mark.parametrize("seed", range(8))
def test_a_raters_own_level_changes_no_adjusted_ranking(seed: int) -> None:
    scores = a_round(seed, 4)
    for rater, shift in product(scores, (Fraction(-3), Fraction(1, 3), Fraction(100))):
        moved = {**scores, rater: {d: score + shift for d, score in scores[rater].items()}}
        assert ranks(fitted(moved)) == ranks(fitted(scores))


def test_a_harsh_rater_lifts_its_own_draft_by_plain_means_alone() -> None:
    scores = table(ada={"ben": 1, "cleo": 1}, ben={"ada": 7, "cleo": 9}, cleo={"ada": 7, "ben": 8})
    assert max(plain_means(scores), key=lambda draft: plain_means(scores)[draft]) == "ada"
    assert ranks(fitted(scores))[0] == ["cleo"]
    assert ranks(fitted(scores))[-1] == ["ada"]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_raters_and_drafts_changes_nothing(seed: int) -> None:
    scores = a_round(seed, 5)
    backwards = {r: dict(reversed(list(row.items()))) for r, row in reversed(scores.items())}
    assert fitted(backwards) == fitted(scores)


@pytest.mark.parametrize("seed", range(8))
def test_names_of_seats_change_nothing_but_names(seed: int) -> None:
    scores = a_round(seed, 4)
    other = {"s0": "zoe", "s1": "ada", "s2": "mia", "s3": "s0"}
    named = {other[r]: {other[d]: score for d, score in row.items()} for r, row in scores.items()}
    assert fitted(named) == {other[draft]: mean for draft, mean in fitted(scores).items()}


@pytest.mark.parametrize("seed", range(8))
def test_a_better_score_never_lowers_the_draft_that_got_it(seed: int) -> None:
    scores = a_round(seed, 4)
    for rater, row in scores.items():
        for draft in row:
            raised = {**scores, rater: {**row, draft: row[draft] + 1}}
            before, after = fitted(scores), fitted(raised)
            for other in before:
                assert after[draft] - after[other] >= before[draft] - before[other]


def test_equal_scores_tie() -> None:
    scores = table(
        ada={"ben": 0.3, "cleo": 0.3}, ben={"ada": 7, "cleo": 7}, cleo={"ada": 2, "ben": 2}
    )
    assert len(set(fitted(scores).values())) == 1


def test_without_differences_between_raters_both_means_are_the_same() -> None:
    scores = table(ada={"ben": 6, "cleo": 4}, ben={"ada": 8, "cleo": 4}, cleo={"ada": 8, "ben": 6})
    assert fitted(scores) == plain_means(scores) == {"ada": 8, "ben": 6, "cleo": 4}


@pytest.mark.parametrize(
    "scores",
    [
        table(ada={"ben": 5}, ben={"ada": 7}),
        table(ada={"ben": 5, "cleo": 6}, dora={"emil": 7, "fay": 2}),
        table(ada={"ben": 5, "cleo": 6}, ben={"ada": 3}),
        {},
        {"ada": {}},
    ],
    ids=["two seats", "two islands", "a draft rated alone", "nobody", "nothing"],
)
def test_levels_that_cannot_be_told_are_not_made_up(scores: Scores) -> None:
    assert adjusted_means(scores) is None


def test_a_rater_without_ratings_and_a_draft_rated_by_one_are_no_obstacle() -> None:
    scores = table(ada={"ben": 5, "cleo": 6}, ben={}, dora={"ben": 3, "cleo": 4, "ada": 9})
    assert fitted(scores) == {"ada": Fraction(10), "ben": Fraction(4), "cleo": Fraction(5)}


def test_plain_means_are_exact_and_leave_out_what_nobody_rated() -> None:
    scores = table(ada={"ben": 0.1}, cleo={"ben": 0.2}, dora={"ben": 0.3})
    assert plain_means(scores) == {"ben": Fraction(1, 5)}

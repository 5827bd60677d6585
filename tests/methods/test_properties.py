"""What every method's aggregation must have, on all small councils. Evidence, "Properties"."""

from collections.abc import Iterator
from functools import cache
from itertools import permutations, product

import pytest

from magi_mcp.core.case import Limits
from magi_mcp.core.verdict import Findings
from tests.core.paper import ABSTAINED, Line, Script, a_case, deliberated, failed, grouped, rated

ONE_ROUND = Limits(max_rounds=0)
OPTIONS = ("Adopt", "Do not adopt", "Wait")
SEATS = ("ada", "ben", "cleo", "dora")
VOTES: tuple[Line, ...] = ("Adopt", "Do not adopt", "Wait", ABSTAINED, failed())


@cache
def vote(lines: tuple[Line, ...]) -> Findings:
    """The blind vote of as many seats as there are lines."""
    seats = SEATS[: len(lines)]
    case = a_case("options", options=OPTIONS, seats=seats, limits=ONE_ROUND)
    return deliberated(case, {s: [line] for s, line in zip(seats, lines, strict=True)}).findings


def councils(size: int) -> Iterator[tuple[Line, ...]]:
    """Every way in which ``size`` seats can vote, but for all of them failing."""
    for lines in product(VOTES, repeat=size):
        if any(line != failed() for line in lines):
            yield lines


def counts(findings: Findings) -> dict[str, int]:
    return {entry.position: entry.votes for entry in findings.tally}


@pytest.mark.parametrize("size", [1, 2, 3])
def test_no_ballot_is_counted_twice_or_lost(size: int) -> None:
    for lines in councils(size):
        findings = vote(lines)
        kinds = [ballot.kind for ballot in findings.ballots]
        assert len(kinds) == size
        assert sum(counts(findings).values()) == kinds.count("position")
        assert kinds.count("abstained") == lines.count(ABSTAINED)
        assert kinds.count("failed") == lines.count(failed())


def test_the_order_of_seats_changes_no_outcome() -> None:
    for lines in councils(3):
        found = {
            (f.outcome, f.ruling, f.agreement, tuple(sorted(counts(f).items())))
            for order in permutations(lines)
            for f in [vote(order)]
        }
        assert len(found) == 1


def test_one_more_vote_for_the_winner_never_unseats_it() -> None:
    for lines in councils(3):
        winner = vote(lines).ruling
        if winner is not None:
            assert vote((*lines, winner)).ruling == winner


def test_a_vote_that_goes_over_to_the_winner_never_unseats_it() -> None:
    for lines in councils(3):
        winner = vote(lines).ruling
        for place in range(len(lines)):
            if winner is not None:
                assert vote((*lines[:place], winner, *lines[place + 1 :])).ruling == winner


def test_a_tie_is_never_broken_by_claims_or_by_the_alphabet() -> None:
    for lines in councils(3):
        findings = vote(lines)
        votes = sorted(counts(findings).values(), reverse=True)
        if len(votes) > 1 and votes[0] == votes[1]:
            assert (findings.outcome, findings.ruling) == ("tie", None)


def test_who_is_pivotal_is_what_leaving_each_seat_out_shows() -> None:
    for lines in councils(3):
        findings = vote(lines)
        for place, seat in enumerate(("ada", "ben", "cleo")):
            if isinstance(lines[place], str):
                without = vote((*lines[:place], ABSTAINED, *lines[place + 1 :]))
                assert (without.ruling != findings.ruling) == (seat in findings.pivotal_seats)


def test_a_negated_option_never_counts_for_its_positive() -> None:
    for words in ("Do not adopt it now", "we should do not adopt", "a", "not Adopt"):
        findings = vote((words, "Adopt", "Adopt"))
        assert counts(findings).get("Adopt", 0) == (3 if words == "a" else 2)
    assert counts(vote(("Do not adopt", "Adopt", "Wait"))) == {
        "Adopt": 1,
        "Do not adopt": 1,
        "Wait": 1,
    }


def test_votes_of_earlier_rounds_are_not_summed() -> None:
    case = a_case("options", "critique", options=("A1", "B1"), limits=Limits(min_rounds=2))
    script: Script = {s: ["A1", "A1", "B1"] for s in ("ada", "ben", "cleo")}
    assert counts(deliberated(case, script).findings) == {"B1": 3}


def test_grouped_answers_are_counted_as_their_group_whoever_sits_where() -> None:
    for order in permutations(("Ship", "Release", "Wait")):
        case = a_case("majority", limits=ONE_ROUND)
        script: Script = {s: [p] for s, p in zip(("ada", "ben", "cleo"), order, strict=True)}
        findings = deliberated(case, script, grouping=grouped(("Ship", "Release"))).findings
        assert (findings.outcome, findings.ruling) == ("majority", "Ship")


def test_a_better_rating_never_unseats_the_best_draft() -> None:
    seats = ("ada", "ben", "cleo")
    drafts: Script = {seat: [f"Draft by {seat}"] for seat in seats}

    def winner(cells: tuple[int, ...]) -> str | None:
        pairs = [(r, d) for r in seats for d in seats if r != d]
        scores: dict[str, dict[str, float]] = {seat: {} for seat in seats}
        for (rater, draft), score in zip(pairs, cells, strict=True):
            scores[rater][draft] = score
        case = a_case("compose", limits=ONE_ROUND)
        found = deliberated(case, drafts, serving={"rating": rated(scores)}).findings
        return seats[int(found.ruling) - 1] if found.ruling else None

    pairs = [(r, d) for r in seats for d in seats if r != d]
    for cells in product((3, 7), repeat=6):
        best = winner(cells)
        for place, (_, draft) in enumerate(pairs):
            if draft == best:
                raised = (*cells[:place], cells[place] + 2, *cells[place + 1 :])
                assert winner(raised) == best

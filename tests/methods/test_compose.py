"""Drafts, rated blind by everyone but their authors, and ranked. Semantics "compose"."""

import json
from collections.abc import Mapping, Sequence

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits, ProtocolName, RapporteurRule
from magi_mcp.core.forms import RatingForm
from magi_mcp.core.replies import Reply
from tests.core.paper import (
    ABSTAINED,
    TRIO,
    Answers,
    Course,
    Script,
    a_case,
    authors_shown,
    decided_without,
    deliberated,
    failed,
    rated,
    said,
    scripted,
    wrote,
)

ONE_ROUND = Limits(max_rounds=0)
Scores = Mapping[str, Mapping[str, float]]
BEN_WINS: Scores = {
    "ada": {"ben": 9, "cleo": 4},
    "ben": {"ada": 5, "cleo": 8},
    "cleo": {"ada": 3, "ben": 7},
}
"""Both others put Ben's draft first."""

SPLIT: Scores = {
    "ada": {"ben": 9, "cleo": 2},
    "ben": {"ada": 4, "cleo": 5},
    "cleo": {"ada": 8, "ben": 7},
}
"""Ben's draft leads, though Cleo put Ada's first."""


def draft(author: str, text: str = "") -> str:
    return f"{text}Draft by {author}"


def composed(
    scores: Scores | Answers,
    *,
    protocol: ProtocolName = "vote",
    limits: Limits = ONE_ROUND,
    drafts: Script | None = None,
    seats: Sequence[str] = TRIO,
    rapporteur: RapporteurRule = "auto",
) -> Course:
    return deliberated(
        a_case("compose", protocol, seats=seats, limits=limits, rapporteur=rapporteur),
        drafts or {seat: [draft(seat)] for seat in seats},
        serving={"rating": scores if callable(scores) else rated(scores)},
    )


def ranking(course: Course) -> list[tuple[int, str, float | None, float | None]]:
    return [
        (each.draft, each.seat, each.adjusted, each.mean) for each in course.findings.ranking or ()
    ]


def test_drafts_are_ranked_by_adjusted_means_with_the_plain_ones_beside_them() -> None:
    findings = composed(BEN_WINS).findings
    assert (findings.outcome, findings.ruling, findings.decided_by) == ("ranking", "2", "votes")
    assert ranking(composed(BEN_WINS)) == [
        (2, "ben", 9.0, 8.0),
        (3, "cleo", 5.3333, 6.0),
        (1, "ada", 3.6667, 4.0),
    ]
    assert [each.text for each in findings.ranking or ()] == [
        draft(s) for s in ("ben", "cleo", "ada")
    ]


def test_nobody_is_shown_or_may_rate_their_own_draft() -> None:
    course = composed(BEN_WINS)
    ratings = [ask for ask in course.asks if ask.purpose == "rating"]
    assert [ask.seat for ask in ratings] == list(TRIO)
    for ask in ratings:
        assert isinstance(ask.form, RatingForm)
        assert set(authors_shown(ask, TRIO).values()) == set(TRIO) - {ask.seat}
        assert sorted(authors_shown(ask, TRIO)) == sorted(ask.form.names)
        assert draft(ask.seat) not in ask.prompt


def test_a_rating_of_ones_own_draft_is_listed_and_not_counted() -> None:
    own = {
        author: name
        for ask in composed(BEN_WINS).asks
        for name, author in authors_shown(ask, TRIO).items()
    }

    def vain(ask: Ask) -> Reply:
        reply = rated(BEN_WINS)(ask)
        assert reply.kind == "answered"
        more = {"draft": own[ask.seat], "why": "mine", "score": 10}
        return said(reply.text.removesuffix("]}") + f", {json.dumps(more)}]}}")

    course = composed(vain)
    assert ranking(course) == ranking(composed(BEN_WINS))
    listed = [w for w in course.decision.warnings if "belong to no draft" in w]
    assert len(listed) == 3
    assert listed[0] == "Ratings by ada that belong to no draft: Ada: 10"


def test_ratings_that_cannot_be_attributed_are_listed_by_name_and_score() -> None:
    def answer(ask: Ask) -> Reply:
        name = next(iter(authors_shown(ask, TRIO)))
        ratings = [
            {"draft": name, "why": "Clear.", "score": 6},
            {"draft": name, "why": "Again.", "score": 9},
            {"draft": "Zenith", "why": "Nobody's.", "score": 8},
            {"draft": next(n for n in authors_shown(ask, TRIO) if n != name), "score": 11},
        ]
        return said(json.dumps({"ratings": ratings}))

    warnings = composed(answer).decision.warnings
    (listed,) = [w for w in warnings if w.startswith("Ratings by ada that belong to no draft")]
    assert "Zenith: 8" in listed
    assert ": 9" in listed
    assert ": 11" in listed
    assert any(w.startswith("ada rated no draft by ") for w in warnings)


@pytest.mark.parametrize(
    ("scores", "agreement"),
    [(BEN_WINS, 1.0), (SPLIT, 0.5)],
    ids=["both others", "one of two"],
)
def test_agreement_is_the_share_of_the_others_that_put_the_winner_first(
    scores: Scores, agreement: float
) -> None:
    findings = composed(scores).findings
    assert findings.ruling == "2"
    assert findings.agreement == agreement


def test_whoever_scored_another_draft_higher_is_on_record_with_both_reasons() -> None:
    (report,) = composed(SPLIT).findings.minority_report
    assert report.position == "draft 1"
    assert report.seats == ("cleo",)
    assert report.argument == "ada: 8. On draft 2 (7 of 10): ben: 7."


def test_the_winners_author_is_no_dissenter() -> None:
    assert composed(BEN_WINS).findings.minority_report == ()


def test_split_scores_are_shown_as_dissent() -> None:
    seats = ("ada", "ben", "cleo", "dora", "emil")
    split = {
        "ada": {"ben": 6, "cleo": 6, "dora": 6, "emil": 6},
        "ben": {"ada": 9, "cleo": 3, "dora": 3, "emil": 3},
        "cleo": {"ada": 9, "ben": 3, "dora": 3, "emil": 3},
        "dora": {"ada": 3, "ben": 4, "cleo": 4, "emil": 2},
        "emil": {"ada": 3, "ben": 4, "cleo": 3, "dora": 2},
    }
    findings = composed(split, seats=seats).findings
    assert findings.ruling == "1"
    assert findings.agreement == 0.5
    assert [(r.position, r.seats) for r in findings.minority_report] == [
        ("draft 2", ("emil",)),
        ("drafts 2 and 3", ("dora",)),
    ]


def test_equal_adjusted_means_at_the_top_are_a_tie_even_if_plain_ones_differ() -> None:
    scores = {
        "ada": {"ben": 7, "cleo": 5},
        "ben": {"ada": 7, "cleo": 5},
        "cleo": {"ada": 7, "ben": 7},
    }
    course = composed(scores)
    assert course.decision.status == "undecided"
    assert (course.findings.outcome, course.findings.ruling) == ("tie", None)
    assert course.findings.decided_by == "none"
    assert ranking(course)[0][2] == ranking(course)[1][2]


def test_a_vote_without_a_winner_is_argued_and_drafts_are_revised() -> None:
    tie = {s: {t: 5 for t in TRIO if t != s} for s in TRIO}

    def answer(ask: Ask) -> Reply:
        return rated(tie if ask.ask_id.startswith("r1") else BEN_WINS)(ask)

    drafts: Script = {s: [draft(s), draft(s, "Better. ")] for s in TRIO}
    course = composed(answer, limits=Limits(), drafts=drafts)
    assert course.rounds == ["r1", "r1.rating", "r2", "r2.rating"]
    assert course.findings.route == ("vote", "critique")
    assert course.findings.ruling == "2"
    assert next(each.text for each in course.findings.ranking or ()) == draft("ben", "Better. ")


LONG = "The same first words, many of them, so that no headline could ever tell them apart. "


def test_a_revision_that_begins_alike_still_counts_as_moved() -> None:
    drafts: Script = {
        s: [draft(s, LONG), draft(s, f"{LONG}More. "), draft(s, f"{LONG}More. ")] for s in TRIO
    }
    course = composed(SPLIT, protocol="critique", limits=Limits(), drafts=drafts)
    assert course.rounds == ["r1", "r1.rating", "r2", "r2.rating", "r3", "r3.rating"]


def test_drafts_that_nobody_changed_are_not_rated_for_ever() -> None:
    course = composed(SPLIT, protocol="critique", limits=Limits())
    assert course.rounds == ["r1", "r1.rating", "r2", "r2.rating"]


def test_a_settled_ranking_is_not_revised() -> None:
    course = composed(BEN_WINS, protocol="critique", limits=Limits())
    assert course.rounds == ["r1", "r1.rating"]


def test_a_draft_whose_revision_failed_stands_and_is_rated_again() -> None:
    drafts: Script = {
        "ada": [draft("ada"), failed()],
        "ben": [draft("ben")],
        "cleo": [draft("cleo")],
    }
    course = composed(SPLIT, protocol="critique", limits=Limits(max_rounds=1), drafts=drafts)
    assert {b.seat: b.round for b in course.findings.ballots} == {"ada": 1, "ben": 2, "cleo": 2}
    assert draft("ada") in [each.text for each in course.findings.ranking or ()]
    assert course.decision.degraded


def test_whoever_failed_to_draft_stays_out_and_whoever_was_unreadable_may_rate() -> None:
    drafts: Script = {
        "ada": [draft("ada")],
        "ben": [draft("ben")],
        "cleo": [said('{"texts": 1}')],
        "dora": [failed()],
    }
    scores = {"ada": {"ben": 6}, "ben": {"ada": 4}, "cleo": {"ada": 3, "ben": 8}, "dora": {}}
    course = composed(scores, drafts=drafts, seats=(*TRIO, "dora"))
    raters = [ask.seat for ask in course.asks if ask.purpose == "rating"]
    assert raters == ["ada", "ben", "cleo"]
    assert course.findings.ruling == "2"
    assert course.findings.agreement == 1.0
    assert course.decision.degraded


def test_two_seats_that_rate_one_draft_each_have_compared_nothing() -> None:
    course = composed({"ada": {"ben": 6}, "ben": {"ada": 4}}, seats=("ada", "ben"))
    assert course.findings.ruling == "2"
    assert course.findings.agreement is None
    assert course.findings.tally == ()
    assert ranking(course) == [(2, "ben", None, 6.0), (1, "ada", None, 4.0)]
    assert any("drafts are ranked by plain means" in w for w in course.decision.warnings)


def test_a_single_seats_draft_is_shown_and_ranked_by_nobody() -> None:
    course = composed({}, seats=("ada",))
    assert course.rounds == ["r1"]
    assert (course.findings.outcome, course.findings.ruling) == ("no_quorum", None)
    assert course.findings.answer == draft("ada")
    assert ranking(course) == [(1, "ada", None, None)]
    assert not course.decision.degraded


def test_one_draft_is_no_choice_however_many_rate_it() -> None:
    drafts: Script = {"ada": [draft("ada")], "ben": [said('{"a": 1}')], "cleo": [said('{"a": 1}')]}
    course = composed({"ada": {}, "ben": {"ada": 9}, "cleo": {"ada": 8}}, drafts=drafts)
    assert course.findings.outcome == "no_quorum"
    assert course.findings.answer == draft("ada")


def test_too_few_raters_are_no_tie_and_lose_no_draft() -> None:
    def answer(ask: Ask) -> Reply:
        return rated(BEN_WINS)(ask) if ask.seat == "ada" else failed()

    course = composed(answer)
    assert course.findings.outcome == "no_quorum"
    assert course.decision.degraded
    assert course.decision.provisional
    assert sorted(each.seat for each in course.findings.ranking or ()) == sorted(TRIO)
    assert "ben rated no draft in round 1: timeout: no answer in 60 s" in course.decision.warnings


def test_a_rater_that_declines_is_no_lost_ballot() -> None:
    def answer(ask: Ask) -> Reply:
        return ABSTAINED if ask.seat == "cleo" else rated(BEN_WINS)(ask)

    course = composed(answer)
    assert course.findings.outcome == "ranking"
    assert not course.decision.degraded


def test_lost_ratings_that_could_undo_the_lead_make_it_provisional() -> None:
    def answer(ask: Ask) -> Reply:
        return failed() if ask.seat == "cleo" else rated(BEN_WINS)(ask)

    course = composed(answer)
    assert course.findings.ruling == "2"
    assert course.decision.provisional
    assert "Provisional: 1 missing ballot could have undone a margin of 0." in (
        course.decision.warnings
    )


def test_pivotal_are_the_raters_without_whom_another_draft_would_win() -> None:
    seats = (*TRIO, "dora")
    even = {
        "ada": {"ben": 6, "cleo": 6, "dora": 6},
        "ben": {"ada": 5, "cleo": 6, "dora": 6},
        "cleo": {"ada": 5, "ben": 9, "dora": 6},
        "dora": {"ada": 5, "ben": 6, "cleo": 6},
    }
    findings = composed(even, seats=seats).findings
    assert findings.ruling == "2"
    assert findings.pivotal_seats == ("cleo",)
    assert composed(BEN_WINS).findings.pivotal_seats == ()


def test_the_words_of_ratings_return_under_real_names() -> None:
    def answer(ask: Ask) -> Reply:
        reply = rated(BEN_WINS)(ask)
        assert reply.kind == "answered"
        names = authors_shown(ask, TRIO)
        text = reply.text
        for name, author in names.items():
            text = text.replace(f"{author}: 9", f"{name} is the clearest")
        return said(text)

    assert composed(answer).findings.answer == "Ben is the clearest"


def test_the_text_stands_once_in_the_result() -> None:
    long = "word " * 100
    drafts: Script = {seat: [draft(seat, long)] for seat in TRIO}
    findings = composed(BEN_WINS, drafts=drafts).findings
    assert all(len(ballot.summary) <= 80 for ballot in findings.ballots)
    assert all(len(each.text) > 500 for each in findings.ranking or ())


def test_a_wish_for_a_rapporteur_is_not_passed_over_in_silence() -> None:
    course = composed(BEN_WINS, rapporteur="always")
    assert course.rounds == ["r1", "r1.rating"]
    assert "Drafts are ranked as they were written: no rapporteur was asked." in (
        course.decision.warnings
    )


def test_renaming_the_seats_changes_nothing_but_names() -> None:
    other = {"ada": "zoe", "ben": "yan", "cleo": "xia"}
    renamed = {other[r]: {other[d]: s for d, s in row.items()} for r, row in SPLIT.items()}
    course = composed(renamed, seats=[other[seat] for seat in TRIO])
    assert [(n, a, m) for n, _, a, m in ranking(course)] == [
        (n, a, m) for n, _, a, m in ranking(composed(SPLIT))
    ]


def test_a_draft_in_plain_text_is_a_draft() -> None:
    drafts: Script = {
        "ada": [said("Draft by ada, no JSON")],
        "ben": [wrote(draft("ben"))],
        "cleo": [draft("cleo")],
    }
    course = composed(BEN_WINS, drafts=drafts)
    assert [each.text for each in course.findings.ranking or ()][2] == "Draft by ada, no JSON"


def test_a_winner_by_the_mean_is_not_said_to_lack_a_ruling() -> None:
    """First places are tied here, and the adjusted means are not."""
    scores = {
        "ada": {"ben": 8, "cleo": 7},
        "ben": {"ada": 9, "cleo": 1},
        "cleo": {"ada": 7, "ben": 7},
    }
    findings = composed(scores).findings
    assert [entry.votes for entry in findings.tally] == [1, 1]
    assert (findings.outcome, findings.decided_by) == ("ranking", "votes")
    assert findings.confidence is not None
    assert findings.confidence.basis.startswith("no reference: measured only for")


def test_a_margin_of_first_places_is_never_negative() -> None:
    """Ben is first by the mean, though more raters put Ada's draft first."""
    seats = ("ada", "ben", "cleo", "dan", "eve")
    scores = {
        "ada": {"ben": 10, "cleo": 0, "dan": 0, "eve": 0},
        "ben": {"ada": 5, "cleo": 4, "dan": 4, "eve": 4},
        "cleo": {"ada": 8, "ben": 7, "dan": 1, "eve": 1},
        "dan": {"ada": 8, "ben": 7, "cleo": 1, "eve": 1},
    }

    def rate(ask: Ask) -> Reply:
        return failed() if ask.seat == "eve" else rated(scores)(ask)

    course = composed(rate, seats=seats)
    assert course.findings.ruling == "2"
    assert [entry.votes for entry in course.findings.tally] == [3, 1]
    assert (
        "Provisional: 1 missing ballot could have undone a margin of 0." in course.decision.warnings
    )


def test_ratings_that_the_deadline_refused_leave_the_result_degraded() -> None:
    case = a_case("compose", limits=ONE_ROUND)
    answers = scripted({seat: [draft(seat)] for seat in TRIO})
    decision = decided_without(case, answers, "rating")
    assert decision.findings.outcome == "no_quorum"
    assert decision.degraded

"""Open positions are brought together by asking, never by similarity. Semantics R5."""

import json

import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.forms import GroupingForm
from magi_mcp.core.replies import Reply
from tests.core.paper import (
    ABSTAINED,
    Answers,
    Course,
    Script,
    a_case,
    deliberated,
    failed,
    grouped,
    no_grouping,
    numbered_statements,
    said,
    voted,
)

FORM = GroupingForm(count=4, established=2)
POSTPONE = ("Postpone to Monday", "Wait until Monday")
SCRIPT: Script = {"ada": ["Ship on Friday"], "ben": [POSTPONE[0]], "cleo": [POSTPONE[1]]}


def read(groups: object) -> tuple[tuple[int, ...], ...] | str:
    return FORM.read(json.dumps({"groups": groups}))


def majority(script: Script, grouping: Answers = no_grouping, *, seed: str = "seed") -> Course:
    return deliberated(a_case("majority", seed=seed), script, grouping=grouping)


def groupings(course: Course) -> list[Ask]:
    return [ask for ask in course.asks if ask.purpose == "grouping"]


def test_a_partition_of_all_the_numbers_is_read() -> None:
    assert read([[1], [2, 3], [4]]) == ((1,), (2, 3), (4,))
    assert FORM.read('<think>{"groups": [[1]]}</think>```\n{"groups": [[4, 1], [3, 2]]}\n```') == (
        (4, 1),
        (3, 2),
    )


@pytest.mark.parametrize(
    "groups",
    [
        [[1], [2], [3]],
        [[1], [2], [3], [4], [5]],
        [[1], [2, 3], [3, 4]],
        [[1], [2], [3], [4], []],
        [[0], [1], [2], [3], [4]],
        [["1"], [2], [3], [4]],
        [[True], [2], [3], [4]],
        [[1.0], [2], [3], [4]],
        [1, 2, 3, 4],
        {"a": [1, 2, 3, 4]},
        "1, 2, 3, 4",
        None,
    ],
)
def test_anything_but_a_partition_is_a_fault(groups: object) -> None:
    assert isinstance(read(groups), str)
    assert FORM.fault(json.dumps({"groups": groups})) is not None


def test_positions_that_were_told_apart_stay_apart() -> None:
    assert read([[1, 2], [3], [4]]) == "1 and 2 are known to differ in meaning."
    assert read([[1, 3], [2, 4]]) == ((1, 3), (2, 4))


@pytest.mark.parametrize(
    "text",
    ['{"groups": [[1]]} {"groups": [[1], [2], [3], [4]]}', "[[1], [2], [3], [4]]", "", '{"groups"'],
)
def test_a_grouping_without_exactly_one_list_of_groups_is_a_fault(text: str) -> None:
    assert isinstance(FORM.read(text), str)


def test_positions_of_one_meaning_are_counted_together() -> None:
    course = majority(SCRIPT, grouped(POSTPONE))
    assert course.rounds == ["r1", "r1.grouping1", "r1.ruling1"]
    assert (course.findings.outcome, course.findings.ruling) == ("majority", "Wait until Monday")
    assert [(e.position, e.seats) for e in course.findings.tally] == [
        ("Wait until Monday", ("ben", "cleo")),
        ("Ship on Friday", ("ada",)),
    ]
    assert course.decision.labels == {
        "Ship on Friday": "Ship on Friday",
        "Postpone to Monday": "Wait until Monday",
        "Wait until Monday": "Wait until Monday",
    }
    assert course.decision.rounds == 1


def test_a_label_is_the_shortest_position_verbatim_then_the_first_by_alphabet() -> None:
    script: Script = {"ada": ["**Ship Bb.**"], "ben": ["ship B"], "cleo": ["Ship A"]}
    course = majority(script, grouped(("**Ship Bb.**", "ship B", "Ship A")))
    assert course.findings.ruling == "Ship A"
    assert course.findings.outcome == "unanimous"


def test_nobody_is_asked_where_positions_differ_only_in_case_and_markup() -> None:
    course = majority({"ada": ["**Ship it.**"], "ben": ["ship it"], "cleo": ["Ship  it"]})
    assert course.rounds == ["r1", "r1.ruling1"]
    assert course.findings.outcome == "unanimous"
    assert course.findings.ruling == "Ship it"


def test_similar_words_are_not_brought_together_by_anything_but_a_seat() -> None:
    script: Script = {"ada": ["We should ship"], "ben": ["We should not ship"], "cleo": [ABSTAINED]}
    course = majority(script, grouped())
    assert course.findings.outcome == "tie"


def test_the_seat_that_groups_sees_positions_and_nothing_else() -> None:
    script: Script = {
        seat: [voted(lines[0], f"secret argument of {seat}", confidence=0.9)]
        for seat, lines in SCRIPT.items()
        if isinstance(lines[0], str)
    }
    (ask,) = groupings(majority(script, grouped(POSTPONE)))
    assert sorted(text for _, text in numbered_statements(ask)) == [
        "Postpone to Monday",
        "Ship on Friday",
        "Wait until Monday",
    ]
    shown = ask.system + ask.prompt
    for hidden in ("secret", "ada", "ben", "cleo", "0.9", "Should we ship 4.2", "gpt", "deepseek"):
        assert hidden not in shown


def test_a_line_break_in_a_position_adds_no_statement() -> None:
    script: Script = {"ada": ["Ship\n2. Wait"], "ben": ["Wait"], "cleo": ["Ship"]}
    (ask,) = groupings(majority(script, grouped()))
    assert len(numbered_statements(ask)) == 3


def test_the_seed_draws_who_groups_and_in_what_order_statements_stand() -> None:
    asks = [groupings(majority(SCRIPT, grouped(POSTPONE), seed=f"s{n}"))[0] for n in range(12)]
    assert {ask.seat for ask in asks} == {"ada", "ben", "cleo"}
    assert len({tuple(text for _, text in numbered_statements(ask)) for ask in asks}) > 1
    again = groupings(majority(SCRIPT, grouped(POSTPONE), seed="s0"))[0]
    assert again.digest == asks[0].digest


def test_a_seat_that_failed_is_not_asked_to_group() -> None:
    script: Script = {**SCRIPT, "ada": [failed()]}
    for number in range(8):
        course = majority(script, grouped(POSTPONE), seed=f"s{number}")
        assert groupings(course)[0].seat != "ada"


@pytest.mark.parametrize("first", [said("They are all different."), failed(), ABSTAINED])
def test_an_invalid_grouping_is_asked_of_the_next_seat(first: Reply) -> None:
    def once_wrong(ask: Ask) -> Reply:
        return first if ask.ask_id.startswith("r1.grouping1/") else grouped(POSTPONE)(ask)

    course = majority(SCRIPT, once_wrong)
    one, two = groupings(course)
    assert one.seat != two.seat
    assert course.rounds == ["r1", "r1.grouping1", "r1.grouping2", "r1.ruling1"]
    assert course.findings.ruling == "Wait until Monday"
    assert not any("could group" in warning for warning in course.decision.warnings)


def test_without_a_valid_grouping_only_equal_positions_are_merged_and_a_warning_says_so() -> None:
    script: Script = {"ada": ["Wait"], "ben": ["**wait.**"], "cleo": ["Hold on"]}
    course = majority(script, lambda ask: said("no idea"))
    assert course.rounds == ["r1", "r1.grouping1", "r1.grouping2", "r1.ruling1"]
    assert (course.findings.outcome, course.findings.ruling) == ("majority", "Wait")
    assert course.decision.degraded
    assert course.decision.warnings[0] == (
        "Round 1: no seat could group the positions; only those that are equal but for case, "
        "punctuation and markup were counted together."
    )


def test_positions_that_nobody_could_group_are_put_to_a_seat_again() -> None:
    same = ("Ship it", "Release it", "Go ahead")
    script: Script = dict(zip(("ada", "ben", "cleo"), ([text] for text in same), strict=True))

    def at_first_at_a_loss(ask: Ask) -> Reply:
        return said("no idea") if ask.ask_id.startswith("r1") else grouped(same)(ask)

    course = majority(script, at_first_at_a_loss)
    assert course.rounds[:5] == ["r1", "r1.grouping1", "r1.grouping2", "r2", "r2.grouping1"]
    assert (course.findings.outcome, course.findings.ruling) == ("unanimous", "Ship it")
    assert not course.decision.degraded


def test_later_positions_join_a_group_or_stand_alone_but_never_merge_two() -> None:
    script: Script = {
        "ada": ["Ship on Friday", "Ship on Friday"],
        "ben": ["Postpone to Monday", "Wait for Monday"],
        "cleo": ["Rewrite it", "Ship"],
    }
    merges = grouped(
        ("Ship on Friday", "Postpone to Monday", "Ship"), ("Rewrite it", "Wait for Monday")
    )

    def answer(ask: Ask) -> Reply:
        return merges(ask) if ask.ask_id.startswith("r2") else grouped()(ask)

    course = deliberated(a_case("majority", limits=Limits(max_rounds=1)), script, grouping=answer)
    assert course.rounds[-2:] == ["r2.grouping1", "r2.grouping2"]
    assert course.findings.outcome == "tie"
    (second,) = [ask for ask in groupings(course) if ask.ask_id.startswith("r2.grouping1")]
    assert isinstance(second.form, GroupingForm)
    assert (second.form.count, second.form.established) == (5, 3)
    assert "Known to differ from each other: 1, 2, 3." in second.prompt


def test_a_later_position_that_joins_a_group_may_shorten_its_label() -> None:
    script: Script = {
        "ada": ["Ship on Friday", "Ship"],
        "ben": ["Postpone to Monday", "Ship on Friday"],
        "cleo": ["Rewrite it"],
    }

    def answer(ask: Ask) -> Reply:
        return grouped(("Ship on Friday", "Ship"))(ask)

    course = majority(script, answer)
    assert course.findings.ruling == "Ship"
    blind = course.findings.blind_vote
    assert blind is not None
    assert [entry.position for entry in blind.tally] == ["Postpone to Monday", "Rewrite it", "Ship"]
    (change,) = course.findings.mind_changes
    assert (change.seat, change.from_, change.to) == ("ben", "Postpone to Monday", "Ship")


def test_a_round_that_brings_no_new_position_asks_for_no_grouping() -> None:
    script: Script = {
        "ada": ["Ship on Friday", "Wait until Monday"],
        "ben": ["Wait until Monday", "ship on friday."],
        "cleo": ["Rewrite it"],
    }
    course = majority(script, grouped())
    assert [round_id for round_id in course.rounds if "grouping" in round_id] == ["r1.grouping1"]
    assert course.rounds[:3] == ["r1", "r1.grouping1", "r2"]

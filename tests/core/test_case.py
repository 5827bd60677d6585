"""The frozen question: what is refused, and what makes two cases the same one."""

import pytest
from pydantic import ValidationError

from magi_mcp.core.case import (
    MAX_SEATS,
    Case,
    Limits,
    case_key,
    check_method,
    check_protocol,
    check_question,
    check_rounds,
    check_seat_names,
    check_text,
)
from magi_mcp.core.errors import CallerError
from tests.core.paper import a_case


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\u200b\u2060", "\x00"])
def test_a_blank_question_is_refused_by_name(question: str) -> None:
    with pytest.raises(CallerError, match="question: is blank; say what"):
        check_question(question)


def test_half_a_surrogate_pair_is_refused_with_its_place() -> None:
    with pytest.raises(CallerError, match="context: holds half of a surrogate pair at character 2"):
        check_text("context", "ab\ud800")
    check_text("context", "ab\N{GRINNING FACE}\x00")


def test_an_unknown_method_or_protocol_is_refused_with_its_neighbour() -> None:
    with pytest.raises(CallerError, match="'yesno' is not known") as refused:
        check_method("yesno", ())
    assert refused.value.argument == "method"
    assert "Did you mean 'yes_no'?" in refused.value.problem
    assert "Valid: yes_no, options, probability, majority, " in refused.value.problem
    with pytest.raises(CallerError, match=r"'Critic' is not known\. Did you mean 'crit"):
        check_protocol("Critic")
    with pytest.raises(CallerError, match=r"protocol: 'zzz' is not known\. Valid: vote"):
        check_protocol("zzz")


def test_options_go_with_their_own_method_alone() -> None:
    with pytest.raises(CallerError, match="options: 2 given with the method 'yes_no'"):
        check_method("yes_no", ("a", "b"))
    with pytest.raises(CallerError, match="options: 0 given"):
        check_method("options", ())
    check_method("options", ("a", "b"))
    check_method("majority", ())


@pytest.mark.parametrize(
    ("least", "most", "argument"),
    [(0, 4, "max_rounds"), (0, -1, "max_rounds"), (-1, 3, "min_rounds"), (3, 2, "min_rounds")],
)
def test_numbers_of_rounds_that_contradict_are_refused_by_name(
    least: int, most: int, argument: str
) -> None:
    with pytest.raises(CallerError) as refused:
        check_rounds(least, most)
    assert refused.value.argument == argument


def test_two_seats_may_share_a_model_and_never_a_name() -> None:
    case = a_case(models=["openai/gpt-5.4-nano"])
    assert len({seat.name for seat in case.seats}) == 3
    with pytest.raises(CallerError, match="the name 'ada' stands twice"):
        check_seat_names(["ada", "ben", "ada"])
    with pytest.raises(CallerError, match="seats: "):
        a_case(seats=["ada", "ada"])


def test_no_case_is_made_of_what_cannot_be_put() -> None:
    with pytest.raises(CallerError, match="question"):
        a_case(question=" ")
    with pytest.raises(CallerError, match="options"):
        a_case("options", options=["only"])
    with pytest.raises(CallerError, match="min_rounds"):
        a_case(limits=Limits(min_rounds=2, max_rounds=1))
    with pytest.raises(ValidationError, match="seats"):
        a_case(seats=[])
    with pytest.raises(ValidationError, match="seats"):
        a_case(seats=[f"seat{number}" for number in range(MAX_SEATS + 1)])


@pytest.mark.parametrize(
    "limits",
    [
        {"vote_threshold": 0},
        {"vote_threshold": 1.01},
        {"min_voices": 0},
        {"timeout_s": 0},
        {"deadline_s": -1},
        {"max_rounds": 4},
        {"rounds": 1},
    ],
)
def test_limits_out_of_range_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Limits.model_validate(limits)


def test_a_case_cannot_be_changed_and_comes_back_from_json_unchanged() -> None:
    case = a_case("options", options=["a\u2028b", "c\x00"], context="{}\x1b$x", question="q\n\r\t?")
    with pytest.raises(ValidationError, match="frozen"):
        case.__setattr__("question", "Another?")
    assert Case.model_validate_json(case.model_dump_json()) == case


def test_a_case_from_a_newer_program_is_refused_by_the_name_of_what_is_new() -> None:
    newer = {**a_case().model_dump(), "colour": "blue"}
    with pytest.raises(ValidationError, match="colour"):
        Case.model_validate(newer)


def test_a_seat_is_found_by_its_name() -> None:
    case = a_case()
    assert case.seat("ben") is case.seats[1]
    with pytest.raises(KeyError):
        case.seat("nobody")


def test_the_key_leaves_out_identity_seed_and_limits_and_nothing_else() -> None:
    case = a_case()
    same = case.model_copy(update={"dossier_id": "x", "seed": "y", "limits": Limits(max_rounds=1)})
    assert case_key(same) == case_key(case)
    others = (
        a_case(question="Another?"),
        a_case(context="more"),
        a_case("majority"),
        a_case(protocol="critique"),
        a_case(seats=["ada", "ben"]),
        a_case(models=["openai/gpt-5.4"]),
        a_case(families=["acme"]),
        case.model_copy(update={"prompts": {**case.prompts, "system": "other"}}),
    )
    assert len({case_key(each) for each in (case, *others)}) == 9

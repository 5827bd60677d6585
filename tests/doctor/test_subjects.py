"""Which models are tried, each once, and where each was configured."""

from magi_mcp.core.case import Access, Candidate
from magi_mcp.doctor.subjects import Members, subjects_of, trial_of
from tests.doctor.patients import IN_MAGI_SEATS, place_of_file, seat, trial


def test_a_model_that_several_use_is_one_subject_that_names_them_all() -> None:
    members = Members(
        (seat("openai/a", "melchior"), seat("openai/b", "balthasar", "openai/a")),
        arbiter=seat("openai/a", "arbiter"),
        substitutes=(Candidate(model="openai/a"),),
    )
    first, second = subjects_of(members, IN_MAGI_SEATS)
    assert [first.candidate.model, second.candidate.model] == ["openai/a", "openai/b"]
    assert [(use.seat, use.role, use.number) for use in first.uses] == [
        ("melchior", "model", 0),
        ("balthasar", "fallback", 1),
        ("arbiter", "model", 0),
        (None, "substitute", 1),
    ]
    assert [use.place for use in first.uses] == [
        "MAGI_SEATS (seat 1, melchior)",
        "MAGI_SEATS (seat 2, balthasar, fallback 1)",
        "MAGI_ARBITER (arbiter)",
        "the configuration (substitute 1)",
    ]


def test_a_model_at_another_address_or_with_another_key_is_another_subject() -> None:
    accesses = [Access(), Access(api_base="http://a"), Access(api_key_env="B"), Access()]
    members = Members(
        tuple(
            seat("openai/a", f"s{number}").model_copy(update={"access": access})
            for number, access in enumerate(accesses)
        )
    )
    assert [len(subject.uses) for subject in subjects_of(members, IN_MAGI_SEATS)] == [2, 1, 1]


def test_how_much_a_reply_may_hold_makes_no_other_subject() -> None:
    bounded = Candidate(model="openai/a", access=Access(max_tokens=100))
    members = Members((seat("openai/a"),), substitutes=(bounded,))
    (subject,) = subjects_of(members, IN_MAGI_SEATS)
    assert trial_of(bounded, [trial(subject)]).subject == subject


def test_each_key_of_a_file_is_named_with_its_own_line() -> None:
    members = Members((seat("openai/a", "melchior", "openai/b", api_base="http://a"),))
    first, second = subjects_of(members, place_of_file())
    assert first.uses[0].place == "/magi.toml:2 (seat 1, melchior)"
    assert first.address_place == "/magi.toml:3"
    assert second.uses[0].place == "/magi.toml:4 (seat 1, melchior, fallback 1)"
    assert second.address_place is None


def test_a_fallback_that_takes_over_an_address_is_mended_where_its_seat_has_it() -> None:
    own = seat("openai/a", api_base="http://a")
    shared = Candidate(model="openai/b", access=own.access)
    other = Candidate(model="openai/c", access=Access(api_base="http://c"))
    council = (own.model_copy(update={"fallbacks": (shared, other)}),)
    found = subjects_of(Members(council), place_of_file())
    assert [subject.address_place for subject in found] == [
        "/magi.toml:3",
        "/magi.toml:3",
        "/magi.toml:6",
    ]


def test_what_the_configuration_says_of_a_family_counts_more_than_the_name() -> None:
    told = Candidate(model="openai/our-own", family="meta")
    guessed, known = subjects_of(
        Members((seat("openai/gpt-4o"),), substitutes=(told,)), IN_MAGI_SEATS
    )
    assert (guessed.family, known.family) == ("openai", "meta")

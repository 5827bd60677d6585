"""`advanced`: every key of the contract reaches the request, and nothing else passes."""

from dataclasses import fields

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.errors import CallerError
from magi_mcp.server.advanced import Advanced, keys_explained, with_advanced

KEYS = (
    "seats arbiter trust language instructions max_rounds min_rounds vote_threshold "
    "allow_abstain rapporteur rapporteur_prompt anonymous max_cost_usd max_tokens deadline_s"
).split()
ASKED = Request(question="Ship?", context="All is well.")


def refusal(given: dict[str, object]) -> str:
    with pytest.raises(CallerError) as refused:
        with_advanced(ASKED, given)
    return str(refused.value)


def test_its_keys_are_those_of_the_contract_and_each_is_a_field_of_a_request() -> None:
    assert list(Advanced.model_fields) == KEYS
    assert {field.name for field in fields(Request)} >= set(KEYS)


def test_what_is_not_given_is_as_in_a_request_without_it() -> None:
    for key, field in Advanced.model_fields.items():
        assert field.get_default() == getattr(ASKED, key)
    assert with_advanced(ASKED, {}) == ASKED
    assert with_advanced(ASKED, dict.fromkeys(KEYS)) == ASKED
    assert with_advanced(ASKED, {"trust": {"casper": None}}) == ASKED


@pytest.mark.parametrize("key", KEYS)
def test_every_example_is_valid_and_reaches_the_request(key: str) -> None:
    [example] = Advanced.model_fields[key].examples or []
    request = with_advanced(ASKED, {key: example})
    said = getattr(request, key)
    assert said == (tuple(example) if key == "seats" else example)
    assert said != getattr(ASKED, key)
    assert request.context == ASKED.context
    assert not request.owner


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"max_round": 1},
            "advanced: 'max_round' is not known. Did you mean 'max_rounds'? Valid: ",
        ),
        ({"owner": True}, "advanced: 'owner' is not known. "),
        ({"question": "Other?"}, "advanced: 'question' is not known. "),
        ({"prompts_dir": "/"}, "advanced: 'prompts_dir' is not known. "),
        ({"nonsense": None, "x" * 9000: 1}, "advanced: 'xxx"),
        ({"max_rounds": "many"}, "advanced.max_rounds: 'many' is not a whole number."),
        ({"max_rounds": 1.5}, "advanced.max_rounds: 1.5 is not a whole number."),
        ({"max_rounds": True}, "advanced.max_rounds: True is not a whole number."),
        ({"max_tokens": []}, "advanced.max_tokens: [] is not a whole number."),
        ({"max_cost_usd": "cheap"}, "advanced.max_cost_usd: 'cheap' is not a number."),
        ({"deadline_s": {}}, "advanced.deadline_s: {} is not a number."),
        ({"vote_threshold": [1]}, "advanced.vote_threshold: [1] is not a number."),
        ({"allow_abstain": 1}, "advanced.allow_abstain: 1 is not true or false."),
        ({"anonymous": "yes"}, "advanced.anonymous: 'yes' is not true or false."),
        ({"language": 1}, "advanced.language: 1 is not a text."),
        ({"arbiter": ["a"]}, "advanced.arbiter: ['a'] is not a text."),
        ({"seats": "openai/a"}, "advanced.seats: 'openai/a' is not a list of texts."),
        ({"seats": ["openai/a", 2]}, "advanced.seats.1: 2 is not a text."),
        ({"trust": 1}, "advanced.trust: 1 is not an object of numbers by seat, such as {"),
        ({"trust": {"casper": "high"}}, "advanced.trust.casper: 'high' is not a number."),
    ],
)
def test_what_does_not_fit_is_refused_by_key_and_value_with_what_is_right(
    given: dict[str, object], told: str
) -> None:
    refused = refusal(given)
    assert refused.startswith(told)
    assert len(refused) < 400


def test_the_table_tells_every_key_with_an_example_in_cells_that_hold() -> None:
    heading, rule, *rows = keys_explained()
    assert heading.count("|") == rule.count("|") == 4
    assert [row.split("`")[1] for row in rows] == KEYS
    assert all(row.replace("\\|", "").count("|") == 4 for row in rows)

"""Ballots are read strictly: one position, or none. Semantics "yes_no, options"; evidence."""

import json
import time

import pytest

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed, Open, repair_request

ADOPTION = BallotForm(Closed(Choices(("Adopt", "Do not adopt"))))
YES_NO = BallotForm(Closed(Choices(("yes", "no"), ids=("yes", "no"))))
OPEN = BallotForm(Open())
REVISION = BallotForm(Closed(Choices(("yes", "no"), ids=("yes", "no"))), revision=True)

BALLOT = json.dumps({"argument": "It is additive.", "position": "yes", "needs": ["the log"]})


def position(form: BallotForm, text: str) -> str | None:
    """What was read as the position; None where the ballot is unreadable."""
    match form.read(text):
        case Position(position=read):
            return read
        case Abstention():
            return "abstain"
        case Unreadable():
            return None


@pytest.mark.parametrize(
    "text",
    [
        BALLOT,
        f"  \n{BALLOT}\n",
        f"```json\n{BALLOT}\n```",
        f"```\n{json.dumps(json.loads(BALLOT), indent=2)}\n```",
        f"Having weighed {{both sides}} of it, I conclude:\n\n{BALLOT}",
        f"{BALLOT}\nThat is all I can say about {{it}}.",
        f"<think>Position: no? If so {{'position': 'no'}} ...</think>\n{BALLOT}",
        f'<think>{{"position": "no"}}</think><think>hm</think>{BALLOT}',
        f'\n <THINKING>\n{{"position": "no"}}\n</THINKING>\n{BALLOT}',
        "POSITION: yes\nARGUMENT: It is additive.\nNEEDS: the log",
        "**Position:** **Yes**\n**Argument**: It is additive.\n**Needs:** the log",
        "# Position: yes.\n- Argument: It is additive.\n- Needs： the log",
        f"POSITION: yes\n{BALLOT}",
    ],
)
def test_the_usual_wrappings_of_one_ballot_make_no_difference(text: str) -> None:
    assert YES_NO.read(text) == Position(
        position="yes", argument="It is additive.", needs=("the log",)
    )


@pytest.mark.parametrize("text", ["yes", "Yes.", "**Yes**", "<think>well</think>\nyes", "(YES)"])
def test_a_closed_question_may_be_answered_by_the_bare_choice(text: str) -> None:
    assert position(YES_NO, text) == "yes"


def test_an_open_question_needs_a_labelled_position() -> None:
    assert position(OPEN, "Ship it.") is None
    assert position(OPEN, "POSITION: Ship it.") == "Ship it."


@pytest.mark.parametrize(
    "text",
    [
        '{"position": "yes"} {"position": "no"}',
        '{"position": "no", "argument": "..."}\nor rather\n{"position": "yes"}',
        '{"position": "yes", "position": "no"}',
        "POSITION: yes\nPOSITION: no",
        '{"position": "yes"}\nPOSITION: no',
        '{"position": "yes"} {"position": "abstain"}',
    ],
)
def test_two_different_positions_are_no_ballot(text: str) -> None:
    assert position(YES_NO, text) is None


def test_the_same_position_twice_is_one_ballot_and_the_last_words_count() -> None:
    twice = '{"position": "Yes", "argument": "draft"}\n{"position": "yes.", "argument": "final"}'
    assert YES_NO.read(twice) == Position(position="yes", argument="final")
    open_twice = '{"position": "Ship it"}\n{"position": "**ship it.**"}'
    assert position(OPEN, open_twice) == "**ship it.**"


def test_an_object_without_a_position_says_nothing_about_one_that_has_it() -> None:
    text = '{"position": "yes", "argument": "kept"} {"position": null, "argument": "other"}'
    assert YES_NO.read(text) == Position(position="yes", argument="kept")


@pytest.mark.parametrize(
    "text",
    [
        # The vote is "no"; the unescaped quotation of a peer is not.
        '{"argument": "as in {"position": "yes"} it", "position": "no"}',
        '{"argument": "they say "x" and {"position": "yes"} too", "position": "no"}',
        '{"argument": "He said "stop"\nPOSITION: yes\n", "position": "no"}',
        '{"position": "yes", "needs": [],}',
        '{"argument": "it breaks off, POSITION: yes',
    ],
)
def test_nothing_is_read_out_of_a_broken_object(text: str) -> None:
    assert YES_NO.read(text) == Unreadable(reason="it holds a JSON object that is broken.")


def test_thoughts_that_never_end_hold_no_ballot() -> None:
    assert position(YES_NO, '<think>perhaps {"position": "yes"}, but on the other hand') is None


def test_a_quoted_line_is_somebody_elses_position() -> None:
    assert position(YES_NO, "> Position: yes\n\nThat overlooks the rollback.") is None
    assert position(YES_NO, "> Position: yes\n\nPosition: no") == "no"


def test_line_breaks_inside_a_json_string_are_read() -> None:
    text = '{"argument": "First.\nPOSITION: no is what others say.", "position": "yes"}'
    assert position(YES_NO, text) == "yes"


@pytest.mark.parametrize(
    "stated",
    [
        "Do not adopt it now",
        "we should do not adopt",
        "a good idea: Adopt",
        "Adopt, but later",
        "not Adopt",
        "Adopt or Do not adopt",
        "A or B",
        "AB",
        "C",
        "do adopt",
        "dont adopt",
        "",
        "   ",
        "...",
    ],
)
def test_nothing_is_matched_by_a_part_of_it(stated: str) -> None:
    assert position(ADOPTION, json.dumps({"position": stated})) is None
    assert position(ADOPTION, stated) is None


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("a", "Adopt"),
        ("A", "Adopt"),
        ("(B)", "Do not adopt"),
        ("b.", "Do not adopt"),
        ("adopt", "Adopt"),
        ("A: Adopt", "Adopt"),
        ("B) Do not adopt", "Do not adopt"),
        ("**Do not adopt.**", "Do not adopt"),
        ("do  not\nadopt", "Do not adopt"),
    ],
)
def test_an_option_is_named_by_its_id_its_text_or_both(stated: str, meant: str) -> None:
    assert position(ADOPTION, json.dumps({"position": stated})) == meant


def test_an_id_beside_the_text_of_another_option_names_neither() -> None:
    assert position(ADOPTION, '{"position": "A: Do not adopt"}') is None


@pytest.mark.parametrize("word", ["abstain", "ABSTAIN", "Abstain.", "**abstain**"])
def test_abstaining_is_a_ballot_of_its_own_with_its_reason(word: str) -> None:
    text = json.dumps({"position": word, "argument": "Not my field.", "needs": ["the log"]})
    for form in (YES_NO, ADOPTION, OPEN):
        assert form.read(text) == Abstention(reason="Not my field.", needs=("the log",))


def test_an_unreadable_ballot_says_what_was_found_and_what_is_valid() -> None:
    assert YES_NO.read('{"position": "maybe"}') == Unreadable(
        reason='its position "maybe" is not exactly one of "yes", "no", or "abstain" if you '
        "cannot judge."
    )
    assert YES_NO.read('{"argument": "..."}') == Unreadable(reason='it has no "position".')
    assert YES_NO.read('{"position": "yes"} {"position": "no"}') == Unreadable(
        reason='it states different positions: "yes" and "no".'
    )


def test_a_seat_is_told_the_same_fault_and_the_form_again() -> None:
    fault = YES_NO.fault("I would say yes")
    assert fault == 'it has no "position".'
    assert YES_NO.fault(BALLOT) is None
    told = repair_request(YES_NO, fault)
    assert told.startswith('Your reply could not be read: it has no "position".')
    assert told.endswith(YES_NO.instructions())


@pytest.mark.parametrize("claim", ["1.2", "-0.1", "1e999", "NaN", "Infinity", '"very"', "true"])
def test_a_confidence_that_is_no_share_is_left_out_and_costs_no_vote(claim: str) -> None:
    read = YES_NO.read(f'{{"position": "yes", "confidence": {claim}}}')
    assert read == Position(position="yes", confidence=None)


@pytest.mark.parametrize(("claim", "share"), [("0", 0.0), ("1", 1.0), ("0.7", 0.7), ('"0.7"', 0.7)])
def test_a_confidence_in_0_to_1_is_recorded(claim: str, share: float) -> None:
    read = YES_NO.read(f'{{"position": "yes", "confidence": {claim}}}')
    assert read == Position(position="yes", confidence=share)


@pytest.mark.parametrize(
    ("fields", "needs"),
    [
        ({"needs": "the log"}, ("the log",)),
        ({"needs": ["the  log\n", 3, "", None, "prices"]}, ("the log", "prices")),
        ({"needs": {"a": 1}}, ()),
        ({}, ()),
    ],
)
def test_what_surrounds_the_position_is_read_leniently(
    fields: dict[str, object], needs: tuple[str, ...]
) -> None:
    text = json.dumps({"position": "yes", "argument": 7, "would_flip": [], **fields})
    assert YES_NO.read(text) == Position(position="yes", needs=needs)


def test_only_a_revision_says_what_changed_the_mind() -> None:
    text = '{"position": "yes", "because": "the rehearsal log"}'
    assert REVISION.read(text) == Position(position="yes", because="the rehearsal log")
    assert YES_NO.read(text) == Position(position="yes", because=None)


def test_half_a_surrogate_pair_is_shown_as_a_question_mark() -> None:
    text = (
        '{"position": "\\ud83d Ship", "argument": "\\ud83d\\ude00 \\udc00", "needs": ["\\udc00"]}'
    )
    assert OPEN.read(text) == Position(position="Ship", argument="\N{GRINNING FACE} ?")


def test_control_characters_are_no_part_of_a_position() -> None:
    assert position(OPEN, '{"position": "\\u001b[31mShip\\u0000 it\\u202e"}') == "[31mShip it"
    assert position(YES_NO, '{"position": "y\\u200bes\\u0000"}') == "yes"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 20_000,
        '{"a":[' * 17_000,
        "{" * 100_000,
        '{"' * 50_000,
        '[{"a":"' * 15_000,
        "<think>" * 15_000,
        "position:" * 11_000,
        "**" * 50_000,
        "POSITION: yes\nPOSITION: no\n" * 4_000,
        "The answer is maybe. " * 5_000,
        "The answer is maybe.\n" * 5_000,
        "The answer is:\n" * 6_000,
        "Therefore, " * 9_000,
        "Since a, and the b, " * 5_000,
        "\\boxed{" * 14_000,
        "\\boxed{" + "a" * 100_000,
        "$$ " * 33_000,
        'the answer is "' * 7_000,
        ". " * 50_000,
    ],
)
def test_a_hundred_kilobytes_of_rubbish_is_unreadable_at_once(text: str) -> None:
    began = time.process_time()
    assert position(YES_NO, text) is None
    assert time.process_time() - began < 1, "reading must stay linear in the length of a reply"


def test_a_hundred_kilobytes_of_argument_are_read() -> None:
    argument = 'It is {additive} and "safe".\n' * 3_500
    read = YES_NO.read(json.dumps({"argument": argument, "position": "no"}))
    assert read == Position(position="no", argument=argument.strip())


def test_the_schema_offers_the_ids_and_the_argument_before_the_position() -> None:
    schema = ADOPTION.json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert list(properties)[:2] == ["argument", "position"]
    assert properties["position"] == {"type": "string", "enum": ["A", "B", "abstain"]}
    assert schema["required"] == list(properties)
    assert schema["additionalProperties"] is False
    assert "because" not in properties
    assert isinstance(REVISION.json_schema()["properties"], dict)
    assert "because" in REVISION.instructions()
    assert (ADOPTION.name, REVISION.name) == ("ballot", "revised_ballot")


@pytest.mark.parametrize("word", ["abstain", "ABSTAIN", "Abstain."])
def test_where_nobody_may_abstain_the_word_is_no_open_position_either(word: str) -> None:
    """Three seats saying so were once a unanimous ruling "Abstain."."""
    form = BallotForm(Open(), abstain=False)
    assert isinstance(form.read(json.dumps({"position": word, "argument": "x"})), Unreadable)


@pytest.mark.parametrize("written", ["null", "None.", "N/A", "-"])
def test_a_null_in_quotes_names_no_cause_of_a_change(written: str) -> None:
    text = json.dumps({"position": "no", "argument": "x", "because": written})
    assert REVISION.read(text) == Position(position="no", argument="x", because=None)

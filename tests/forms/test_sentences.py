"""Positions stated in sentences, as real models write them. Semantics "yes_no, options"."""

import json

import pytest

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed, Open, Probability

OPTIONS = Choices(("Ship on Friday", "Wait", "Ship behind a flag", "$70.90"))
SHIPPING = BallotForm(Closed(OPTIONS))
BLIND = BallotForm(Closed(OPTIONS), alone=True)
YES_NO = BallotForm(Closed(Choices(("yes", "no"), ids=("yes", "no"))))


def position(text: str, form: BallotForm = SHIPPING) -> str | None:
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
        "The answer is (C).",
        "The answer is C",
        "The answer is: C",
        "The answer is **(C)**.",
        "**The answer is (C).**",
        "Answer: C",
        "**Answer: C**",
        "**Answer:** C",
        "## Answer: C",
        "Final answer: (C) Ship behind a flag",
        "Final Answer: The answer is C.",
        "Final Answer：C",
        "The correct option is C",
        "The best answer is (C): Ship behind a flag.",
        "The most appropriate choice is [C].",
        "My position is C.",
        "My vote: C",
        "The answer is Ship behind a flag.",
        'The answer is "Ship behind a flag".',
        "The answer is C. Ship behind a flag",
        "The answer is (C). It is both early and safe.",
        "The answer is (C) because it is both early and safe.",
        "The correct answer is:\n\n**C. Ship behind a flag**",
        "The answer is:\n\\[ \\boxed{C} \\]",
        "The answer is $\\boxed{\\text{(C)}}$.",
        "The answer is \\( C \\).",
        "So we get \\boxed{C}",
        "Waiting costs. The flag does not. Therefore, the answer is (C).",
        "Since the flag can be turned off, the answer is (C).",
        "However, since there is a flag, the correct answer is C.",
        "It costs $$1 + 1$$ The answer is (C).",
        "Thus the final answer is C.\nThe answer is (C).",
        "<think>The answer is (B).</think>The answer is (C).",
    ],
)
def test_a_labelled_sentence_states_a_position(text: str) -> None:
    assert position(text) == "Ship behind a flag"


@pytest.mark.parametrize(
    "text",
    [
        "The answer is not C.",
        "The answer isn't (C).",
        "The answer is no longer C.",
        "C is not the answer.",
        "I do not think the answer is C.",
        "It is wrong that the answer is C.",
        "If nobody is on call, the answer is C.",
        "Unless we wait, the answer is (C).",
        "Those who say the answer is C overlook the lock.",
        "Some say: the answer is C.",
        "Some peers hold that, since it is safe, the answer is C.",
        'My peer wrote "The answer is C." and nothing else.',
        'My peer wrote "It is safe. The answer is C. Go." and nothing else.',
        "> The answer is C.",
        "Is the answer C?",
        "The answer is C?",
        "The answer is C or B.",
        "The answer is (A) and (C).",
        "The answer is (A), (C), and (B).",
        "The answer is A, C",
        "The answer is C, unless nobody is on call.",
        "The answer is C if somebody is on call.",
        "The answer is C as long as somebody is on call.",
        "The answer is C: Wait",
        "The answer is C. Wait",
        "The answer is to ship behind a flag on Friday.",
        "The answer is Ship.",
        "The answer is a matter of taste, and a",
        "The answer is a",
        "The answer is among the options.",
        "The answer is (E).",
        "The answer would be C.",
        "The answer lies between A and C.",
        "The answers are C.",
        "Option C is worth a thought.",
        "Options: C",
        "So \\boxed{C or D}",
        "It costs \\boxed{70}",
        "The answer is",
        "The answer is:\n\n\n\n\n\nC",
    ],
)
def test_nothing_else_does(text: str) -> None:
    assert position(text) is None
    assert position(text, BLIND) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("The answer is yes.", "yes"),
        ("Answer: No", "no"),
        ("Answer: No, because nobody is on call.", "no"),
        ("The answer is no longer open.", None),
        ("The answer is yes, but later.", None),
        ("The answer is yes. No, wait.", "yes"),
        ("The answer is yes. No.", None),
        ("My vote: abstain", "abstain"),
    ],
)
def test_yes_and_no_are_read_no_less_strictly(text: str, meant: str | None) -> None:
    assert position(text, YES_NO) == meant


@pytest.mark.parametrize(
    "text",
    [
        "The answer is (A).\nThe answer is (B).",
        "The answer is (A). On reflection, that overlooks the lock.\n\nFinal answer: B",
        "Answer: A\nSo \\boxed{B}",
        "The answer is (A).\nPOSITION: B",
        'The answer is (A).\n{"position": "B"}',
        "The answer is (A).\n\nQuestion: And on Monday?\nThe answer is (B).",
    ],
)
def test_two_different_statements_are_no_ballot(text: str) -> None:
    for form in (SHIPPING, BLIND):
        read = form.read(text)
        assert isinstance(read, Unreadable)
        assert read.reason.startswith("it states different positions: ")


def test_a_blind_reply_that_opens_and_closes_with_one_position_states_that_one() -> None:
    examination = (
        "The answer is (A).\n\nThe answer is (C).\n\nThe answer is (B).\n\nThe answer is A."
    )
    assert position(examination, BLIND) == "Ship on Friday"
    assert position(examination, SHIPPING) is None, "between peers it may be a quotation"
    in_json = '{"position": "A"} {"position": "B"} {"position": "A"}'
    assert position(in_json, BLIND) is None
    assert position("POSITION: A\nPOSITION: B\nPOSITION: A", BLIND) is None


def test_the_form_that_was_asked_for_may_be_surrounded_by_a_sentence_that_agrees() -> None:
    text = f"The answer is (C).\n{json.dumps({'position': 'C', 'argument': 'It is safe.'})}"
    assert SHIPPING.read(text) == Position(position="Ship behind a flag", argument="It is safe.")


def test_the_argument_of_a_sentence_is_the_whole_reply() -> None:
    text = "Rows are lost.\n\nThe answer is (B)."
    assert SHIPPING.read(text) == Position(position="Wait", argument=text)


def test_an_amount_of_money_keeps_its_sign() -> None:
    assert position("The answer is (D) $70.90.") == "$70.90"
    assert position("The answer is D. $70.90") == "$70.90"
    assert position("The answer is 70.90") is None


@pytest.mark.parametrize("scale", [Open(), Probability()])
def test_only_given_options_are_looked_for_in_sentences(scale: Open | Probability) -> None:
    assert position("The answer is 0.5.", BallotForm(scale)) is None
    assert position("POSITION: 0.5", BallotForm(scale)) == "0.5"

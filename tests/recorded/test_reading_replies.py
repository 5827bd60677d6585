"""Ballot reading, measured on the long answers of thirteen real models.

They reasoned aloud and ended with "The answer is (C).", more or less. The reference letters
are those that whoever recorded the answers took from them.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Literal

from magi_mcp.core.ballots import Position
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.forms.sentences import stated_positions
from tests.recorded.data import recorded

LETTERS = "ABCDEFGHIJ"
Kind = Literal["right", "wrong", "unreadable", "rightly unreadable", "read beyond the reference"]


@dataclass(frozen=True)
class Reply:
    """One model's answer, and the letter it is known to have given; None for none."""

    model: str
    text: str
    options: tuple[str, ...]
    letter: str | None


@cache
def replies() -> tuple[Reply, ...]:
    """All replies whose letter is known by more than a guess."""
    known = {row["id"]: row for row in recorded("mmlupro_answers_dev.jsonl")}
    found: list[Reply] = []
    for row in recorded("mmlupro_raw_sample.jsonl"):
        answered = known.get(row["id"])
        if answered is None:
            continue
        raw, letters, options = row["raw"], answered["answers"], answered["options"]
        guessed = answered.get("fallback_parse") or []
        assert isinstance(raw, dict)
        assert isinstance(letters, dict)
        assert isinstance(options, list)
        assert isinstance(guessed, list)
        for model, text in raw.items():
            if model not in guessed:
                letter = letters[model]
                assert isinstance(text, str)
                assert letter is None or isinstance(letter, str)
                found.append(Reply(model, text, tuple(map(str, options)), letter))
    return tuple(found)


@cache
def choices(options: tuple[str, ...]) -> Choices:
    """The options of an item, under the letters that the models saw."""
    return Choices(options, ids=LETTERS[: len(options)])


def letter_of(reply: Reply, label: str) -> str:
    """The letter of an option."""
    offered = choices(reply.options)
    return next(i for i in offered.ids if offered.recognise(f"({i})") == label)


def read_letter(reply: Reply) -> str | None:
    """The letter that our own reading finds."""
    read = BallotForm(Closed(choices(reply.options)), alone=True).read(reply.text)
    return letter_of(reply, read.position) if isinstance(read, Position) else None


def last_letter(reply: Reply) -> str | None:
    """The letter of the last sentence that states one: what must not be taken."""
    stated = stated_positions(reply.text, choices(reply.options).recognise, alone=False)
    return letter_of(reply, stated[-1]) if stated else None


@cache
def outcomes() -> tuple[tuple[Reply, Kind], ...]:
    """Every reply with how it was read."""
    return tuple((reply, outcome(reply, read_letter(reply))) for reply in replies())


def outcome(reply: Reply, letter: str | None) -> Kind:
    """How a reply was read, against what is known of it."""
    if reply.letter is None:
        return "rightly unreadable" if letter is None else "read beyond the reference"
    if letter is None:
        return "unreadable"
    return "right" if letter == reply.letter else "wrong"


def test_at_most_two_in_a_thousand_are_misread_and_two_in_a_hundred_unreadable() -> None:
    counted = Counter(kind for _, kind in outcomes())
    answered = counted["right"] + counted["wrong"] + counted["unreadable"]
    assert answered > 3_900
    assert counted["wrong"] <= 0.002 * answered
    assert counted["unreadable"] <= 0.02 * answered


def test_hardly_a_reply_without_a_known_letter_is_read() -> None:
    # Those that are read do state one, as in "The answer is: B. Valid"; the recorders missed it.
    counted = Counter(kind for _, kind in outcomes())
    assert counted["rightly unreadable"] > 150
    assert counted["read beyond the reference"] <= 10


def test_no_model_is_read_much_worse_than_the_rest() -> None:
    answered = Counter(reply.model for reply in replies() if reply.letter is not None)
    unreadable = Counter(reply.model for reply, kind in outcomes() if kind == "unreadable")
    assert max(unreadable[model] / answered[model] for model in answered) <= 0.07


def test_taking_the_last_of_several_statements_would_misread_more_than_is_bearable() -> None:
    answered = [reply for reply in replies() if reply.letter is not None]
    misread = sum(outcome(reply, last_letter(reply)) == "wrong" for reply in answered)
    assert misread > 0.008 * len(answered)

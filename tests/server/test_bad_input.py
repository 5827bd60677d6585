"""What a caller gets wrong comes back as a failed result that says how to mend it."""

from dataclasses import replace

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.case import Seat
from magi_mcp.core.errors import NoSeats
from tests.server.meeting import SHIP, Era, meeting, text_of, with_bylaws

METHODS = "yes_no, options, probability, majority, consensus, minority, synthesis, compose."

BAD = [
    pytest.param({}, "question is required: ", id="no question"),
    pytest.param({"question": None}, "question is required: ", id="null question"),
    pytest.param({"question": ""}, "question: is blank; say what", id="empty question"),
    pytest.param({"question": " \n\t"}, "question: is blank; say what", id="blank question"),
    pytest.param(
        {"question": 3}, "question: 3 is refused. Input should be a valid string.", id="number"
    ),
    pytest.param(
        {"question": "q", "method": "yesno"},
        "method: 'yesno' is not known. Did you mean 'yes_no'? Valid: " + METHODS,
        id="unknown method",
    ),
    pytest.param(
        {"question": "q", "method": ["yes_no"]},
        "method: ['yes_no'] is refused. Input should be a valid string. Valid: " + METHODS,
        id="method of a wrong kind",
    ),
    pytest.param(
        {"question": "q", "protocol": "critic"},
        "protocol: 'critic' is not known. Did you mean 'critique'? Valid: vote, critique, "
        "escalate, adaptive.",
        id="unknown protocol",
    ),
    pytest.param(
        {"question": "q", "options": ["Ship"]},
        "options: 1 given; the method 'options' needs at least two.",
        id="one option",
    ),
    pytest.param(
        {"question": "q", "method": "options"},
        "options: 0 given; the method 'options' needs at least two.",
        id="method options without any",
    ),
    pytest.param(
        {"question": "q", "options": ["Ship", "Wait", "ship "]},
        "options: 'ship ' stands twice (also as 'Ship')",
        id="duplicate options",
    ),
    pytest.param(
        {"question": "q", "options": [f"Day {number}" for number in range(27)]},
        "options: 27 given; at most 26 are allowed.",
        id="too many options",
    ),
    pytest.param(
        {"question": "q", "options": ["Ship", "SHIP"]},
        "options: 'SHIP' stands twice (also as 'Ship')",
        id="options that differ only in case",
    ),
    pytest.param(
        {"question": "q", "options": ["Ship", "Wait"], "method": "yes_no"},
        "options: 2 given with the method 'yes_no'",
        id="options with another method",
    ),
    pytest.param(
        {"question": "q", "options": ["Ship", 7]},
        "options[1]: 7 is refused. Input should be a valid string.",
        id="an option that is no text",
    ),
    pytest.param(
        {"question": "q", "options": "Ship"},
        "options: 'Ship' is refused. Input should be a valid list.",
        id="options that are no list",
    ),
    pytest.param(
        {"question": "q", "metod": "yes_no"},
        "argument: 'metod' is not known. Did you mean 'method'? Valid: question, context, ",
        id="misspelt argument",
    ),
    pytest.param(
        {"question": "q", "waits": 5}, "argument: 'waits' is not known.", id="unknown argument"
    ),
]


@pytest.mark.parametrize(("arguments", "told"), BAD)
async def test_a_bad_argument_is_refused_by_name_and_nothing_is_asked(
    era: Era, arguments: dict[str, object], told: str
) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.call("deliberate", arguments)
        assert await hall.council.heads(1) == ()
    assert result.is_error
    assert text_of(result).startswith(f"FAILED: {told}")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "dossier_id is required: "),
        ({"dossier_id": "01234567"}, "dossier_id: '01234567' names no dossier in this store; "),
        ({"dossier_id": "latest"}, "dossier_id: 'latest' names no dossier in this store: "),
        ({"dossier_id": ""}, "dossier_id: '' names no dossier in this store; "),
        ({"id": "latest"}, "argument: 'id' is not known. "),
    ],
)
async def test_an_unknown_dossier_is_refused_with_the_ways_to_name_one(
    era: Era, arguments: dict[str, object], told: str
) -> None:
    async with meeting(era, SHIP) as hall:
        result = await hall.call("get_dossier", arguments)
    assert result.is_error
    assert text_of(result).startswith(f"FAILED: {told}")


async def test_a_huge_bad_value_is_not_sent_back_whole(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        unknown = await hall.ask(question="q", method="m" * 100_000)
        wrong = await hall.ask(question="q", options={"o" * 100_000: 1})
    assert unknown.is_error
    assert wrong.is_error
    assert len(text_of(unknown)) < 1_300
    assert len(text_of(wrong)) < 200
    assert text_of(unknown).startswith("FAILED: method: 'mmm")
    assert text_of(unknown).endswith(f"Valid: {METHODS}")


async def test_a_council_without_seats_says_what_to_set(era: Era) -> None:
    def nobody(request: Request) -> tuple[Seat, ...]:
        raise NoSeats("nobody sits on the council; set MAGI_SEATS.")

    change = with_bylaws(lambda bylaws: replace(bylaws, seats_for=nobody))
    async with meeting(era, SHIP, change=change) as hall:
        result = await hall.ask(question="q")
    assert result.is_error
    assert text_of(result) == "FAILED: seats: nobody sits on the council; set MAGI_SEATS."

"""Seats that are there once a council is to be seated, and not before."""

import subprocess
import sys

import pytest

from magi_mcp.core.budget import Purse
from magi_mcp.core.errors import CallerError
from magi_mcp.seats.failing import failing_model
from magi_mcp.seats.late import LateSeats
from tests.seats.asks import ask
from tests.seats.every_seat import PATIENCE_S
from tests.seats.offices import SetClock, case_of


def late() -> LateSeats:
    return LateSeats({}, SetClock(), 16, None)


async def test_a_scripted_council_is_seated_without_the_library_of_models() -> None:
    seats, case = late(), case_of({"melchior": ["scripted/demo"], "casper": ["scripted/demo"]})
    assert [*seats.seats(case, Purse())] == ["melchior", "casper"]
    assert [*await seats.tariffs(case)] == ["melchior", "casper"]
    assert not seats.loaded
    await seats.aclose()


async def test_what_one_case_learns_of_a_model_holds_for_the_next_and_is_shown() -> None:
    seats, model = late(), failing_model("authentication")
    for _ in range(2):
        seat = seats.seats(case_of({"melchior": [model]}), Purse())["melchior"]
        await seat.ask(ask(), PATIENCE_S)
    [condition] = seats.health.conditions(SetClock().now())
    assert (condition.endpoint, condition.failures) == (model, 2)


def test_a_script_that_does_not_exist_is_refused_when_it_is_to_be_seated() -> None:
    with pytest.raises(CallerError, match="nobody"):
        late().seats(case_of({"melchior": ["scripted/nobody"]}), Purse())


async def test_seats_that_were_never_needed_have_nothing_to_close() -> None:
    seats = late()
    await seats.aclose()
    assert not seats.loaded


def test_nothing_of_a_seat_is_imported_before_one_is_needed() -> None:
    program = (
        "import sys\n"
        "from magi_mcp.seats.late import LateSeats\n"
        "seats = LateSeats({}, None, 16, None)\n"
        "before = {n for n in sys.modules if n.startswith('magi_mcp.seats.')}\n"
        "print(sorted(before), seats.loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "['magi_mcp.seats.late'] False\n"

"""Whatever a model sends costs at most its own ballot."""

import time

from magi_mcp.convening import Request
from magi_mcp.core.ballots import Unreadable
from magi_mcp.core.forms import BallotForm, Open
from magi_mcp.seats.scripted import Script
from tests.support.councils import scripted_council

SEATS = 15


def nested(levels: int) -> str:
    return '{"position": "yes", "more": ' + "[" * levels + "]" * levels + "}"


async def test_a_reply_nested_as_deep_as_the_parser_can_go_breaks_no_deliberation() -> None:
    for deepest in range(800, 1000, SEATS):
        scripts: dict[str, Script] = {f"s{n}": [nested(deepest + n)] for n in range(SEATS)}
        async with scripted_council(scripts) as council:
            request = Request("Ship?", method="yes_no", max_rounds=0)
            dossier = await (await council.put(request)).wait()
        assert {type(said.ballot) for said in dossier.responses} == {Unreadable}


def test_a_reply_that_is_nested_as_replies_are_is_read() -> None:
    assert BallotForm(Open()).read(nested(10)).kind == "position"


def test_a_position_that_ends_in_100_kb_of_marks_is_read_in_no_time() -> None:
    began = time.process_time()
    ballot = BallotForm(Open()).read("POSITION: yes" + "*." * 50_000)
    assert time.process_time() - began < 0.5
    assert ballot.kind == "position"

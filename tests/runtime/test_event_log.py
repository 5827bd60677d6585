"""What the log says of a deliberation: what it is about, how it went, and nothing of its words."""

import logging

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Limits
from magi_mcp.core.events import ReplyReceived, RoundRefused
from magi_mcp.core.replies import Answered, Attempt, Failed, Reply, Usage
from magi_mcp.runtime.event_log import log_event
from tests.support.councils import ballot, scripted_council
from tests.support.log_lines import lines_of

ARGUMENT = "The rehearsal held."


def a_reply(reply: Reply) -> ReplyReceived:
    return ReplyReceived(ask_id="r1/ada", seat="ada", reply=reply, ballot=None)


async def test_every_line_of_a_deliberation_bears_its_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "magi_mcp.deliberation")
    scripts = {name: [ballot("yes", ARGUMENT)] for name in ("melchior", "balthasar")}
    async with scripted_council(scripts) as council:
        dossier = await (await council.put(Request("Ship?", method="yes_no"))).wait()
    lines = lines_of(caplog)
    assert [line["event"] for line in lines] == [
        "deliberation opened",
        "round asked",
        "reply received",
        "reply received",
        "deliberation ended",
    ]
    assert {line["dossier_id"] for line in lines} == {dossier.dossier_id}
    assert [line["level"] for line in lines] == ["info", "debug", "debug", "debug", "info"]
    assert (lines[0]["method"], lines[0]["protocol"], lines[0]["seats"]) == ("yes_no", "vote", 2)
    assert (lines[-1]["status"], lines[-1]["outcome"]) == ("decided", "unanimous")
    assert ARGUMENT not in str(lines)


async def test_a_council_that_fails_warns_and_names_the_causes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scripts = {"melchior": [Failed(failure="timeout", detail="no answer within 60 s")]}
    async with scripted_council(scripts, limits=Limits(min_voices=1)) as council:
        await (await council.put(Request("Ship?", method="yes_no"))).wait()
    failed, ended = lines_of(caplog)
    assert (failed["event"], failed["failure"], failed["detail"]) == (
        "seat failed",
        "timeout",
        "no answer within 60 s",
    )
    assert (ended["event"], ended["status"], ended["level"]) == (
        "deliberation ended",
        "failed",
        "warning",
    )


def test_a_fallback_is_a_warning_and_a_second_try_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "magi_mcp.deliberation")
    down = Attempt(model="openai/a", outcome="server", detail="HTTP 500", usage=Usage())
    again = Attempt(model="openai/a", outcome="answered", usage=Usage())
    other = Attempt(model="openai/b", outcome="answered", usage=Usage())
    log_event(a_reply(Answered(text="yes", served_by="openai/b", attempts=(down, other))))
    log_event(a_reply(Answered(text="yes", served_by="openai/a", attempts=(down, again))))
    log_event(a_reply(Answered(text="yes", served_by="openai/a", attempts=(again,))))
    fallback, retry = lines_of(caplog)
    assert (fallback["event"], fallback["level"]) == ("another model served", "warning")
    assert (fallback["seat"], fallback["served_by"]) == ("ada", "openai/b")
    assert (retry["event"], retry["level"]) == ("tried again", "info")
    assert fallback["failed"] == retry["failed"] == ["openai/a: server"]


def test_whoever_plays_a_seat_is_no_fallback(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "magi_mcp.deliberation")
    played = Attempt(model=CALLER, outcome="answered", usage=Usage())
    log_event(a_reply(Answered(text="yes", served_by="openai/b", attempts=(played,))))
    assert lines_of(caplog) == []


def test_a_round_that_cannot_be_paid_for_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    log_event(RoundRefused(round_id="r2", reason="budget", detail="$0.02 are left"))
    [line] = lines_of(caplog)
    assert (line["event"], line["reason"], line["detail"], line["level"]) == (
        "round refused",
        "budget",
        "$0.02 are left",
        "warning",
    )

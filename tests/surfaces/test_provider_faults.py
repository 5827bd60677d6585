"""Faults of a real provider over HTTP, through ``ask`` and the server: they tell the same.

One council has them all: three sound seats, and one seat for each fault. Its models' breakers,
time-outs and pauses are those of the process that is asked.
"""

from collections.abc import Mapping
from functools import partial

import pytest

from magi_mcp.seats.scripts import Sample
from tests.provider import (
    DropMidBody,
    Hang,
    MisbehavingProvider,
    Replies,
    Say,
    Status,
    TokenCounts,
    json_ballot,
    running_provider,
)
from tests.server.meeting import Era
from tests.surfaces.processes import House, Told, all_at_once

YES = Say(
    json_ballot(position="yes", argument="It was rehearsed.", would_flip="A failure.").text,
    usage=TokenCounts(1000, 100),
)
SOUND = ("sound-1", "sound-2", "sound-3")
FAULTS: Mapping[str, Replies] = {
    "hanging": Hang(),
    "erring": Status.server_error(),
    "unauthorized": Status.unauthorized(),
    "withdrawn": Status.model_withdrawn("withdrawn"),
    "rambling": Say("Well, that rather depends.", usage=TokenCounts(1000, 100)),
    "dropping": DropMidBody(),
}
FAILURES = {
    "hanging": "no answer within 3 s",
    "erring": "HTTP 500",
    "unauthorized": "HTTP 401",
    "withdrawn": "HTTP 404",
    "dropping": "connection lost",
}
CALLS = {"hanging": 3, "erring": 3, "unauthorized": 1, "withdrawn": 1, "rambling": 2, "dropping": 3}
SAMPLE = Sample(question="Should we ship on Friday?", context="", method="yes_no", protocol="vote")
COUNCILS: Mapping[str, Era] = {"alone": "auto", "fallback": "legacy"}
"""Whether the faulty models have a fallback, and in which era the server is called."""


def seats(council: str) -> str:
    behind = "|openai/{0}-b" if council == "fallback" else ""
    faulty = [f"{{0}}=openai/{{0}}{behind}".format(name) for name in FAULTS]
    return ",".join([*(f"{name}=openai/{name}" for name in SOUND), *faulty])


def cast(provider: MisbehavingProvider) -> None:
    for name in SOUND:
        provider.set(name, YES)
    for name, replies in FAULTS.items():
        provider.set(name, replies)
        provider.set(f"{name}-b", YES)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Told]:
    """What both surfaces told of both councils."""
    with running_provider() as provider:
        cast(provider)
        house = House(
            tmp_path_factory.mktemp("surfaces"),
            OPENAI_API_BASE=provider.base_url,
            MAGI_TIMEOUT_S="3",
            MAGI_DEADLINE_S="60",
        )
        errands = {}
        for council, era in COUNCILS.items():
            errands[council, "ask"] = partial(house.ask, SAMPLE, seats(council))
            errands[council, "serve"] = partial(house.serve, SAMPLE, seats(council), era)
        return all_at_once(errands)


def test_without_fallbacks_three_voices_rule_and_every_loss_is_told(
    told: dict[tuple[str, str], Told],
) -> None:
    asked = told["alone", "ask"]
    verdict = asked.verdict
    assert (verdict["status"], verdict["outcome"], verdict["ruling"]) == (
        "decided",
        "majority",
        "yes",
    )
    assert (verdict["degraded"], verdict["provisional"], asked.exit_code) == (True, True, 0)
    kinds = {ballot["seat"]: ballot["kind"] for ballot in verdict["ballots"]}
    lost = {name: "unreadable" if name == "rambling" else "failed" for name in FAULTS}
    assert kinds == {**dict.fromkeys(SOUND, "position"), **lost}
    for name, cause in FAILURES.items():
        told_of_it = [w for w in verdict["warnings"] if w.startswith(f"{name} failed in round 1: ")]
        assert cause in "".join(told_of_it), verdict["warnings"]
    assert verdict["calls"] == len(SOUND) + sum(CALLS.values())


def test_with_fallbacks_all_are_heard_and_it_is_told_who_served(
    told: dict[tuple[str, str], Told],
) -> None:
    asked = told["fallback", "ask"]
    verdict = asked.verdict
    assert (verdict["outcome"], verdict["degraded"], asked.exit_code) == ("unanimous", False, 0)
    served = {ballot["seat"]: ballot["served_by"] for ballot in verdict["ballots"]}
    assert {name: served[name] for name in FAULTS} == {name: f"openai/{name}-b" for name in FAULTS}
    for name in FAULTS:
        beginning = f"{name} was served by openai/{name}-b: openai/{name} "
        assert any(warning.startswith(beginning) for warning in verdict["warnings"])
    # What hangs is not waited for again where another model can serve.
    calls = {**CALLS, "hanging": 1}
    assert verdict["calls"] == len(SOUND) + sum(calls.values()) + len(FAULTS)


@pytest.mark.parametrize("council", COUNCILS)
def test_the_server_tells_what_the_command_tells(
    told: dict[tuple[str, str], Told], council: str
) -> None:
    assert told[council, "serve"].essence == told[council, "ask"].essence
    assert not told[council, "serve"].failed


def test_nobody_is_shown_a_traceback(told: dict[tuple[str, str], Told]) -> None:
    assert [key for key, one in told.items() if "Traceback" in one.stderr] == []

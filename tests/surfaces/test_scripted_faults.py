"""Every fault a provider can cause, through ``ask``, the server and the demonstration.

The council is the demonstration's, with a model that fails in Casper's seat: without him it is
one against one, so that each fault alone keeps it from a ruling, and a fallback gives it back.
The demonstration is itself a client of a server process, in the newer era of the protocol; the
same council is put to a server in the older one, and those with a fallback in the newer.
"""

from collections.abc import Mapping
from functools import partial

import pytest

from magi_mcp.seats.failing import FAULT_KINDS, failing_model
from magi_mcp.seats.scripts import playbook
from tests.server.meeting import Era
from tests.surfaces.processes import House, Told, all_at_once

SOUND = "scripted/demo"
SAMPLE = playbook("demo").sample
READABLE = [kind for kind in FAULT_KINDS if kind != "malformed"]
LASTING = ("server", "malformed")
"""Kinds that are tried with a council all of whose seats fail."""
FALLEN_BACK = ("timeout", "rate_limited", "authentication", "malformed")
"""Kinds that are tried with a fallback: two that are tried again first, one that is not, and one
whose words are sent back once."""
COUNCILS = (
    *((kind, "alone") for kind in FAULT_KINDS),
    *((kind, "fallback") for kind in FALLEN_BACK),
    *((kind, "nobody") for kind in LASTING),
)
ERA: Mapping[str, Era] = {"alone": "legacy", "fallback": "auto", "nobody": "auto"}

Key = tuple[str, str, str]
"""A kind of fault, a council (alone, fallback, nobody) and a surface (ask, serve, demo)."""


def seats(kind: str, council: str) -> str:
    """A council with that fault, as ``MAGI_SEATS`` has it."""
    failing = failing_model(kind)
    others = failing if council == "nobody" else SOUND
    casper = f"{failing}|{SOUND}" if council == "fallback" else failing
    return f"melchior={others},balthasar={others},casper={casper}"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[Key, Told]:
    """What every surface told of every council."""
    house = House(tmp_path_factory.mktemp("surfaces"))
    errands = {}
    for kind, council in COUNCILS:
        cast = seats(kind, council)
        errands[kind, council, "ask"] = partial(house.ask, SAMPLE, cast)
        errands[kind, council, "serve"] = partial(house.serve, SAMPLE, cast, ERA[council])
        if council == "alone":
            errands[kind, council, "demo"] = partial(house.demo, "--fault", kind)
    flags = ("--fault", FALLEN_BACK[0], "--fallback")
    errands[FALLEN_BACK[0], "fallback", "demo"] = partial(house.demo, *flags)
    return all_at_once(errands)


@pytest.mark.parametrize("kind", FAULT_KINDS)
def test_without_a_fallback_the_verdict_is_degraded_and_says_who_was_lost(
    told: dict[Key, Told], kind: str
) -> None:
    asked = told[kind, "alone", "ask"]
    verdict = asked.verdict
    assert (verdict["status"], verdict["outcome"], verdict["ruling"]) == ("undecided", "tie", None)
    assert (verdict["degraded"], verdict["provisional"]) == (True, True)
    (lost,) = (ballot for ballot in verdict["ballots"] if ballot["seat"] == "casper")
    assert lost["kind"] == ("failed" if kind in READABLE else "unreadable")
    assert any(warning.startswith("casper ") for warning in verdict["warnings"])
    assert asked.exit_code == 3


@pytest.mark.parametrize("kind", FALLEN_BACK)
def test_with_a_fallback_the_verdict_is_whole_and_says_who_served(
    told: dict[Key, Told], kind: str
) -> None:
    asked = told[kind, "fallback", "ask"]
    verdict = asked.verdict
    assert (verdict["status"], verdict["outcome"]) == ("decided", "majority")
    assert (verdict["degraded"], verdict["provisional"]) == (False, False)
    (served,) = (ballot for ballot in verdict["ballots"] if ballot["seat"] == "casper")
    assert (served["model"], served["served_by"]) == (failing_model(kind), SOUND)
    beginning = f"casper was served by {SOUND}: {failing_model(kind)} "
    assert any(warning.startswith(beginning) for warning in verdict["warnings"])
    assert asked.exit_code == 0


def test_with_nobody_left_every_cause_is_listed(told: dict[Key, Told]) -> None:
    failed = told["server", "nobody", "ask"]
    assert (failed.verdict["status"], failed.exit_code) == ("failed", 1)
    causes = failed.verdict["warnings"]
    assert [cause.partition(":")[0] for cause in causes] == ["melchior", "balthasar", "casper"]
    unread = told["malformed", "nobody", "ask"]
    assert (unread.verdict["outcome"], unread.exit_code) == ("no_quorum", 3)


@pytest.mark.parametrize(("kind", "council"), COUNCILS)
def test_the_server_tells_what_the_command_tells(
    told: dict[Key, Told], kind: str, council: str
) -> None:
    assert told[kind, council, "serve"].essence == told[kind, council, "ask"].essence


@pytest.mark.parametrize(
    ("kind", "council"),
    [*((kind, "alone") for kind in FAULT_KINDS), (FALLEN_BACK[0], "fallback")],
)
def test_the_demonstration_tells_what_the_command_tells(
    told: dict[Key, Told], kind: str, council: str
) -> None:
    shown, asked = told[kind, council, "demo"], told[kind, council, "ask"]
    assert shown.essence == asked.essence
    assert shown.verdict["ballots"] == asked.verdict["ballots"]
    assert shown.exit_code == asked.exit_code


def test_a_call_is_an_error_where_the_command_fails_and_nowhere_else(
    told: dict[Key, Told],
) -> None:
    for (kind, council, surface), one in told.items():
        failed = (kind, council) == ("server", "nobody")
        assert one.failed == failed, (kind, council, surface)


def test_nobody_is_shown_a_traceback(told: dict[Key, Told]) -> None:
    assert [key for key, one in told.items() if "Traceback" in one.stderr] == []

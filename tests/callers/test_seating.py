"""Who is the caller's: from seat strings, from the configuration, and where nobody was found."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.callers import CALLER, check_callers
from magi_mcp.core.case import Limits
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.doctor.concerns import concerns
from magi_mcp.doctor.subjects import Members, subjects_of
from magi_mcp.server.council_page import page
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from magi_mcp.wiring import examine, open_council
from tests.conftest import NOBODY_LISTENS
from tests.doctor.patients import IN_MAGI_SEATS, seat

NOTHING = {"OLLAMA_HOST": NOBODY_LISTENS}
PLAYABLE = Request("Ship?", method="yes_no", playable=True)
ASKED_ALONE = Request("Ship?", method="yes_no")
THREE = "caller,caller,caller"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than any machine needs for an answer."""
    monkeypatch.setattr("magi_mcp.discovery.ollama.PATIENCE_S", 10.0)


@asynccontextmanager
async def council_in(folder: Path, environ: Mapping[str, str]) -> AsyncIterator[Council]:
    variables = {"MAGI_STORE": str(folder / "d.sqlite3"), **NOTHING, **environ}
    settings = load_settings(environ=variables, cwd=folder, user_dir=folder)
    async with open_council(settings, variables) as council:
        yield council


async def test_where_nobody_is_found_whoever_can_play_gets_three_of_eva(tmp_path: Path) -> None:
    async with council_in(tmp_path, {}) as council:
        case = await council.case_for(PLAYABLE)
    assert [(s.name, s.model, s.lens and s.lens.name) for s in case.seats] == [
        ("melchior", CALLER, "Melchior"),
        ("balthasar", CALLER, "Balthasar"),
        ("casper", CALLER, "Casper"),
    ]
    [note] = case.warnings
    assert note.startswith("No seats are configured and no model was found, so the caller plays")
    assert "set a provider's key or name seats (MAGI_SEATS)" in note


async def test_where_nobody_can_play_there_are_no_seats_as_before(tmp_path: Path) -> None:
    async with council_in(tmp_path, {}) as council:
        with pytest.raises(NoSeats, match=r"nobody sits on the council") as nobody:
            await council.case_for(ASKED_ALONE)
    told = "Until then only the tool deliberate works: whoever calls it is asked to play the seats"
    assert told in nobody.value.problem


@pytest.mark.parametrize(
    "environ", [{"OPENAI_API_KEY": "planted"}, {"MAGI_SEATS": "scripted/demo"}]
)
async def test_whoever_has_models_plays_nothing(tmp_path: Path, environ: dict[str, str]) -> None:
    async with council_in(tmp_path, environ) as council:
        case = await council.case_for(PLAYABLE)
    assert not case.is_callers


async def test_configured_seats_of_the_caller_need_no_search_and_no_note(tmp_path: Path) -> None:
    async with council_in(tmp_path, {"MAGI_SEATS": THREE, "OPENAI_API_KEY": "x"}) as council:
        case = await council.case_for(PLAYABLE)
        assert (case.is_callers, case.warnings) == (True, ())
        with pytest.raises(
            NoSeats, match="the seats have the model 'caller': whoever calls the tool deliberate"
        ):
            await council.case_for(ASKED_ALONE)


async def test_a_caller_may_play_beside_configured_models_where_it_asks_to(tmp_path: Path) -> None:
    configured = {"MAGI_SEATS": "openai/a,openai/b", "MAGI_ARBITER": "openai/c"}
    async with council_in(tmp_path, configured) as council:
        request = Request("Ship?", method="yes_no", seats=("x=caller", "y=caller"), playable=True)
        case = await council.case_for(request)
    assert (case.is_callers, case.arbiter, case.substitutes) == (True, None, ())
    assert case.warnings == (
        "openai/c was left out: on a council that the caller plays no model can be asked.",
    )


@pytest.mark.parametrize(
    ("seats", "told"),
    [
        ("caller,openai/a", r"seats: melchior is played by the caller and balthasar by 'openai/a'"),
        ("openai/a|caller", r"seats: melchior has the fallback 'caller', and the caller cannot"),
        ("caller|openai/a", r"seats: melchior is played by the caller and has the fallback 'open"),
    ],
)
async def test_a_part_of_a_council_cannot_be_the_callers(
    tmp_path: Path, seats: str, told: str
) -> None:
    async with council_in(tmp_path, {"MAGI_SEATS": seats}) as council:
        with pytest.raises(CallerError, match=f"^{told}"):
            await council.case_for(PLAYABLE)
        assert "No question can be put" in page(await council.standing())


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("Ship?", seats=("caller",), arbiter="openai/a", playable=True, owner=True),
         r"arbiter: 'openai/a' cannot be asked on a council that the caller plays"),
        (Request("Ship?", seats=("openai/a",), arbiter="caller", playable=True, owner=True),
         r"arbiter: 'caller' plays seats and nothing else; name a model, or leave it out"),
    ],
)  # fmt: skip
async def test_an_arbiter_and_the_caller_do_not_go_together(
    tmp_path: Path, request_: Request, told: str
) -> None:
    async with council_in(tmp_path, {}) as council:
        with pytest.raises(CallerError, match=f"^{told}"):
            await council.case_for(request_)


def test_the_caller_is_no_substitute() -> None:
    with pytest.raises(CallerError, match=r"^substitutes: 'caller' plays seats and nothing else"):
        check_callers({"ada": ["openai/a"]}, (), [CALLER])
    with pytest.raises(CallerError, match=r"^substitutes: 'openai/a' cannot be asked"):
        check_callers({"ada": [CALLER]}, (), ["openai/a"])
    check_callers({"ada": [CALLER], "ben": [CALLER]}, (), ())
    check_callers({"ada": ["openai/a", "openai/b"]}, ["openai/c"], ["openai/d"])


async def test_the_page_of_the_council_says_who_plays(tmp_path: Path) -> None:
    async with council_in(tmp_path, {}) as council:
        told = page(await council.standing())
    assert "| Melchior | Melchior | caller | unknown | played by whoever asks |" in told
    assert "so the caller plays them" in told
    assert "No question can be put" not in told


async def test_the_doctor_calls_nobody_for_such_seats_and_says_who_plays(tmp_path: Path) -> None:
    environ = {"MAGI_SEATS": THREE, "MAGI_STORE": str(tmp_path / "d.sqlite3")}
    settings = load_settings(environ=environ, cwd=tmp_path, user_dir=tmp_path)
    diagnosis = await examine(settings, environ)
    assert diagnosis.healthy
    assert diagnosis.models == ()
    assert [each.can_answer for each in diagnosis.seats] == [True] * 3
    [finding] = diagnosis.findings
    assert "the client that puts a question plays the seats" in finding.problem
    assert finding.place == "MAGI_SEATS"


def test_the_doctor_takes_the_caller_for_no_twin_of_itself() -> None:
    members = Members((seat(CALLER, "ada"), seat(CALLER, "ben")))
    assert subjects_of(members, IN_MAGI_SEATS) == ()
    [finding] = concerns(members, (), Limits(), IN_MAGI_SEATS)
    assert finding.seats == ("ada", "ben")

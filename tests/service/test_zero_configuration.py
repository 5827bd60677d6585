"""With no seats configured they are found: from keys, from a running Ollama, or not at all."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.service import Council
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council
from tests.conftest import NOBODY_LISTENS
from tests.discovery.ollama import serving, tags

NOTHING = {"OLLAMA_HOST": NOBODY_LISTENS}
SHIP = Request("Ship?", method="yes_no")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than any machine needs for an answer."""
    monkeypatch.setattr("magi_mcp.discovery.ollama.PATIENCE_S", 10.0)


@asynccontextmanager
async def beside_an_ollama(
    folder: Path, *models: str, **more: str
) -> AsyncIterator[tuple[Council, str, Sequence[str]]]:
    """The council of somebody whose Ollama has these models, its address, what it was asked."""
    async with (
        serving(tags(*models)) as (address, asked),
        council_in(folder, {"OLLAMA_API_BASE": address, **more}) as council,
    ):
        yield council, address, asked


@asynccontextmanager
async def council_in(folder: Path, environ: Mapping[str, str]) -> AsyncIterator[Council]:
    """The council of somebody with this environment and no file."""
    variables = {"MAGI_STORE": str(folder / "d.sqlite3"), **environ}
    settings = load_settings(environ=variables, cwd=folder, user_dir=folder)
    async with open_council(settings, variables) as council:
        yield council


async def test_a_key_seats_three_and_the_case_says_so(tmp_path: Path) -> None:
    async with council_in(tmp_path, {**NOTHING, "OPENROUTER_API_KEY": "planted"}) as council:
        assert council.expects_models
        case = await council.case_for(SHIP)
    assert [(seat.name, seat.model) for seat in case.seats] == [
        ("melchior", "openrouter/deepseek/deepseek-v3.2"),
        ("balthasar", "openrouter/openai/gpt-5.4-nano"),
        ("casper", "openrouter/google/gemini-2.5-flash"),
    ]
    [warning] = case.warnings
    assert warning.startswith("No seats are configured; they were found from OPENROUTER_API_KEY:")
    assert "planted" not in case.model_dump_json()


async def test_an_ollama_is_asked_when_a_question_is_put_and_not_before(tmp_path: Path) -> None:
    found = beside_an_ollama(tmp_path, "llama3.2:3b", "qwen3:8b")
    async with found as (council, address, asked):
        assert not council.expects_models
        assert asked == []
        case = await council.case_for(SHIP)
    assert [(seat.model, seat.access.api_base) for seat in case.seats] == [
        ("ollama_chat/llama3.2:3b", address),
        ("ollama_chat/qwen3:8b", address),
        ("ollama_chat/llama3.2:3b", address),
    ]
    [warning] = case.warnings
    assert warning.startswith(
        f"No seats are configured; they were found from the Ollama at {address}"
    )


@pytest.mark.parametrize(
    ("variable", "value"), [("OPENAI_API_KEY", "planted"), ("MAGI_SEATS", "scripted/demo")]
)
async def test_no_ollama_is_asked_where_there_are_seats(
    tmp_path: Path, variable: str, value: str
) -> None:
    found = beside_an_ollama(tmp_path, "llama3.2:3b", **{variable: value})
    async with found as (council, _, asked):
        case = await council.case_for(SHIP)
    assert asked == []
    assert "ollama" not in case.model_dump_json()


async def test_configured_seats_are_not_said_to_be_found(tmp_path: Path) -> None:
    environ = {**NOTHING, "OPENAI_API_KEY": "planted", "MAGI_SEATS": "scripted/demo"}
    async with council_in(tmp_path, environ) as council:
        case = await council.case_for(SHIP)
    assert [seat.model for seat in case.seats] == ["scripted/demo"]
    assert case.warnings == ()


async def test_nobody_anywhere_is_told_with_where_was_looked(tmp_path: Path) -> None:
    environ = {**NOTHING, "OPENAI_API_KEY": "planted", "OPENAI_API_BASE": "http://127.0.0.1:1/v1"}
    async with council_in(tmp_path, environ) as council:
        with pytest.raises(NoSeats) as caught:
            await council.case_for(SHIP)
    told = caught.value.problem
    assert told.startswith("nobody sits on the council. Looked for: a key, of which none is of use")
    assert "OPENAI_API_KEY was passed over: OPENAI_API_BASE leads to another server" in told
    assert f"Looked for: an Ollama; http://{NOBODY_LISTENS} cannot be reached. Name at" in told
    assert "planted" not in told


async def test_a_faulty_question_is_refused_before_the_lack_of_seats(tmp_path: Path) -> None:
    async with council_in(tmp_path, NOTHING) as council:
        with pytest.raises(CallerError, match=r"^question: "):
            await council.case_for(Request(" "))


async def test_callers_may_name_what_was_found_and_nothing_else(tmp_path: Path) -> None:
    found = beside_an_ollama(tmp_path, "llama3.2:3b", "qwen3:8b")
    async with found as (council, address, _):
        named = await council.case_for(Request("Ship?", seats=("ollama_chat/qwen3:8b",)))
        with pytest.raises(CallerError, match=r"^seats: 'openai/gpt-5' is not a model that may"):
            await council.case_for(Request("Ship?", seats=("openai/gpt-5",)))
    assert [seat.access.api_base for seat in named.seats] == [address]


async def test_an_owner_who_names_seats_needs_none_found(tmp_path: Path) -> None:
    async with beside_an_ollama(tmp_path, "llama3.2:3b") as (council, _, asked):
        case = await council.case_for(Request("Ship?", seats=("scripted/demo",), owner=True))
    assert [seat.model for seat in case.seats] == ["scripted/demo"]
    assert asked == []


async def test_the_configured_limits_and_substitutes_reach_the_case(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'substitutes = ["anthropic/claude-haiku-4-5"]\n'
        "[limits]\nmax_cost_usd = 0.5\nmax_tokens = 7000\nearly_close = true\n"
        '[arbiter]\nmodel = "openai/o3"\nfallbacks = ["openai/o4"]\n',
        encoding="utf-8",
    )
    async with council_in(tmp_path, {**NOTHING, "MAGI_SEATS": "scripted/demo"}) as council:
        case = await council.case_for(SHIP)
    limits = case.limits
    assert (limits.max_cost_usd, limits.max_tokens, limits.early_close) == (0.5, 7000, True)
    assert [each.model for each in case.substitutes] == ["anthropic/claude-haiku-4-5"]
    assert case.arbiter is not None
    assert [each.model for each in case.arbiter.candidates] == ["openai/o3", "openai/o4"]

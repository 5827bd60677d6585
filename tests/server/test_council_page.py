"""The council itself as a resource: seats and their health, limits, sources.

``MAGI_WRITE_SNAPSHOTS=1`` writes the approved page anew.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.case import Access, Candidate, Lens, Limits, Seat
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.core.health import Health
from magi_mcp.personas import load_presets
from magi_mcp.prompt_files import prompts_in
from magi_mcp.roster import Roster
from magi_mcp.server.council_page import page
from magi_mcp.service import Council
from magi_mcp.standing import Provisions, Standing, standing_of
from tests.server.meeting import SHIP, Era, meeting, with_bylaws

SNAPSHOT = Path(__file__).parent / "snapshots" / "council.md"
NOON = 1_700_049_600.0
OWN = Candidate(
    model="openai/our_own",
    access=Access(api_base="http://10.0.0.1/v1", api_key_env="OUR_KEY"),
    family="meta",
)


def bylaws(*seats: Seat) -> Bylaws:
    def seats_for(_: Request) -> tuple[Seat, ...]:
        return seats

    return Bylaws(
        seats_for=seats_for,
        prompts_for=lambda request: prompts_in(request.prompts_dir),
        limits=Limits(max_cost_usd=0.5),
        protocol="adaptive",
        presets=load_presets(),
    )


def rich() -> Standing:
    """A council with everything that a page can show."""
    lens = Lens(name="Melchior", text="Look closely.")
    council = bylaws(
        Seat(name="melchior", model="openai/gpt-4o", fallbacks=(OWN,), lens=lens),
        Seat(name="balthasar", model="anthropic/claude-haiku-4-5"),
        Seat(name="casper", model="scripted/demo"),
    )
    council = replace(
        council,
        arbiter=Seat(name="arbiter", model="mistral/mistral-large-latest"),
        substitutes=(Candidate(model="gemini/gemini-2.5-flash"),),
        roster=Roster(configured=(Candidate(model="openai/gpt-4o"), OWN), allowed=("openai/*",)),
        notes=("No seats are configured; they were found.",),
        warnings=("magi.toml: [[seats]] ignored.",),
    )
    health = Health()
    for second in range(5):
        health.record("openai/gpt-4o", "rate_limited", NOON - 10 + second)
    health.record("anthropic/claude-haiku-4-5", "answered", NOON - 5)
    health.record("mistral/mistral-large-latest", "timeout", NOON - 3)
    health.record("gemini/gemini-2.5-flash", "authentication", NOON - 60)
    health.record("openai/our_own", "server", NOON)  # the same name, at its usual address
    provisions = Provisions(
        sources={"seats": "MAGI_SEATS", "limits.max_cost_usd": "/home/me/config.toml:7"},
        max_tokens_per_day=1_000_000,
        max_concurrent_calls=16,
    )
    return standing_of(council, provisions, health.conditions(NOON), NOON)


def test_the_page_of_a_rich_council_is_as_it_was_approved() -> None:
    if os.environ.get("MAGI_WRITE_SNAPSHOTS"):
        SNAPSHOT.write_text(page(rich()), encoding="utf-8")
    assert page(rich()) == SNAPSHOT.read_text(encoding="utf-8")


def test_neither_an_address_nor_the_variable_of_a_key_is_shown() -> None:
    shown = page(rich())
    assert "our\\_own" in shown
    assert "10.0.0.1" not in shown
    assert "OUR" not in shown


async def test_the_council_can_be_read_before_anything_was_asked(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        content = await hall.read("magi://council")
    assert content.mime_type == "text/markdown"
    assert "| Melchior | none | scripted/melchior | unknown | scripted |" in content.text
    assert "| One deliberation | 600 s |" in content.text
    assert "Nothing was configured" in content.text


async def test_it_is_listed_with_a_description(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        listed = (await hall.client.list_resources()).resources
    (council,) = (resource for resource in listed if resource.uri == "magi://council")
    assert (council.title, council.mime_type) == ("Council", "text/markdown")


async def test_a_model_that_fails_is_shown_as_it_is_now(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        now = hall.council.clock.now()
        hall.council.health.record("scripted/casper", "authentication", now)
        paused = (await hall.read("magi://council")).text
        hall.council.health.record("scripted/casper", "answered", now + 1)
        mended = (await hall.read("magi://council")).text
    assert "| open: paused until 20" in paused
    assert "after 1 failure in a row (authentication) |" in paused
    assert "| Casper | none | scripted/casper | unknown | closed: answers |" in mended


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (NoSeats("nobody sits on the council. Name a model: MAGI_SEATS"), "Nobody sits on"),
        (CallerError("personas", "'eav' is not known."), "Personas: 'eav' is not known"),
    ],
)
async def test_where_nobody_can_be_asked_it_says_why(
    era: Era, fault: CallerError, told: str
) -> None:
    def nobody(_: Request) -> tuple[Seat, ...]:
        raise fault

    def unseated(council: Council) -> Council:
        return with_bylaws(lambda bylaws: replace(bylaws, seats_for=nobody))(council)

    async with meeting(era, SHIP, change=unseated) as hall:
        text = (await hall.read("magi://council")).text
    assert f"**No question can be put.** {told}" in text.replace("\\", "")
    assert "## Limits" in text


async def test_seats_that_only_a_search_finds_are_shown(era: Era) -> None:
    found = bylaws(Seat(name="melchior", model="ollama_chat/llama3.2"))

    async def look() -> Bylaws:
        return found

    def searching(council: Council) -> Council:
        return with_bylaws(lambda bylaws: replace(bylaws, look_further=look))(council)

    async with meeting(era, SHIP, change=searching) as hall:
        assert "ollama\\_chat/llama3.2" in (await hall.read("magi://council")).text

"""Configured limits are ceilings, and models a caller names must be known (semantics, "limits")."""

import math
from dataclasses import replace

import pytest

from magi_mcp.convening import Bylaws, Request, convene
from magi_mcp.core.case import Access, Candidate, Case, Limits, Seat
from magi_mcp.core.errors import CallerError
from magi_mcp.personas import load_presets
from magi_mcp.prompt_files import prompts_in
from magi_mcp.roster import Roster, seated
from magi_mcp.seat_strings import parse_each

OWN = Access(api_base="http://127.0.0.1:8000/v1", api_key_env="OWN_KEY")
ROSTER = Roster(
    configured=(Candidate(model="openai/own", access=OWN), Candidate(model="groq/b")),
    allowed=("openai/gpt-5*", "*/free-*", "xai/grok"),
)
CONFIGURED = Limits(max_cost_usd=1.0, max_tokens=50_000, deadline_s=600)


def seats_for(request: Request) -> tuple[Seat, ...]:
    return tuple(
        seated(seat.name or f"seat-{number}", ROSTER.candidates((seat.model, *seat.fallbacks)))
        for number, seat in enumerate(parse_each(request.seats or ("a=openai/own", "b=groq/b")))
    )


BYLAWS = Bylaws(
    seats_for=seats_for,
    prompts_for=lambda request: prompts_in(None),
    limits=CONFIGURED,
    protocol="vote",
    presets=load_presets(),
    roster=ROSTER,
    notes=("No seats are configured; they were found.",),
)


def case_of(request: Request, bylaws: Bylaws = BYLAWS) -> Case:
    return convene(request, bylaws, dossier_id="0" * 36)


def refusal(request: Request, bylaws: Bylaws = BYLAWS) -> str:
    with pytest.raises(CallerError) as caught:
        case_of(request, bylaws)
    return str(caught.value)


def bounds(case: Case) -> tuple[float | None, int | None, float]:
    return (case.limits.max_cost_usd, case.limits.max_tokens, case.limits.deadline_s)


def test_without_a_wish_the_configured_limits_hold() -> None:
    case = case_of(Request("Ship?"))
    assert bounds(case) == (1.0, 50_000, 600)


@pytest.mark.parametrize("owner", [False, True])
def test_everybody_may_lower_a_limit(owner: bool) -> None:
    request = Request("Ship?", max_cost_usd=0.1, max_tokens=9, deadline_s=30, owner=owner)
    case = case_of(request)
    assert bounds(case) == (0.1, 9, 30)
    assert case.warnings == BYLAWS.notes


def test_a_wish_above_its_ceiling_is_lowered_to_it_with_a_warning() -> None:
    case = case_of(Request("Ship?", max_cost_usd=2.5, max_tokens=50_001, deadline_s=601))
    assert bounds(case) == (1.0, 50_000, 600)
    assert case.warnings == (
        *BYLAWS.notes,
        "max_cost_usd: 2.5 was lowered to 1, the configured limit.",
        "max_tokens: 50001 was lowered to 50000, the configured limit.",
        "deadline_s: 601 was lowered to 600, the configured limit.",
    )


def test_the_owner_may_exceed_what_is_configured() -> None:
    request = Request("Ship?", max_cost_usd=2.5, max_tokens=90_000, deadline_s=900, owner=True)
    case = case_of(request)
    assert bounds(case) == (2.5, 90_000, 900)
    assert case.warnings == BYLAWS.notes


def test_where_nothing_is_configured_a_wish_stands_as_it_is() -> None:
    bylaws = replace(BYLAWS, limits=Limits())
    assert bounds(case_of(Request("?!", max_cost_usd=9, max_tokens=5), bylaws)) == (9, 5, 600)


@pytest.mark.parametrize("owner", [False, True])
@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("Ship?", max_cost_usd=0), "max_cost_usd: 0"),
        (Request("Ship?", max_cost_usd=-0.5), "max_cost_usd: -0.5"),
        (Request("Ship?", max_cost_usd=math.inf), "max_cost_usd: inf"),
        (Request("Ship?", max_tokens=0), "max_tokens: 0"),
        (Request("Ship?", max_tokens=-1), "max_tokens: -1"),
        (Request("Ship?", deadline_s=math.nan), "deadline_s: nan"),
        (Request("Ship?", deadline_s=0), "deadline_s: 0"),
    ],
)
def test_a_limit_that_is_no_positive_number_is_refused(
    request_: Request, told: str, owner: bool
) -> None:
    assert refusal(replace(request_, owner=owner)) == (
        f"{told} is not a finite number greater than 0."
    )


@pytest.mark.parametrize(
    "seat",
    ["openai/own", "x=groq/b|openai/own", "openai/gpt-5.4-nano", "openai/gpt-5", "a/free-b"],
)
def test_anybody_may_name_what_is_configured_or_allowed(seat: str) -> None:
    assert len(case_of(Request("Ship?", seats=(seat,))).seats) == 1
    assert case_of(Request("Ship?", arbiter=seat.removeprefix("x="))).arbiter is not None


@pytest.mark.parametrize(
    ("chain", "refused"),
    [
        ("openai/gpt-4", "openai/gpt-4"),
        ("openai/own|anthropic/opus", "anthropic/opus"),
        ("xopenai/gpt-5", "xopenai/gpt-5"),
        ("OPENAI/OWN", "OPENAI/OWN"),
        ("xai/grok-large", "xai/grok-large"),
        ("groq", "groq"),
    ],
)
def test_any_other_model_is_refused_by_name_with_what_is_allowed(chain: str, refused: str) -> None:
    problem = (
        f"{refused!r} is not a model that may be named here. Allowed: openai/own, groq/b, "
        "openai/gpt-5*, */free-*, xai/grok. Name one of these or leave it out; the owner of this "
        "server allows others with allowed_models or MAGI_ALLOWED_MODELS."
    )
    assert refusal(Request("Ship?", seats=("groq/b", chain))) == f"seats: {problem}"
    assert refusal(Request("Ship?", arbiter=chain)) == f"arbiter: {problem}"
    seated_by_the_owner = case_of(Request("Ship?", seats=(chain,), arbiter=chain, owner=True))
    assert seated_by_the_owner.arbiter is not None
    assert refused in {each.model for each in seated_by_the_owner.arbiter.candidates}


@pytest.mark.parametrize(
    ("allowed", "reached"),
    [
        ("*", False),
        ("huggingface/*", False),
        ("*://own.example/*", False),
        ("huggingface/https://own.example/*", True),
        ("huggingface/https://own.example/v1", True),
    ],
)
def test_no_star_stands_for_an_address_to_which_the_owners_key_would_go(
    allowed: str, reached: bool
) -> None:
    bylaws = replace(BYLAWS, roster=Roster(allowed=(allowed,)))
    request = Request("Ship?", arbiter="huggingface/https://own.example/v1")
    if reached:
        assert case_of(request, bylaws).arbiter is not None
    else:
        assert "is not a model that may be named here" in refusal(request, bylaws)


def test_where_nothing_is_configured_nothing_may_be_named() -> None:
    told = refusal(Request("Ship?", arbiter="a"), replace(BYLAWS, roster=Roster()))
    assert "Allowed: none." in told


def test_a_list_of_allowed_models_does_not_grow_without_end() -> None:
    roster = Roster(allowed=tuple(f"p/{number}" for number in range(100)))
    told = refusal(Request("Ship?", arbiter="a"), replace(BYLAWS, roster=roster))
    assert "p/14, ...." in told
    assert "p/15" not in told


def test_a_named_arbiter_is_reached_as_it_is_configured() -> None:
    arbiter = case_of(Request("Ship?", arbiter="openai/own|openai/gpt-5")).arbiter
    assert arbiter is not None
    assert [each.access for each in arbiter.candidates] == [OWN, OWN]


def test_what_is_said_of_found_seats_is_not_said_of_named_ones() -> None:
    assert case_of(Request("Ship?")).warnings == BYLAWS.notes
    assert case_of(Request("Ship?", seats=("groq/b",))).warnings == ()


def test_a_substitute_of_a_family_that_sits_already_is_left_out_with_a_warning() -> None:
    substitutes = (
        Candidate(model="openrouter/openai/gpt-5-mini"),
        Candidate(model="anthropic/claude-haiku-4-5"),
        Candidate(model="groq/unheard-of"),
        Candidate(model="vllm/mine", family="openai"),
        Candidate(model="openai/gpt-oss", family="meta"),
    )
    seats = (
        Seat(name="a", model="openai/gpt-5.4-nano"),
        Seat(name="b", model="groq/never-heard"),
        Seat(name="c", model="groq/mine", family="mistral"),
    )
    bylaws = replace(BYLAWS, seats_for=lambda request: seats, substitutes=substitutes, notes=())
    case = case_of(Request("Ship?"), bylaws)
    assert [each.model for each in case.substitutes] == [
        "anthropic/claude-haiku-4-5",
        "groq/unheard-of",
        "openai/gpt-oss",
    ]
    assert case.warnings == (
        "substitute openrouter/openai/gpt-5-mini: left out, for the council already has a seat "
        "of its family, openai.",
        "substitute vllm/mine: left out, for the council already has a seat of its family, openai.",
    )

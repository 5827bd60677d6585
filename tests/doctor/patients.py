"""Councils and probes for the doctor's tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from magi_mcp.checks import Probed, StoreLook, StoreState
from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.case import Access, Candidate, Limits, Seat
from magi_mcp.core.replies import FailureKind
from magi_mcp.doctor.checkup import Practice
from magi_mcp.doctor.subjects import PlaceOf, Subject, Trial
from magi_mcp.doctor.surroundings import places
from magi_mcp.identity import SystemClock
from magi_mcp.personas import load_presets
from magi_mcp.prompt_files import prompts_in

HEALTHY = Probed(
    "answered",
    provider="openai",
    key_env="OPENAI_API_KEY",
    elapsed_s=0.4,
    json_schema="supported",
    usd_per_token_in=1e-6,
    usd_per_token_out=2e-6,
)
IN_MAGI_SEATS = places({"seats": "MAGI_SEATS", "arbiter": "MAGI_ARBITER"})
STORE = StoreState("/store.sqlite3", exists=True, writable=True, version=2, latest=2, dossiers=3)


def faulty(
    outcome: FailureKind,
    detail: str = "",
    *,
    known_models: tuple[str, ...] = (),
    listed_there: bool = False,
    address: str | None = None,
    address_env: str | None = None,
    retry_after_s: float | None = None,
    spent: bool = False,
) -> Probed:
    """What is told of a model that is not well."""
    return replace(
        HEALTHY,
        outcome=outcome,
        detail=detail,
        elapsed_s=None,
        json_schema=None,
        known_models=known_models,
        listed_there=listed_there,
        address=address,
        address_env=address_env,
        retry_after_s=retry_after_s,
        spent=spent,
    )


def seat(model: str, name: str = "melchior", *fallbacks: str, api_base: str | None = None) -> Seat:
    """A seat of that model and those fallbacks."""
    return Seat(
        name=name,
        model=model,
        access=Access(api_base=api_base),
        fallbacks=tuple(Candidate(model=each) for each in fallbacks),
    )


def trial(subject: Subject, probed: Probed = HEALTHY) -> Trial:
    """What trying a subject told."""
    return Trial(subject, probed)


@dataclass
class ScriptedProber:
    """Finds every model healthy but those it is told of; ``probed`` keeps whom it tried."""

    ill: Mapping[str, Probed] = field(default_factory=dict)
    probed: list[str] = field(default_factory=list)

    async def probe(self, candidate: Candidate, timeout_s: float) -> Probed:
        self.probed.append(candidate.model)
        return self.ill.get(candidate.model, HEALTHY)


def practice(
    seats: Sequence[Seat],
    prober: ScriptedProber,
    *,
    arbiter: Seat | None = None,
    substitutes: Sequence[Candidate] = (),
    look: StoreLook | None = None,
    limits: Limits | None = None,
) -> Practice:
    """A practice with a council that is configured in ``MAGI_SEATS``."""

    def seats_for(_: Request) -> tuple[Seat, ...]:
        return tuple(seats)

    bylaws = Bylaws(
        seats_for=seats_for,
        prompts_for=lambda request: prompts_in(request.prompts_dir),
        limits=limits or Limits(),
        protocol="adaptive",
        presets=load_presets(),
        arbiter=arbiter,
        substitutes=tuple(substitutes),
    )
    return Practice(
        bylaws=bylaws,
        prober=prober,
        look_at_store=lambda _: look or StoreLook(STORE),
        clock=SystemClock(),
        personas="eva",
        personas_folder="/personas",
        sources={"seats": "MAGI_SEATS"},
    )


def place_of_file() -> PlaceOf:
    """Places of a configuration file in which every model has a line of its own."""
    return places(
        {
            "seats": "/magi.toml:1",
            "seats[0].model": "/magi.toml:2",
            "seats[0].api_base": "/magi.toml:3",
            "seats[0].fallbacks": "/magi.toml:4",
            "seats[0].fallbacks[1].api_base": "/magi.toml:6",
            "substitutes": "/magi.toml:9",
        }
    )

"""Discovery: what was found, and which three of many models sit on the council.

Pure. It must not know where the models came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from magi_mcp.core.callers import CALLER
from magi_mcp.core.families import family_of
from magi_mcp.settings import SeatSettings

SEATS = 3
"""A council that nobody has configured: enough for a majority, and no more calls than that."""


@dataclass(frozen=True)
class Found:
    """The seats that were found, and in words where, or where they were looked for in vain."""

    seats: tuple[SeatSettings, ...]
    told: str


def chosen(models: Sequence[str]) -> tuple[str, ...]:
    """Three of the models for as many seats; none of none.

    The first of each family first, then the others in their order; where there are fewer than
    three, some sit twice. What the table of families does not know is no family of another's.
    """
    families: set[str] = set()
    leading: list[str] = []
    following: list[str] = []
    for model in models:
        family = family_of(model) or model
        (following if family in families else leading).append(model)
        families.add(family)
    return tuple(islice(cycle((*leading, *following)), SEATS))


def seats_of_the_caller(looked_for: str) -> Found:
    """Seats that whoever asks plays, for nobody else was found where ``looked_for`` says."""
    return Found(
        (SeatSettings(model=CALLER),) * SEATS,
        "No seats are configured and no model was found, so the caller plays them. To have models "
        "answer, set a provider's key or name seats (MAGI_SEATS); magi-mcp doctor tries them. "
        f"{looked_for}",
    )


def seats_found(models: Sequence[str], where: str, api_base: str | None = None) -> Found:
    """A seat for each of the models, all found in one way."""
    known = {family_of(model) for model in models}
    single = ""
    if len(known) == 1 and None not in known:
        single = (
            f" All are of one family ({next(iter(known))}), and models of one family err "
            "together: name seats of several."
        )
    listed = ", ".join(dict.fromkeys(models))
    told = f"No seats are configured; they were found from {where}: {listed}.{single}"
    return Found(tuple(SeatSettings(model=model, api_base=api_base) for model in models), told)

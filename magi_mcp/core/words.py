"""Core: how people are told about seats, models, shares and money. One way for all surfaces."""

from collections.abc import Sequence
from decimal import Decimal

from magi_mcp.core.normal_form import one_line

MAKE_IT_FIT = (
    "raise the limit that is named ([limits] in the configuration, --max-cost for one question), "
    "bound replies (max_tokens of the seats), or take cheaper models or fewer rounds"
)
"""What can be done where something does not fit what may be spent; for the owner of the limits."""


def seat_title(seat: str) -> str:
    """A seat's name as a person reads it: ``melchior`` -> ``Melchior``."""
    return seat[:1].upper() + seat[1:]


def sentence_case(text: str) -> str:
    """``text`` with a capital first letter."""
    return text[:1].upper() + text[1:]


def seat_titles(seats: Sequence[str]) -> str:
    return ", ".join(seat_title(seat) for seat in seats)


def model_title(model: str) -> str:
    """A model's own name, without the route to it: ``openrouter/x/y-1`` -> ``y-1``."""
    return model.rpartition("/")[2] or model


def dollars(cost_usd: float | None) -> str:
    """A price with as many digits as it takes to see it; "cost unknown" for None."""
    if cost_usd is None:
        return "cost unknown"
    if cost_usd == 0:
        return "$0"
    if cost_usd >= 0.1:
        return f"${cost_usd:.2f}"
    return f"${Decimal(f'{cost_usd:.1e}').normalize():f}"


def seconds(elapsed_s: float) -> str:
    return f"{elapsed_s:.0f} s" if elapsed_s >= 10 else f"{elapsed_s:.1f} s"


def plural(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def shortened(text: str, characters: int) -> str:
    """``text`` on one line, cut at a word's end; a cut is always shown by an ellipsis."""
    line = one_line(text)
    if len(line) <= characters:
        return line
    return line[: characters - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


def sentence(text: str) -> str:
    """``text`` on one line, ended by a full stop where it has no end of its own."""
    line = one_line(text)
    return line if not line or line[-1] in ".!?…。" else f"{line}."

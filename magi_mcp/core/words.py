"""Core: how people are told about seats, models, shares and money. One way for all surfaces."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import get_args

from magi_mcp.core.normal_form import one_line
from magi_mcp.core.replies import FailureKind

MAKE_IT_FIT = (
    "raise the limit that is named (in the configuration, such as limits.max_cost_usd; those of a "
    "day begin anew at 00:00 UTC), bound replies (max_tokens of the seats), or take cheaper models "
    "or fewer rounds"
)
"""What can be done where something does not fit what may be spent; for the owner of the limits."""


_KINDS = "|".join(get_args(FailureKind))
_KIND = re.compile(rf"^(?:{_KINDS}|[^:]*: (?:{_KINDS}))(?=: )")
"""The kind of a failure as records have it: before the detail, after nothing but who failed."""


def failure_in_words(recorded: str) -> str:
    """A recorded failure as a person reads it: ``casper: rate_limited: 429`` -> ``rate limited``.

    Whatever else it says stays as it is, and so does the record.
    """
    return _KIND.sub(_without_underscores, recorded)


def _without_underscores(found: re.Match[str]) -> str:
    who, separator, kind = found[0].rpartition(": ")
    return f"{who}{separator}{kind.replace('_', ' ')}"


MEND = "Mend what the causes name (`magi-mcp doctor` tries every model and says how to mend it)"
"""What can be done where nobody answered."""


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


def enumerated(items: Iterable[str]) -> str:
    """``1``, ``1 and 2``, ``1, 2 and 3``."""
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last


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

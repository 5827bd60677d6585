"""Core: who was asked, through which models, and what it cost, as Markdown for any kind."""

from collections.abc import Iterator, Mapping

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.markup import cell
from magi_mcp.core.verdict import Envelope
from magi_mcp.core.words import dollars, plural, seat_title, seconds


def council_and_costs(
    dossier: Dossier, whole: Envelope, served: Mapping[str, str | None], mask: Mask
) -> Iterator[str]:
    """A row for everybody, and the sums of ``whole``; ``served`` says who answered for a seat."""
    case = dossier.case
    # No column for lenses: they have a section, and models are to fit a terminal in full.
    columns = ("Seat", *(() if case.anonymous else ("Model",)), "Calls", "Tokens in / out", "Cost")
    yield "## Council and costs"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield f"{'|---' * len(columns)}|"
    shown = [case.seat(name) for name in mask.names]
    for seat in (*shown, *([case.arbiter] if case.arbiter else [])):
        usage = dossier.usage_of([seat.name])
        cells = (
            seat_title(mask.name(seat.name)),
            *(() if case.anonymous else (served.get(seat.name) or seat.model,)),
            str(usage.calls),
            f"{_count(usage.tokens_in)} / {_count(usage.tokens_out)}" if usage.calls else "–",
            dollars(usage.cost_usd) if usage.calls else "–",
        )
        yield f"| {' | '.join(cell(each) for each in cells)} |"
    yield ""
    yield (
        f"{plural(whole.calls, 'call')}, {_count(whole.tokens_in)} tokens in and "
        f"{_count(whole.tokens_out)} out, {dollars(whole.cost_usd)}, "
        f"{seconds(whole.elapsed_s or 0)}. Dossier `{dossier.dossier_id}`."
    )


def own_prompts(dossier: Dossier) -> Iterator[str]:
    """Which templates were not the shipped ones: whoever compares results has to know."""
    overrides = dossier.case.prompt_overrides
    if overrides:
        told = ", ".join(f"`{name}` ({digest[:19]})" for name, digest in sorted(overrides.items()))
        yield f"Prompts of the user's own: {told}."


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"

"""Core: what every result starts with, from any dossier; and what is still to be done about it.

Knows no kinds: what was found, and what to make of it, is told by the kind's own module.
"""

from collections.abc import Collection, Iterator

from magi_mcp.core.activity import activity
from magi_mcp.core.anonymity import Mask
from magi_mcp.core.case import ARBITER
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.verdict import RESUMED, UNBOUND, UNPRICED, Envelope, Progress
from magi_mcp.core.words import MAKE_IT_FIT, MEND, plural, sentence_case


def envelope(dossier: Dossier, *, next_step: str | None, now: float | None) -> Envelope:
    """The envelope of a dossier as it stands. ``now`` as epoch seconds."""
    decision, usage = dossier.decision, dossier.usage
    elapsed_s = dossier.elapsed_s
    if dossier.status == "running" and now is not None:
        elapsed_s = max(elapsed_s, dossier.elapsed_until(now))
    return Envelope(
        kind=dossier.case.kind,
        dossier_id=dossier.dossier_id,
        dossier_uri=dossier.uri,
        status=dossier.status,
        degraded=decision.degraded if decision else dossier.status == "failed",
        provisional=decision.provisional if decision else False,
        warnings=(
            *(decision.warnings if decision else _warnings_so_far(dossier)),
            *_leg_warnings(dossier),
            *_price_warnings(dossier),
        ),
        rounds=len(dossier.ballot_rounds),
        calls=usage.calls,
        tokens_in=usage.tokens_in,
        tokens_out=usage.tokens_out,
        cost_usd=usage.cost_usd,
        elapsed_s=round(elapsed_s, 3),
        next_step=next_step,
    )


def progress(dossier: Dossier, now: float | None, *, of: int) -> Progress | None:
    """How far a dossier has come that is under way, ``of`` so many rounds at most; else None.

    No time runs for whoever plays the seats.
    """
    if not dossier.is_under_way:
        return None
    rounds = dossier.ballot_rounds
    newest = rounds[-1] if rounds else None
    limits = dossier.case.limits
    left = None
    if now is not None and dossier.status == "running":
        left = max(0.0, dossier.leg_began_at + limits.deadline_s - now)
    current = dossier.rounds[-1] if dossier.rounds else None
    return Progress(
        round=len(rounds),
        of=of,
        answered=len(newest.heard) if newest else 0,
        seats=len(newest.asks) if newest else len(dossier.case.seats),
        seconds_left=None if left is None else round(left, 1),
        doing=activity(current.purpose, current.number) if current else "",
        heard=_shown(dossier, current.responses) if current else (),
        awaited=_shown(dossier, current.unheard) if current and not current.closed else (),
    )


def unfinished_step(dossier: Dossier) -> str | None:
    """What to do about a dossier without a result; None for one that has its result."""
    name = short_id(dossier.dossier_id)
    match dossier.status:
        case "running":
            return (
                f'Call get_dossier("{name}") now; it waits for the verdict; do not answer from '
                "your own opinion."
            )
        case "failed" if dossier.refused is not None and dossier.refused.reason == "budget":
            return f"{sentence_case(MAKE_IT_FIT)}; then put the question again."
        case "failed":
            return (
                f'{MEND}, then control_dossier("{name}", "resume"): it asks those again who failed.'
            )
        case "interrupted" | "cancelled":
            return (
                f'If it still matters, control_dossier("{name}", "resume") goes on where it '
                "stopped; what had arrived is kept and not paid for again."
            )
        case "awaiting_replies" | "decided" | "undecided":
            return None


def more(dossier: Dossier) -> str:
    """Where all of a result is read."""
    return f'More: get_dossier("{short_id(dossier.dossier_id)}", detail="full").'


def _warnings_so_far(dossier: Dossier) -> tuple[str, ...]:
    """Without a decision: why there is none, and to whoever plays the seats, why that is so."""
    if dossier.status == "awaiting_replies":
        return dossier.case.warnings
    return dossier.causes


def _leg_warnings(dossier: Dossier) -> Iterator[str]:
    """What a reader has to know of a deliberation that was broken off and gone on with."""
    if dossier.lost_calls:
        calls = plural(dossier.lost_calls, "call")
        yield (
            f"{RESUMED}{calls} had been cut off and had to be made again; what became of the "
            "first, and what they cost, is unknown."
        )
    yield from dict.fromkeys(f"{RESUMED}{each}" for leg in dossier.legs for each in leg.warnings)


def _price_warnings(dossier: Dossier) -> Iterator[str]:
    usage, models = dossier.usage, dossier.unpriced_models
    if models and dossier.case.limits.max_cost_usd is not None:
        yield UNBOUND.format(models=", ".join(models))
    elif usage.calls and usage.cost_usd is None:
        yield UNPRICED


def _shown(dossier: Dossier, seats: Collection[str]) -> tuple[str, ...]:
    """The names of seats, the arbiter's last."""
    mask = Mask(dossier.case)
    return (*mask.several(seats), *((ARBITER,) if ARBITER in seats else ()))

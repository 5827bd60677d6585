"""Core: from a dossier to the contract's result, whatever state it is in."""

from collections.abc import Collection, Iterator, Sequence

from pydantic import JsonValue

from magi_mcp.core.activity import activity
from magi_mcp.core.anonymity import Mask, anonymised
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import ARBITER
from magi_mcp.core.deliberated import case_of, decision_of
from magi_mcp.core.details import Detail, brief, standard
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.summons import how_to_play, in_brief, shown_in, summons
from magi_mcp.core.verdict import (
    RESUMED,
    UNBOUND,
    UNPRICED,
    Findings,
    Planned,
    Progress,
    Verdict,
)
from magi_mcp.core.words import MAKE_IT_FIT, MEND, plural, sentence_case


def verdict_of(dossier: Dossier, *, now: float | None = None, asks: Sequence[Ask] = ()) -> Verdict:
    """The result of a deliberation, whatever state it is in.

    ``now`` is epoch seconds. ``asks`` are those that its caller has to answer, if it awaits any;
    without them it tells only which they are.
    """
    case, decision = case_of(dossier), decision_of(dossier)
    findings = decision.findings if decision else Findings()
    usage = dossier.usage
    elapsed_s = dossier.elapsed_s
    if dossier.status == "running" and now is not None:
        elapsed_s = max(elapsed_s, dossier.elapsed_until(now))
    verdict = Verdict(
        kind="deliberation",
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
        next_step=_next_step(dossier),
        question=case.question,
        method=case.method,
        protocol=case.protocol,
        progress=_progress(dossier, now) if dossier.is_under_way else None,
        asks=summons(dossier, asks) if dossier.status == "awaiting_replies" else None,
        actual=dossier.actual,
        **dict(findings),
    )
    return anonymised(verdict, case) if case.anonymous else verdict


def as_json(verdict: Verdict | Planned, detail: Detail) -> dict[str, JsonValue]:
    """The result with the contract's keys, in the contract's order.

    ``progress`` is a key of those alone that are under way, ``asks`` of those that await replies,
    ``actual`` of those of which somebody told what really happened, and ``plan`` of plans, which
    have but one detail.
    """
    whole: dict[str, JsonValue] = verdict.model_dump(mode="json", by_alias=True)
    if isinstance(verdict, Planned):
        return whole
    for key in ("progress", "actual"):
        if whole[key] is None:
            del whole[key]
    whole.pop("asks", None)  # they come last, and are cut by a rule of their own
    match detail:
        case "brief":
            shown = brief(whole)
        case "standard":
            shown = standard(whole)
        case "full":
            shown = whole
    if verdict.asks is None:
        return shown
    return shown_in(shown, in_brief(verdict.asks) if detail == "brief" else verdict.asks)


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


def _next_step(dossier: Dossier) -> str | None:
    name = short_id(dossier.dossier_id)
    match dossier.status:
        case "running":
            return (
                f'Call get_dossier("{name}") now; it waits for the verdict; do not answer from '
                "your own opinion."
            )
        case "awaiting_replies":
            return how_to_play(name, summons(dossier, ()))
        case "decided":
            return f"Give the user {_to_give(dossier)}. {_more(name)}"
        case "undecided" if _too_few(dossier):
            return (
                "Tell the user that too few seats took a position for a ruling, and why; mend "
                f"what can be mended and put the question again. {_more(name)}"
            )
        case "undecided" if case_of(dossier).method == "consensus":
            return (
                "Tell the user that the draft was not ratified and what is objected to; do not "
                f"present it as agreed. {_more(name)}"
            )
        case "undecided" if case_of(dossier).method == "compose":
            return (
                "Give the user the drafts that share the first place; do not choose between them "
                f"in the council's name. {_more(name)}"
            )
        case "undecided":
            return (
                "Tell the user that the council is split and what each side holds; do not "
                "present either side as its decision. With facts that would move a side, put it "
                f'again: deliberate(..., follows="{name}"). {_more(name)}'
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


def _more(name: str) -> str:
    return f'More: get_dossier("{name}", detail="full").'


def _to_give(dossier: Dossier) -> str:
    match dossier.decision.outcome if dossier.decision else None:
        case "estimate":
            return "the estimate, its range and what the outliers argue"
        case "synthesis":
            return "the account, and where the views part"
        case "ranking":
            return "the best draft in full, and who ranked another one first"
        case _:
            return "ruling, split and dissent"


def _too_few(dossier: Dossier) -> bool:
    return dossier.decision is not None and dossier.decision.outcome == "no_quorum"


def _progress(dossier: Dossier, now: float | None) -> Progress:
    rounds = dossier.ballot_rounds
    newest = rounds[-1] if rounds else None
    limits = dossier.case.limits
    driven = dossier.status == "running"
    left = (
        None
        if now is None or not driven
        else max(0.0, dossier.leg_began_at + limits.deadline_s - now)
    )
    current = dossier.rounds[-1] if dossier.rounds else None
    return Progress(
        round=len(rounds),
        of=1 + limits.max_rounds,
        answered=len(newest.heard) if newest else 0,
        seats=len(newest.asks) if newest else len(dossier.case.seats),
        seconds_left=left,
        doing=activity(current.purpose, current.number) if current else "",
        heard=_shown(dossier, current.responses) if current else (),
        awaited=_shown(dossier, current.unheard) if current and not current.closed else (),
    )


def _shown(dossier: Dossier, seats: Collection[str]) -> tuple[str, ...]:
    """The names of seats, the arbiter's last."""
    mask = Mask(dossier.case)
    return (*mask.several(seats), *((ARBITER,) if ARBITER in seats else ()))

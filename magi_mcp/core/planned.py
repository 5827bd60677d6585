"""Core: the plan of a deliberation as a result, in the contract's shape and in words.

Says what asking would take, and whether it can be paid for. Nothing of it is ever journaled.
"""

from collections.abc import Iterator

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.budget import Expense, Purse
from magi_mcp.core.case import ARBITER, AnyCase
from magi_mcp.core.verdict import Plan, Planned, SeatPlan
from magi_mcp.core.words import (
    MAKE_IT_FIT,
    dollars,
    model_title,
    plural,
    seat_title,
    sentence,
    sentence_case,
    shortened,
)


def afforded(plan: Plan, whole: Expense, opening: Expense, purse: Purse) -> Plan:
    """The plan with what of it ``purse`` can pay for.

    ``whole`` is the worst case of all of it, ``opening`` that of the first round and of a
    conclusion from it: a deliberation begins where that fits (semantics R7).
    """
    shortages = (words for pool in purse.pools for words in pool.shortages(whole))
    exceeds = tuple(sentence_case(sentence(words)) for words in shortages)
    if not exceeds:
        return plan
    begins = all(pool.shortage(opening) is None for pool in purse.pools)
    return plan.model_copy(update={"exceeds": exceeds, "affordable": "part" if begins else "none"})


def planned(case: AnyCase, plan: Plan) -> Planned:
    """The plan as a result; a case that was never opened has no dossier."""
    mask = Mask(case)
    method, protocol = case.course
    return Planned(
        kind=case.kind,
        degraded=False,
        provisional=False,
        warnings=tuple(map(mask.told, (*case.warnings, *_unpriced(case, plan)))),
        rounds=0,
        calls=0,
        tokens_in=0,
        tokens_out=0,
        cost_usd=0.0,
        elapsed_s=0.0,
        next_step=_next_step(plan),
        question=case.question,
        method=method,
        protocol=protocol,
        plan=plan if not case.anonymous else _anonymous(plan, mask),
    )


def announce_plan(result: Planned) -> str:
    """The text form of a plan; the shape is the contract's ("content")."""
    return "\n".join(_lines(result))


def totals(plan: Plan) -> str:
    """The plan's sums on one line: ``at most 14 calls, 52,000 tokens, $0.42``."""
    return f"at most {plural(plan.calls, 'call')}, {plan.tokens:,} tokens, {dollars(plan.cost_usd)}"


def course(plan: Plan) -> str:
    """How many calls it comes to if all goes well, and when it is more than the most planned."""
    least = f"{plural(plan.least_calls, 'call')} if all agree at once; "
    return (
        f"{least if plan.least_calls < plan.calls else ''}over {plan.calls} only after failures, "
        "within limits."
    )


def fit(plan: Plan) -> str:
    """Whether it can be paid for, as one sentence; what it exceeds stands in ``exceeds``."""
    match plan.affordable:
        case "all" if plan.cost_usd is None:
            return "As far as prices are known, all of it fits what may be spent."
        case "all":
            return "All of it fits what may be spent."
        case "part":
            return (
                "The first round fits what may be spent, but not all of it: a later round may "
                "not be asked."
            )
        case "none":
            return "It does not fit what may be spent: nobody would be asked."


def _lines(result: Planned) -> Iterator[str]:
    plan = result.plan
    yield f"PLAN: {totals(plan)}. Nothing was asked."
    yield f"Question: {shortened(result.question, 300)}"
    yield f"Method {result.method}, protocol {result.protocol}: {course(plan)}"
    yield f"Seats: {' | '.join(map(_seat, plan.seats))}"
    yield fit(plan)
    yield from (f"- {words}" for words in plan.exceeds)
    yield from (f"Note: {shortened(warning, 240)}" for warning in result.warnings)
    yield f"Next: {result.next_step}"


def _seat(seat: SeatPlan) -> str:
    models = f" ({', then '.join(map(model_title, seat.models))})" if seat.models else ""
    return f"{seat_title(seat.seat)}{models}"


def _unpriced(case: AnyCase, plan: Plan) -> Iterator[str]:
    if case.is_callers:
        yield "The caller plays the seats: what its answers cost is not known here."
        return
    for seat in plan.seats:
        if seat.cost_usd is None:
            yield (
                f"The price of {' or '.join(seat.models)} ({seat_title(seat.seat)}) is unknown: "
                "there is no total, and limits of cost do not bound it; max_tokens does."
            )


def _next_step(plan: Plan) -> str:
    if plan.affordable == "all":
        return "Tell the user what it may cost; to have it deliberated, ask again without dry_run."
    return f"Tell the user what does not fit. To make it fit, {MAKE_IT_FIT}; then ask again."


def _anonymous(plan: Plan, mask: Mask) -> Plan:
    by_seat = {seat.seat: seat for seat in plan.seats}
    shown = [by_seat[seat] for seat in (*mask.names, ARBITER) if seat in by_seat]
    return plan.model_copy(
        update={
            "seats": tuple(
                seat.model_copy(update={"seat": mask.name(seat.seat), "models": ()})
                for seat in shown
            )
        }
    )

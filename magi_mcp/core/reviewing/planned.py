"""Core: the plan of a review as a result. Nothing of it is ever journaled."""

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.result import PlannedReview
from magi_mcp.core.verdict import Plan
from magi_mcp.core.words import MAKE_IT_FIT


def planned_review(case: ReviewCase, plan: Plan) -> PlannedReview:
    """The plan as a result; a case that was never opened has no dossier."""
    mask = Mask(case)
    if case.anonymous:
        by_seat = {each.seat: each for each in plan.seats}
        shown = tuple(
            by_seat[seat].model_copy(update={"seat": name, "models": ()})
            for seat, name in mask.names.items()
        )
        plan = plan.model_copy(update={"seats": shown})
    fits = plan.affordable == "all"
    return PlannedReview(
        kind="review",
        status="planned",
        degraded=False,
        provisional=False,
        warnings=tuple(map(mask.told, case.warnings)),
        rounds=0,
        calls=0,
        tokens_in=0,
        tokens_out=0,
        cost_usd=0.0,
        elapsed_s=0.0,
        next_step=(
            "Tell the user what it may cost; to have it reviewed, ask again without dry_run."
            if fits
            else f"Tell the user what does not fit. To make it fit, {MAKE_IT_FIT}; then ask again."
        ),
        scope=case.scope,
        files_reviewed=case.paths,
        files_skipped=case.skipped,
        plan=plan,
    )

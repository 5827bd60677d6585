"""Core: a result in one line: its state, what was found, and how it came about.

Every surface takes these words from here, so that none tells a weaker result as a stronger.
"""

from collections.abc import Sequence

from magi_mcp.core.verdict import RankedDraft, Verdict
from magi_mcp.core.words import enumerated, model_title, plural, seat_title

_DO_NOT_PRESENT = "do not present either side as the council's decision"


def state(verdict: Verdict) -> str:
    """The contract's word for the state of a result, e.g. ``DECIDED``."""
    match verdict.status:
        case "decided":
            match verdict.outcome:
                case "forced":
                    return "FORCED"
                case "estimate":
                    return "ESTIMATE"
                case "synthesis":
                    return "SYNTHESIS"
                case "ranking":
                    return "RANKED"
                case _:
                    return "DECIDED"
        case "undecided":
            return "NO RULING"
        case other:
            return other.upper().replace("_", " ")


def found(verdict: Verdict) -> str:
    """What the council found: the ruling, the estimate, the best draft; "" for none."""
    match verdict.outcome:
        case "estimate":
            return likelihood(verdict.probability) if verdict.probability is not None else ""
        case "synthesis":
            overlooked = verdict.method == "minority"
            return (
                "What the prevailing view overlooks" if overlooked else "One account of all views"
            )
        case "ranking":
            best = verdict.ranking[0] if verdict.ranking else None
            return f"Draft {best.draft}, by {seat_title(best.seat)}" if best else ""
        case _:
            return verdict.ruling or ""


def how(verdict: Verdict) -> str:
    """How it came about: the outcome with its numbers, or who decided instead of the votes."""
    votes = _votes(verdict)
    match verdict.outcome:
        case "forced":
            return f"{_forced_by(verdict)}; the votes stood {votes}"
        case "estimate":
            return _estimate(verdict)
        case "synthesis":
            return f"from {plural(_counted(verdict), 'answer')}"
        case "ranking" | "tie" if verdict.ranking:
            return _ranking(verdict)
        case None:
            return ""
        case outcome if verdict.method == "consensus":
            if verdict.answer is None:
                return f"{outcome.replace('_', ' ')}, no draft"
            word = outcome if verdict.status == "decided" else "not ratified"
            return f"{word}, {_accepts(verdict)} of {len(verdict.ballots)} accept the draft"
        case outcome:
            confirmed = f", confirmed by {_arbiter(verdict)}" if verdict.arbiter else ""
            return f"{outcome.replace('_', ' ')}, {_leading(verdict)}{confirmed}"


def why_not(verdict: Verdict) -> str:
    """Why there is no ruling, and what must not be made of it."""
    counted = _counted(verdict)
    council = len(verdict.ballots)
    match verdict.outcome:
        case _ if verdict.method == "consensus" and verdict.answer is None:
            return "no common ground was drafted, so nothing is agreed"
        case _ if verdict.method == "consensus" and not verdict.tally:
            return (
                "nobody accepted or objected to the draft of the common ground; do not present "
                "it as agreed"
            )
        case _ if verdict.method == "consensus":
            return (
                f"the draft of the common ground was not ratified, {_accepts(verdict)} of "
                f"{council} accept it; do not present it as agreed"
            )
        case "tie" if verdict.ranking:
            return "drafts share the first place; do not present one as the council's choice"
        case "no_quorum" if verdict.method == "compose":
            return "too few drafts or raters for a ranking; do not present one as the best"
        case "tie":
            return f"a tie at {verdict.tally[0].votes} each; {_DO_NOT_PRESENT}"
        case "below_threshold":
            return (
                f"the leading position has {verdict.tally[0].votes} of {counted} counted ballots, "
                f"too few to rule; {_DO_NOT_PRESENT}"
            )
        case _:
            return (
                f"only {counted} of {council} seats took a position, too few to rule; do not "
                "present it as the council's decision"
            )


def why_failed(verdict: Verdict) -> str:
    """Why a council failed: the seats did not answer, or their round was never asked."""
    return "no seat answered" if verdict.rounds else "no seat was asked"


def _accepts(verdict: Verdict) -> int:
    return sum(entry.votes for entry in verdict.tally if entry.position == "accept")


def _counted(verdict: Verdict) -> int:
    return sum(entry.votes for entry in verdict.tally)


def _leading(verdict: Verdict) -> str:
    votes = verdict.tally[0].votes if verdict.tally else 0
    counted, council = _counted(verdict), len(verdict.ballots)
    if counted == council:
        return f"{votes} of {council}"
    return f"{votes} of {counted} counted, {council} seats"


def _votes(verdict: Verdict) -> str:
    return "-".join(str(entry.votes) for entry in verdict.tally)


def _arbiter(verdict: Verdict) -> str:
    if verdict.arbiter is None or verdict.arbiter.model is None:
        return "the arbiter"
    return f"the arbiter {model_title(verdict.arbiter.model)}"


def _forced_by(verdict: Verdict) -> str:
    if verdict.decided_by == "arbiter":
        return f"by {_arbiter(verdict)}"
    seats = " and ".join(seat_title(seat) for seat in verdict.pivotal_seats)
    return f"by {seats}, the first by trust" if seats else "by the first seat by trust"


def _estimate(verdict: Verdict) -> str:
    estimate = verdict.estimate
    if estimate is None:
        return ""
    pooled = estimate.log_odds_mean
    return (
        f"mean of {plural(_counted(verdict), 'estimate')} from {likelihood(estimate.min)} to "
        f"{likelihood(estimate.max)}; median {likelihood(estimate.median)}"
        f"{'' if pooled is None else f', log-odds mean {likelihood(pooled)}'}"
    )


def likelihood(share: float) -> str:
    """A probability with as many digits as keep it from looking like a certainty."""
    for digits in (2, 3, 4):
        if share in (0, 1) or 0 < float(f"{share:.{digits}f}") < 1:
            return f"{share:.{digits}f}"
    return "below 0.0001" if share < 0.5 else "above 0.9999"


def _ranking(verdict: Verdict) -> str:
    drafts = verdict.ranking or ()
    shares: dict[int, list[RankedDraft]] = {}
    for place, draft in zip(places(drafts), drafts, strict=True):
        shares.setdefault(place, []).append(draft)
    rated = ", ".join(f"{_score(each[0])} for {_numbers(each)}" for each in shares.values())
    adjusted = any(draft.adjusted is not None for draft in drafts)
    tie = "a tie: " if verdict.outcome == "tie" else ""
    return f"{tie}{rated}{'' if adjusted else '; not adjusted for the raters'}"


def _numbers(drafts: Sequence[RankedDraft]) -> str:
    listed = enumerated(map(str, sorted(draft.draft for draft in drafts)))
    return f"{'draft' if len(drafts) == 1 else 'drafts'} {listed}"


def places(drafts: Sequence[RankedDraft]) -> list[int]:
    """The place of each ranked draft, from 1; drafts of equal score share theirs."""
    scores = [draft.mean if draft.adjusted is None else draft.adjusted for draft in drafts]
    return [scores.index(score) + 1 for score in scores]


def _score(draft: RankedDraft) -> str:
    score = draft.mean if draft.adjusted is None else draft.adjusted
    return "no rating" if score is None else f"{score:.1f}"

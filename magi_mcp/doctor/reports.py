"""Doctor: from trials to what is reported of models and seats, and to findings about them.

Pure. A fault is an error where it leaves a seat, or the arbiter, with nobody to serve it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from magi_mcp.checks import Probed
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Seat
from magi_mcp.core.health import Condition
from magi_mcp.doctor.diagnosis import Finding, ModelReport, Recent, SeatReport, Severity
from magi_mcp.doctor.remedies import Ailment, ailment
from magi_mcp.doctor.subjects import Members, Trial, trial_of

_HEARD = frozenset(("rate_limited", "server", "bad_request", "refused_content"))
"""What only a server can have answered that was reached."""

ConditionOf = Callable[[str], Condition | None]
"""How a model, by its string, has fared with those who asked it of late."""


def can_serve(trial: Trial, timeout_s: float) -> bool:
    """Whether a model answered, and as fast as a deliberation needs it."""
    return ailment(trial.subject, trial.probed, timeout_s) is None


def seat_report(seat: Seat, trials: Sequence[Trial], timeout_s: float) -> SeatReport:
    """Who is to serve a seat, and whether anybody can."""
    return SeatReport(
        name=seat.name,
        persona=seat.lens.name if seat.lens else None,
        model=seat.model,
        fallbacks=tuple(each.model for each in seat.fallbacks),
        family=seat.candidates[0].known_family,
        can_answer=seat.model == CALLER
        or any(can_serve(trial_of(candidate, trials), timeout_s) for candidate in seat.candidates),
    )


def model_report(trial: Trial, timeout_s: float, condition_of: ConditionOf) -> ModelReport:
    """What trying a model told, fact by fact."""
    probed = trial.probed
    return ModelReport(
        model=trial.model,
        address=probed.address,
        family=trial.subject.family,
        used_by=trial.subject.uses,
        outcome=probed.outcome,
        detail=probed.detail,
        reachable=_reachable(probed),
        key_valid=_key_valid(probed),
        exists={"answered": True, "unknown_model": False}.get(probed.outcome),
        json_schema=probed.json_schema,
        latency_s=None if probed.elapsed_s is None else round(probed.elapsed_s, 3),
        price_known=probed.price_known,
        usd_per_token_in=probed.usd_per_token_in,
        usd_per_token_out=probed.usd_per_token_out,
        recent=_recent(condition_of(trial.model)),
        serves=can_serve(trial, timeout_s),
    )


def _reachable(probed: Probed) -> bool | None:
    if probed.outcome == "connection":
        return False
    return True if probed.outcome == "answered" or _was_answered(probed) else None


def _was_answered(probed: Probed) -> bool:
    return probed.outcome in _HEARD or probed.detail.startswith("HTTP ")


def _key_valid(probed: Probed) -> bool | None:
    if probed.outcome == "authentication":
        return False
    return True if probed.outcome in ("answered", "rate_limited") else None


def _recent(condition: Condition | None) -> Recent | None:
    if condition is None:
        return None
    return Recent(
        state=condition.state,
        failures=condition.failures,
        last_outcome=condition.last_outcome,
        last_at=condition.last_at,
        paused_until=condition.paused_until,
    )


def findings_about_models(
    members: Members, trials: Sequence[Trial], timeout_s: float
) -> Iterator[Finding]:
    """What is wrong with models; those that suffer from the same and have one mend are joined."""
    reports = [seat_report(seat, trials, timeout_s) for seat in members.everybody]
    silenced = {report.name for report in reports if not report.can_answer}
    joined: dict[tuple[Severity, Ailment], list[Trial]] = {}
    for trial in trials:
        ill = ailment(trial.subject, trial.probed, timeout_s)
        if ill is not None:
            severity: Severity = "error" if silenced.intersection(trial.seats) else "warning"
            joined.setdefault((severity, ill), []).append(trial)
    for (severity, ill), sick in joined.items():
        yield Finding(
            severity=severity,
            about="model",
            problem=ill.problem,
            mend=ill.mend,
            models=_models(sick),
            seats=_seats(sick),
            place=sick[0].subject.uses[0].place,
        )


def _models(trials: Sequence[Trial]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(trial.model for trial in trials))


def _seats(trials: Sequence[Trial]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(seat for trial in trials for seat in trial.seats))


def findings_about_health(trials: Sequence[Trial], condition_of: ConditionOf) -> Iterator[Finding]:
    """Models that have failed those who asked them of late, whether or not they answer now."""
    for model in dict.fromkeys(trial.model for trial in trials):
        condition = condition_of(model)
        if condition is None or condition.state == "closed":
            continue
        paused = (
            f"; a server leaves it out until {_clock(condition.paused_until)} where another "
            "model can serve"
            if condition.paused_until is not None
            else ""
        )
        yield Finding(
            severity="warning",
            about="model",
            problem=f"{model} has failed {condition.failures} times in a row, last at "
            f"{_clock(condition.last_at)} ({condition.last_outcome.replace('_', ' ')}){paused}",
            mend="If it answers here, nothing need be done: the next answer ends the pause.",
            models=(model,),
            seats=_seats([trial for trial in trials if trial.model == model]),
        )


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%H:%M:%S} UTC"

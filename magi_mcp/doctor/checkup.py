"""Doctor: the examination. Asks everybody at once, and is done within 20 s.

Layer: edge; it reads no setting and calls no provider itself: what it needs is handed to it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from magi_mcp.checks import Prober, StoreLook
from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.accounts import RecordedAttempt
from magi_mcp.core.case import Seat
from magi_mcp.core.errors import CallerError
from magi_mcp.core.health import Condition, Health
from magi_mcp.doctor import surroundings
from magi_mcp.doctor.concerns import concerns
from magi_mcp.doctor.diagnosis import (
    ConfigurationReport,
    Diagnosis,
    Finding,
    PersonasReport,
    SeatReport,
)
from magi_mcp.doctor.reports import (
    ConditionOf,
    findings_about_health,
    findings_about_models,
    model_report,
    seat_report,
)
from magi_mcp.doctor.subjects import Members, PlaceOf, Subject, Trial, subjects_of
from magi_mcp.personas import PresetLibrary
from magi_mcp.ports import Clock

PATIENCE_S = 20.0
"""How long an examination may take."""

LOOK_BACK_S = 3600.0
"""How far back the calls of earlier deliberations are looked at."""

_ANY_QUESTION = Request(question="")


@dataclass(frozen=True)
class Practice:
    """What an examination works with.

    ``look_at_store`` takes a moment, in epoch seconds, and blocks. ``personas`` is the preset
    in force, ``personas_folder`` where the user's own presets lie. ``sources``, ``places``,
    ``ignored`` and ``user_file`` are those of the configuration.
    """

    bylaws: Bylaws
    prober: Prober
    look_at_store: Callable[[float], StoreLook]
    clock: Clock
    personas: str
    personas_folder: str
    sources: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    user_file: str | None = None
    patience_s: float = PATIENCE_S

    @property
    def place_of(self) -> PlaceOf:
        """Where a setting was made, or the nearest one it is part of."""
        return surroundings.places({**self.places, **self.sources})


@dataclass(frozen=True)
class _Examined:
    """Everything that was found out."""

    bylaws: Bylaws
    members: Members
    obstacles: tuple[Finding, ...]
    look: StoreLook
    trials: tuple[Trial, ...]
    condition_of: ConditionOf


async def check_up(practice: Practice) -> Diagnosis:
    """Try every model, look at the store, and say what is wrong and how to mend it.

    Costs a few tokens for each model. Nothing is written anywhere. Raises nothing for what is
    wrong with models, store or configuration: that is what is reported.
    """
    began = time.monotonic()
    examined = await _examine(practice)
    findings = _findings(examined, practice)
    timeout_s = examined.bylaws.limits.timeout_s

    def report(seat: Seat) -> SeatReport:
        return seat_report(seat, examined.trials, timeout_s)

    arbiter = examined.members.arbiter
    return Diagnosis(
        healthy=not any(finding.severity == "error" for finding in findings),
        findings=findings,
        models=tuple(
            model_report(trial, timeout_s, examined.condition_of) for trial in examined.trials
        ),
        seats=tuple(map(report, examined.members.seats)),
        arbiter=None if arbiter is None else report(arbiter),
        configuration=ConfigurationReport(
            sources=practice.sources,
            ignored=practice.ignored,
            notes=examined.bylaws.notes,
            user_file=practice.user_file,
        ),
        store=surroundings.store_report(examined.look.state),
        personas=PersonasReport(
            presets=tuple(examined.bylaws.presets.presets),
            in_force=practice.personas,
            user_folder=practice.personas_folder,
        ),
        versions=surroundings.versions(),
        elapsed_s=round(time.monotonic() - began, 3),
    )


def misconfigured(fault: CallerError, presets: PresetLibrary, personas_folder: str) -> Diagnosis:
    """The report where the configuration cannot be read: nobody is known who could be tried."""
    finding = surroundings.about_seats(fault)
    return Diagnosis(
        healthy=False,
        findings=(finding, *surroundings.about_personas(presets)),
        models=(),
        seats=(),
        arbiter=None,
        configuration=ConfigurationReport(sources={}, ignored=(), notes=(), user_file=None),
        store=None,
        personas=PersonasReport(
            presets=tuple(presets.presets), in_force=None, user_folder=personas_folder
        ),
        versions=surroundings.versions(),
        elapsed_s=0.0,
    )


async def _examine(practice: Practice) -> _Examined:
    bylaws = await practice.bylaws.for_request(_ANY_QUESTION)
    members, obstacles = _members(bylaws)
    look, trials = await _tried(practice, subjects_of(members, practice.place_of))
    return _Examined(
        bylaws=bylaws,
        members=members,
        obstacles=obstacles,
        look=look,
        trials=trials,
        condition_of=_conditions(look.attempts, practice.clock.now()),
    )


def _members(bylaws: Bylaws) -> tuple[Members, tuple[Finding, ...]]:
    """Who may be asked, and what keeps any question from being put to them."""
    obstacles = []
    seats: tuple[Seat, ...] = ()
    try:
        seats = bylaws.seats_for(_ANY_QUESTION)
    except CallerError as fault:
        obstacles.append(surroundings.about_seats(fault))
    try:
        bylaws.prompts_for(_ANY_QUESTION)
    except CallerError as fault:
        obstacles.append(surroundings.about_seats(fault))
    return Members(seats, bylaws.arbiter, bylaws.substitutes), tuple(obstacles)


async def _tried(
    practice: Practice, subjects: Sequence[Subject]
) -> tuple[StoreLook, tuple[Trial, ...]]:
    """The store and every model, all at once."""
    trials: dict[int, Trial] = {}
    looks: list[StoreLook] = []
    since = practice.clock.now() - LOOK_BACK_S

    async def look() -> None:
        looks.append(await anyio.to_thread.run_sync(practice.look_at_store, since))

    async def attempt(number: int, subject: Subject) -> None:
        probed = await practice.prober.probe(subject.candidate, practice.patience_s)
        trials[number] = Trial(subject, probed)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look)
        for number, subject in enumerate(subjects):
            tasks.start_soon(attempt, number, subject)
    return looks[0], tuple(trials[number] for number in range(len(subjects)))


def _conditions(attempts: Sequence[RecordedAttempt], now: float) -> ConditionOf:
    """How models have fared, as a process would see it that had made all these calls itself."""
    health = Health()
    for recorded in attempts:
        health.record(recorded.attempt.model, recorded.attempt.outcome, recorded.at)

    def condition_of(model: str) -> Condition | None:
        return health.condition(model, now)

    return condition_of


def _findings(examined: _Examined, practice: Practice) -> tuple[Finding, ...]:
    """All findings; the errors come first."""
    place_of = practice.place_of
    limits = examined.bylaws.limits
    found = (
        *examined.obstacles,
        *findings_about_models(examined.members, examined.trials, limits.timeout_s),
        *surroundings.about_store(examined.look.state, place_of),
        *findings_about_health(examined.trials, examined.condition_of),
        *concerns(examined.members, examined.trials, limits, place_of),
        *surroundings.about_personas(examined.bylaws.presets),
        *surroundings.about_ignored(practice.ignored),
    )
    return tuple(sorted(found, key=lambda finding: finding.severity))

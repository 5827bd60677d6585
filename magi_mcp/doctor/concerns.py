"""Doctor: what is wrong with a council as a whole, whoever of it answers.

Pure. None of it keeps a question from being answered, except that nobody is there to ask.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from magi_mcp.checks import EMPTY
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Limits
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.words import plural, seat_title, seat_titles
from magi_mcp.doctor.diagnosis import Finding
from magi_mcp.doctor.subjects import Members, PlaceOf, Trial


def concerns(
    members: Members,
    trials: Sequence[Trial],
    limits: Limits,
    place_of: PlaceOf,
) -> tuple[Finding, ...]:
    """Warnings about who sits together, and about what cannot be reckoned in money."""
    place = place_of(("seats",))
    return (
        *_too_few(members, limits, place),
        *_played(members, place),
        *_one_family(members, place),
        *_twins(members, place),
        *_speechless(trials),
        *_unknown_families(trials),
        *_without_price(trials, limits),
    )


def _too_few(members: Members, limits: Limits, place: str) -> Iterator[Finding]:
    seats = len(members.seats)
    if 0 < seats < limits.min_voices:
        yield Finding(
            severity="warning",
            about="council",
            problem=f"{plural(seats, 'seat')}, and limits.min_voices is {limits.min_voices}: "
            "every verdict will be provisional",
            mend=f"Add seats in {place}, or lower limits.min_voices (MAGI_MIN_VOICES).",
            seats=tuple(seat.name for seat in members.seats),
            place=place,
        )


def _played(members: Members, place: str) -> Iterator[Finding]:
    seats = tuple(seat.name for seat in members.seats if seat.model == CALLER)
    if seats:
        yield Finding(
            severity="warning",
            about="council",
            problem="no model answers: the client that puts a question plays the seats "
            "(submit_replies), and magi-mcp ask cannot put one",
            mend=f"That may be as you want it; to have models answer, name them in {place}.",
            seats=seats,
            place=place,
        )


def _one_family(members: Members, place: str) -> Iterator[Finding]:
    families = {seat.candidates[0].known_family for seat in members.seats}
    if len(members.seats) < 2 or len(families) > 1 or None in families:
        return
    (name,) = families
    yield Finding(
        severity="warning",
        about="council",
        problem=f"all seats are of one family, {name}: its models err together, and every "
        "verdict will be provisional",
        mend=f"Give one of the seats a model of another maker in {place}.",
        seats=tuple(seat.name for seat in members.seats),
        place=place,
    )


def _twins(members: Members, place: str) -> Iterator[Finding]:
    sharing: dict[str, list[str]] = defaultdict(list)
    for seat in members.seats:
        if not seat.model.startswith(SCRIPTED) and seat.model != CALLER:
            sharing[seat.model].append(seat.name)
    for model, seats in sharing.items():
        if len(seats) > 1:
            yield Finding(
                severity="warning",
                about="council",
                problem=f"{seat_titles(seats)} have the same model, {model}: that is one "
                "opinion asked more than once",
                mend=f"Give {seat_title(seats[-1])} another model in {place}.",
                models=(model,),
                seats=tuple(seats),
                place=place,
            )


def _speechless(trials: Sequence[Trial]) -> Iterator[Finding]:
    silent = [trial for trial in trials if trial.probed.detail == EMPTY]
    if silent:
        yield _about_models(
            silent,
            f"{_names(silent)} answered with nothing, and such a reply is no ballot",
            "Try again; if it stays so, name another model.",
        )


def _unknown_families(trials: Sequence[Trial]) -> Iterator[Finding]:
    strangers = [
        trial
        for trial in trials
        if trial.probed.outcome == "answered"
        and trial.subject.family is None
        and not trial.model.startswith(SCRIPTED)
    ]
    if strangers:
        yield _about_models(
            strangers,
            f"it is not known who trained {_names(strangers)}, so the family does not count",
            'Set family = "..." beside the model in a configuration file, such as "meta" for a '
            "Llama.",
        )


def _without_price(trials: Sequence[Trial], limits: Limits) -> Iterator[Finding]:
    if limits.max_cost_usd is None or limits.max_tokens is not None:
        return
    unpriced = [
        trial
        for trial in trials
        if trial.probed.outcome == "answered" and not trial.probed.price_known
    ]
    if unpriced:
        yield _about_models(
            unpriced,
            f"no price is known for {_names(unpriced)}, so limits.max_cost_usd cannot bind it",
            "Set limits.max_tokens, which binds whatever the price.",
        )


def _about_models(trials: Sequence[Trial], problem: str, mend: str) -> Finding:
    return Finding(
        severity="warning",
        about="model",
        problem=problem,
        mend=mend,
        models=tuple(dict.fromkeys(trial.model for trial in trials)),
        seats=tuple(dict.fromkeys(seat for trial in trials for seat in trial.seats)),
        place=trials[0].subject.uses[0].place,
    )


def _names(trials: Sequence[Trial]) -> str:
    return ", ".join(dict.fromkeys(trial.model for trial in trials))

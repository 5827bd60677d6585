"""The whole examination: who is tried, what counts as an error, what is only a warning."""

from collections.abc import Sequence
from dataclasses import replace

from magi_mcp.checks import EMPTY, Probed, StoreLook, StoreState
from magi_mcp.convening import Request
from magi_mcp.core.accounts import RecordedAttempt
from magi_mcp.core.case import Candidate, Limits, Seat
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.core.replies import Attempt
from magi_mcp.doctor.checkup import LOOK_BACK_S, Practice, check_up, misconfigured
from magi_mcp.doctor.diagnosis import Diagnosis, Finding
from magi_mcp.identity import SystemClock
from magi_mcp.personas import PresetFault, PresetLibrary, load_presets
from magi_mcp.prompt_files import Prompts
from magi_mcp.settings import ConfigurationError
from tests.doctor.patients import HEALTHY, STORE, ScriptedProber, faulty, practice, seat

UNKNOWN = faulty("unknown_model", "HTTP 404: no")
TRIO = (
    seat("openai/gpt-4o", "melchior"),
    seat("anthropic/claude-haiku-4-5", "balthasar"),
    seat("gemini/gemini-2.5-flash", "casper"),
)


async def of(
    seats: Sequence[Seat], ill: dict[str, Probed] | None = None, limits: Limits | None = None
) -> Diagnosis:
    return await check_up(practice(seats, ScriptedProber(ill or {}), limits=limits))


def errors(diagnosis: Diagnosis) -> list[Finding]:
    return [finding for finding in diagnosis.findings if finding.severity == "error"]


def warning(diagnosis: Diagnosis, words: str) -> Finding:
    """The only warning that holds these words."""
    (found,) = (f for f in diagnosis.findings if words in f.problem)
    assert found.severity == "warning"
    return found


async def test_a_healthy_council_of_three_families_has_no_findings() -> None:
    diagnosis = await of(TRIO)
    assert diagnosis.healthy
    assert diagnosis.findings == ()
    assert [report.can_answer for report in diagnosis.seats] == [True, True, True]
    assert [model.latency_s for model in diagnosis.models] == [0.4, 0.4, 0.4]


async def test_everybody_who_may_be_asked_is_tried_once() -> None:
    prober = ScriptedProber()
    await check_up(
        practice(
            (seat("openai/a", "melchior", "openai/b"), seat("openai/a", "balthasar")),
            prober,
            arbiter=seat("openai/c", "arbiter", "openai/a"),
            substitutes=(Candidate(model="openai/d"), Candidate(model="openai/b")),
        )
    )
    assert sorted(prober.probed) == ["openai/a", "openai/b", "openai/c", "openai/d"]


async def test_a_seat_that_nobody_can_serve_is_an_error() -> None:
    diagnosis = await of(TRIO, {"openai/gpt-4o": UNKNOWN})
    (error,) = errors(diagnosis)
    assert (error.models, error.seats) == (("openai/gpt-4o",), ("melchior",))
    assert error.place == "MAGI_SEATS (seat 1, melchior)"
    assert not diagnosis.healthy
    assert [report.can_answer for report in diagnosis.seats] == [False, True, True]
    (model, *_) = diagnosis.models
    assert (model.serves, model.exists, model.reachable) == (False, False, True)


async def test_a_model_with_a_fallback_that_answers_is_only_a_warning() -> None:
    seats = (seat("openai/x", "melchior", "openai/gpt-4o"), *TRIO[1:])
    diagnosis = await of(seats, {"openai/x": UNKNOWN})
    assert diagnosis.healthy
    assert warning(diagnosis, "unknown model x").seats == ("melchior",)


async def test_a_model_that_two_seats_share_is_an_error_if_one_of_them_has_nobody_else() -> None:
    seats = (seat("openai/x", "melchior", "openai/gpt-4o"), seat("openai/x", "casper"))
    diagnosis = await of(seats, {"openai/x": UNKNOWN})
    assert [error.seats for error in errors(diagnosis)] == [("melchior", "casper")]


async def test_an_arbiter_that_cannot_answer_is_an_error_and_a_substitute_is_not() -> None:
    prober = ScriptedProber({"openai/x": UNKNOWN})
    arbitrated = practice(TRIO, prober, arbiter=seat("openai/x", "arbiter"))
    diagnosis = await check_up(arbitrated)
    assert [error.seats for error in errors(diagnosis)] == [("arbiter",)]
    assert diagnosis.arbiter is not None
    assert not diagnosis.arbiter.can_answer
    substituted = practice(TRIO, prober, substitutes=[Candidate(model="openai/x")])
    assert (await check_up(substituted)).healthy


async def test_models_with_the_same_trouble_and_mend_are_told_of_together() -> None:
    no_key = faulty("authentication", "no key: set OPENAI_API_KEY in the environment")
    seats = (seat("openai/gpt-4o", "melchior"), seat("openai/o3", "balthasar"))
    diagnosis = await of(seats, {"openai/gpt-4o": no_key, "openai/o3": no_key})
    (error,) = errors(diagnosis)
    assert error.models == ("openai/gpt-4o", "openai/o3")
    assert error.problem == "no key: OPENAI_API_KEY is not set"
    assert [model.key_valid for model in diagnosis.models] == [False, False]


async def test_an_answer_that_comes_too_late_for_a_call_is_an_error() -> None:
    slow = replace(HEALTHY, elapsed_s=8.0)
    diagnosis = await of(TRIO, {"openai/gpt-4o": slow}, Limits(timeout_s=5))
    (error,) = errors(diagnosis)
    assert "limits.timeout_s" in error.mend
    assert diagnosis.models[0].outcome == "answered"
    assert not diagnosis.models[0].serves


async def test_a_council_of_one_family_is_warned_of() -> None:
    seats = (seat("openai/gpt-4o", "melchior"), seat("openrouter/openai/o3", "casper"))
    found = warning(await of(seats), "all seats are of one family, openai")
    assert found.mend == "Give one of the seats a model of another maker in MAGI_SEATS."


async def test_a_council_below_the_quorum_is_warned_of() -> None:
    found = warning(await of(TRIO[:2], limits=Limits(min_voices=3)), "2 seats")
    assert "limits.min_voices is 3" in found.problem


async def test_one_seat_is_no_council_of_one_family() -> None:
    assert [f.problem for f in (await of(TRIO[:1])).findings] == [
        "1 seat, and limits.min_voices is 2: every verdict will be provisional"
    ]


async def test_two_seats_with_one_model_are_warned_of() -> None:
    found = warning(await of((*TRIO, seat("openai/gpt-4o", "fourth"))), "the same model")
    assert found.seats == ("melchior", "fourth")
    assert found.mend == "Give Fourth another model in MAGI_SEATS."


async def test_a_model_of_nobodys_family_is_warned_of_once_it_answers() -> None:
    seats = (*TRIO[:2], seat("openai/ours", "casper"))
    found = warning(await of(seats), "who trained openai/ours")
    assert 'family = "..."' in found.mend
    assert (await of(seats, {"openai/ours": UNKNOWN})).findings[0].problem.startswith("unknown")


async def test_money_cannot_bind_what_has_no_price_and_tokens_can() -> None:
    unpriced = replace(HEALTHY, usd_per_token_in=None)
    ill = {"openai/gpt-4o": unpriced}
    found = warning(await of(TRIO, ill, Limits(max_cost_usd=1)), "no price is known")
    assert found.mend == "Set limits.max_tokens, which binds whatever the price."
    assert (await of(TRIO, ill, Limits(max_cost_usd=1, max_tokens=10_000))).findings == ()
    assert (await of(TRIO, ill, Limits())).findings == ()
    assert not (await of(TRIO, ill)).models[0].price_known


async def test_an_empty_answer_is_warned_of() -> None:
    found = warning(await of(TRIO, {"openai/gpt-4o": replace(HEALTHY, detail=EMPTY)}), "nothing")
    assert found.models == ("openai/gpt-4o",)


async def test_nobody_on_the_council_is_an_error_that_says_what_to_do() -> None:
    def nobody(_: Request) -> tuple[Seat, ...]:
        raise NoSeats("nobody sits on the council. Name at least one model: MAGI_SEATS=...")

    (error,) = errors(await check_up(_seated_by(nobody)))
    assert error.problem == "nobody sits on the council"
    assert error.mend == "Name at least one model: MAGI_SEATS=..."


async def test_a_mistake_that_only_seating_brings_to_light_names_its_place() -> None:
    def misled(_: Request) -> tuple[Seat, ...]:
        raise ConfigurationError("/magi.toml:1", "personas", "'eav' is not known.")

    (error,) = errors(await check_up(_seated_by(misled)))
    assert error == Finding(
        severity="error",
        about="configuration",
        problem="personas: 'eav' is not known.",
        mend="Mend it in /magi.toml:1.",
        place="/magi.toml:1",
    )


def _seated_by(seats_for: object) -> Practice:
    healthy = practice((), ScriptedProber())
    assert callable(seats_for)
    return replace(healthy, bylaws=replace(healthy.bylaws, seats_for=seats_for))


async def test_prompts_that_cannot_be_read_are_an_error() -> None:
    def unreadable(_: Request) -> Prompts:
        raise CallerError("prompts_dir", "'prompts' cannot be read as a folder.")

    healthy = practice(TRIO, ScriptedProber())
    broken = replace(healthy, bylaws=replace(healthy.bylaws, prompts_for=unreadable))
    (error,) = errors(await check_up(broken))
    assert "cannot be read as a folder" in error.problem


async def test_a_store_that_cannot_be_used_is_an_error_with_the_way_out() -> None:
    lost = StoreState("/s", exists=True, writable=True, fault="/s is damaged. Take a backup.")
    diagnosis = await check_up(practice(TRIO, ScriptedProber(), look=StoreLook(lost)))
    (error,) = errors(diagnosis)
    assert (error.about, error.problem, error.mend) == ("store", "/s is damaged", "Take a backup.")
    assert diagnosis.store is not None
    assert not diagnosis.store.usable


async def test_an_older_store_is_told_of_before_it_is_changed() -> None:
    old = StoreLook(replace(STORE, version=1))
    diagnosis = await check_up(practice(TRIO, ScriptedProber(), look=old))
    assert "an older magi-mcp can then no longer open it" in warning(diagnosis, "older").mend


async def test_what_others_met_in_the_last_hour_is_told_though_the_model_answers_now() -> None:
    now = SystemClock().now()
    failures = tuple(
        RecordedAttempt(
            at=now - 5 + second,
            dossier_id="d",
            seat="melchior",
            attempt=Attempt(model="openai/gpt-4o", outcome="server"),
        )
        for second in range(5)
    )
    asked_since: list[float] = []

    def look(since: float) -> StoreLook:
        asked_since.append(since)
        return StoreLook(STORE, failures)

    diagnosis = await check_up(replace(practice(TRIO, ScriptedProber()), look_at_store=look))
    found = warning(diagnosis, "has failed 5 times in a row")
    assert "(server); a server leaves it out until" in found.problem
    assert diagnosis.healthy
    assert [model.recent.state if model.recent else None for model in diagnosis.models] == [
        "open",
        None,
        None,
    ]
    assert abs(asked_since[0] - (now - LOOK_BACK_S)) < 60


async def test_what_is_ignored_is_warned_of() -> None:
    ignoring = replace(practice(TRIO, ScriptedProber()), ignored=("/magi.toml: seats ignored.",))
    assert warning(await check_up(ignoring), "/magi.toml").problem == "/magi.toml: seats ignored"


async def test_errors_come_before_warnings() -> None:
    seats = (seat("openai/x", "melchior", "openai/gpt-4o"), *TRIO[1:])
    lost = StoreLook(replace(STORE, fault="/s is damaged. Take a backup."))
    ill = ScriptedProber({"openai/x": UNKNOWN})
    diagnosis = await check_up(practice(seats, ill, look=lost))
    assert [finding.severity for finding in diagnosis.findings] == ["error", "warning"]


def test_a_configuration_that_cannot_be_read_is_the_finding() -> None:
    presets = PresetLibrary(load_presets().presets, (PresetFault("/p/x.toml", 3, "no TOML"),))
    mistake = ConfigurationError("/c.toml:4", "limits.timeout_s", "'fast' is not a number.")
    diagnosis = misconfigured(mistake, presets, "/p")
    assert [finding.severity for finding in diagnosis.findings] == ["error", "warning"]
    assert diagnosis.findings[0].place == "/c.toml:4"
    assert "the preset x cannot be used: no TOML" in diagnosis.findings[1].problem
    assert not diagnosis.healthy
    assert diagnosis.store is None

"""Seats served by another model than their own, and the authority that is left. Semantics R4."""

import pytest

from magi_mcp.core.anonymity import mask_of
from magi_mcp.core.ballots import Position
from magi_mcp.core.case import Candidate, Case, Limits
from magi_mcp.core.fallbacks import family_of_server, stand_in
from magi_mcp.core.incidents import failed_calls
from magi_mcp.core.replies import Answered, Attempt, AttemptOutcome, Usage
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import (
    CALL,
    MODELS,
    Course,
    Script,
    a_case,
    deliberated,
    failed,
    said,
    voted,
    wrote,
)

OWN = MODELS[2]
OTHER = "mistral/mistral-large-latest"
REFUSED = Attempt(
    model=OWN, outcome="authentication", detail="HTTP 401: no such key", elapsed_s=0.4
)
ANSWERED = Attempt(model=OTHER, outcome="answered", waited_s=0.5, elapsed_s=1.2, usage=CALL)


def by(server: str, *attempts: Attempt, position: str = "yes") -> Answered:
    """A ballot that another model gave in the end."""
    return voted(position).model_copy(update={"served_by": server, "attempts": attempts})


def with_fallbacks(case: Case, *fallbacks: Candidate) -> Case:
    """The case with fallbacks for its last seat."""
    *others, last = case.seats
    served = last.model_copy(update={"fallbacks": fallbacks})
    return case.model_copy(update={"seats": (*others, served)})


def fallen_back(case: Case | None = None) -> Course:
    case = with_fallbacks(case or a_case(), Candidate(model=OTHER))
    script: Script = {"ada": ["yes"], "ben": ["yes"], "cleo": [by(OTHER, REFUSED, ANSWERED)]}
    return deliberated(case, script)


def test_a_fallback_is_told_and_is_no_flaw() -> None:
    decision = fallen_back().decision
    assert decision.findings.outcome == "unanimous"
    assert not decision.degraded
    assert not decision.provisional
    assert decision.warnings == (
        f"cleo was served by {OTHER}: {OWN} failed: HTTP 401: no such key",
    )
    (cleo,) = [ballot for ballot in decision.findings.ballots if ballot.seat == "cleo"]
    assert (cleo.model, cleo.served_by) == (OWN, OTHER)


@pytest.mark.parametrize(
    ("outcome", "detail", "told"),
    [
        ("timeout", "no answer within 60 s", "failed: no answer within 60 s"),
        ("server", "", "failed: server"),
        ("skipped", "paused after 5 failures", "was not called: paused after 5 failures"),
        ("budget", "its worst case does not fit", "was not called: its worst case does not fit"),
        ("malformed", "no JSON", "gave nothing readable: no JSON"),
    ],
)
def test_why_a_model_was_passed_over_is_told_by_what_became_of_it(
    outcome: AttemptOutcome, detail: str, told: str
) -> None:
    seat = a_case().seats[2]
    attempt = Attempt(model=OWN, outcome=outcome, detail=detail)
    assert stand_in(seat, OTHER, (attempt, ANSWERED)) == f"cleo was served by {OTHER}: {OWN} {told}"


def test_of_several_tries_of_a_model_the_last_one_is_told_and_each_model_once() -> None:
    seat = a_case().seats[2]
    slow = Attempt(model=OWN, outcome="timeout", detail="no answer within 60 s")
    lost = Attempt(model="openai/b", outcome="connection", detail="reset")
    assert stand_in(seat, OTHER, (slow, REFUSED, lost, ANSWERED)) == (
        f"cleo was served by {OTHER}: {OWN} failed: HTTP 401: no such key; openai/b failed: reset"
    )


def test_a_seat_that_its_own_model_served_has_nobody_in_its_place() -> None:
    seat = a_case().seats[2]
    retried = (REFUSED, Attempt(model=OWN, outcome="answered"))
    assert stand_in(seat, OWN, retried) is None
    assert stand_in(seat, None, (REFUSED,)) is None
    assert stand_in(seat, OTHER, ()) is None, "a journal from before attempts were recorded"


def test_the_same_fallback_in_every_round_is_told_once() -> None:
    case = with_fallbacks(
        a_case(protocol="critique", limits=Limits(min_rounds=2)), Candidate(model=OTHER)
    )
    script: Script = {"ada": ["yes"], "ben": ["yes"], "cleo": [by(OTHER, REFUSED, ANSWERED)]}
    course = deliberated(case, script)
    assert course.decision.rounds == 3
    assert len(course.decision.warnings) == 1


def test_an_arbiter_that_was_served_by_another_model_is_told() -> None:
    case = a_case(protocol="adaptive", arbiter="anthropic/claude-opus-4.5")
    overloaded = Attempt(model="anthropic/claude-opus-4.5", outcome="server", detail="HTTP 529")
    course = deliberated(
        case,
        {"ada": ["yes"], "ben": ["no"], "cleo": ["no"]},
        serving={"arbitration": lambda ask: by(OTHER, overloaded, ANSWERED, position="yes")},
    )
    told = f"arbiter was served by {OTHER}: anthropic/claude-opus-4.5 failed: HTTP 529"
    assert told in course.decision.warnings
    assert course.findings.arbiter is not None
    assert course.findings.arbiter.model == OTHER


def test_an_acceptance_that_another_model_gave_is_told() -> None:
    course = deliberated(
        with_fallbacks(a_case("consensus"), Candidate(model=OTHER)),
        {seat: ["Ship"] for seat in ("ada", "ben", "cleo")},
        serving={
            "draft": lambda ask: wrote("We ship."),
            "ratification": lambda ask: (
                by(OTHER, REFUSED, ANSWERED, position="accept")
                if ask.seat == "cleo"
                else voted("accept")
            ),
        },
    )
    assert f"cleo was served by {OTHER}: {OWN} failed: HTTP 401: no such key" in (
        course.decision.warnings
    )


# Whose family it is


@pytest.mark.parametrize(
    ("served_by", "family"),
    [
        (OWN, "house"),
        (OTHER, "mistral"),
        ("openai/prod-2", "acme"),
        ("openai/stand-by", "acme too"),
        ("gemini-2.5-flash-001", "house"),
    ],
    ids=["own model", "fallback", "named fallback", "substitute", "own model by another name"],
)
def test_what_was_configured_of_a_model_holds_where_that_model_served(
    served_by: str, family: str
) -> None:
    fallbacks = (Candidate(model=OTHER), Candidate(model="openai/prod-2", family="acme"))
    case = with_fallbacks(a_case(families=[None, None, "house"]), *fallbacks)
    substitute = Candidate(model="openai/stand-by", family="acme too")
    case = case.model_copy(update={"substitutes": (substitute,)})
    assert family_of_server(case, case.seats[2], served_by) == family


def test_one_family_left_of_several_makes_it_provisional() -> None:
    case = a_case(models=("openai/gpt-5.4", "openai/o3", "gemini/gemini-2.5-flash"))
    case = with_fallbacks(case, Candidate(model="openai/gpt-5.4-nano"))
    down = Attempt(model="gemini/gemini-2.5-flash", outcome="server", detail="HTTP 503")
    answered = Attempt(model="openai/gpt-5.4-nano", outcome="answered")
    cleo = by("openai/gpt-5.4-nano", down, answered)
    course = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": [cleo]})
    assert course.decision.provisional
    assert not course.decision.degraded
    assert "Provisional: every counted ballot comes from one family, openai." in (
        course.decision.warnings
    )


def test_none_left_is_a_failure_with_every_cause() -> None:
    causes = "openai/a: HTTP 401: no such key; openai/b: no answer within 60 s"
    script = {seat: [failed("timeout", causes)] for seat in ("ada", "ben", "cleo")}
    course = deliberated(a_case(), script)
    assert course.causes == tuple(f"{seat}: timeout: {causes}" for seat in ("ada", "ben", "cleo"))


# What is shown of it


def test_the_report_lists_what_was_tried_for_a_reply() -> None:
    report = markdown(fallen_back().dossier())
    section = report.split("## Calls that failed\n\n")[1].split("\n\n")[0].splitlines()
    assert section == [
        f"- Cleo, round 1, blind: {OWN} failed: HTTP 401: no such key (0.4 s); "
        f"{OTHER} answered (1.2 s, after a pause of 0.5 s)."
    ]


def test_a_report_without_failed_calls_has_no_such_section() -> None:
    answered = by(OWN, Attempt(model=OWN, outcome="answered", elapsed_s=1.0))
    course = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": [answered]})
    assert "Calls that failed" not in markdown(course.dossier())


def test_an_anonymous_report_tells_of_failed_calls_without_seats_and_models() -> None:
    dossier = fallen_back(a_case(anonymous=True)).dossier()
    (told,) = list(failed_calls(dossier, mask_of(dossier)))[2:]
    assert told.startswith("- Voice ")
    assert "HTTP 401: no such key" in told
    for hidden in (OWN, OTHER, "cleo", "gemini"):
        assert hidden not in markdown(dossier).casefold()


# Prices that nobody knows


def priced(cost_usd: float | None, *, limit: float | None) -> tuple[str, ...]:
    usage = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=cost_usd)
    attempt = Attempt(model=OWN, outcome="answered", usage=usage)
    cleo = by(OWN, attempt).model_copy(update={"usage": usage})
    case = a_case(limits=Limits(max_cost_usd=limit))
    dossier = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": [cleo]}).dossier()
    return verdict_of(dossier).warnings


def test_a_limit_of_cost_that_cannot_bind_is_told_with_the_model_it_does_not_bind() -> None:
    assert priced(None, limit=1.0) == (
        f"The price of {OWN} is unknown: there is no total cost, and max_cost_usd cannot bind it, "
        "only max_tokens can.",
    )
    assert priced(None, limit=None) == (
        "The price of at least one call is unknown, so there is no total cost.",
    )
    assert priced(0.001, limit=1.0) == ()


def test_a_failed_councils_causes_are_not_the_prices() -> None:
    unpriced = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=None)
    attempt = Attempt(model=OWN, outcome="malformed", detail="empty", usage=unpriced)
    lost = failed("server", "empty").model_copy(update={"attempts": (attempt,), "usage": unpriced})
    case = a_case(limits=Limits(max_cost_usd=1.0))
    verdict = verdict_of(deliberated(case, {s.name: [lost] for s in case.seats}).dossier())
    assert len(verdict.warnings) == 4
    assert verdict.causes == tuple(f"{seat.name}: server: empty" for seat in case.seats)


def test_old_replies_without_attempts_still_name_the_model_without_a_price() -> None:
    unpriced = said('{"position": "yes"}', usage=CALL.model_copy(update={"cost_usd": None}))
    dossier = deliberated(a_case(), {"ada": ["yes"], "ben": [unpriced], "cleo": ["yes"]}).dossier()
    assert dossier.unpriced_models == (MODELS[1],)
    assert isinstance(dossier.responses[0].ballot, Position)

"""The shipped scripts: what the demonstration's council says, and what it refuses to say."""

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.deliberated import decision_of
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import CallerError
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.seats.scripts import playbook, script_named, script_names
from tests.support.councils import scripted_council

SEATS = ("melchior", "balthasar", "casper")
# Longer arguments are cut in the text that models are given ("content").
SHOWN_IN_FULL = 400


def deliberated(question: str | None = None, seats: tuple[str, ...] = SEATS) -> Dossier:
    """The demonstration's question, or another one, put to the demonstration's council."""
    sample = playbook("demo").sample

    async def put() -> Dossier:
        script_of = script_named("demo")
        async with scripted_council({seat: script_of(seat) for seat in seats}) as council:
            request = Request(
                question=question or sample.question,
                context=sample.context,
                method=sample.method,
                options=sample.options,
                protocol=sample.protocol,
            )
            return await (await council.put(request)).wait()

    return anyio.run(put)


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return verdict_of(deliberated())


def test_the_demonstration_is_decided_by_an_argument_and_not_by_the_blind_vote(
    verdict: Verdict,
) -> None:
    blind = verdict.blind_vote
    assert blind is not None
    assert blind.ruling is not None
    assert verdict.ruling is not None
    assert blind.ruling != verdict.ruling
    assert verdict.outcome == "majority"


def test_a_mind_changes_and_names_what_changed_it(verdict: Verdict) -> None:
    (change,) = verdict.mind_changes
    assert change.because


def test_a_minority_remains_with_an_argument_and_what_would_flip_it(verdict: Verdict) -> None:
    (report,) = verdict.minority_report
    assert report.seats == ("melchior",)
    assert report.argument
    assert report.would_flip


def test_every_ballot_is_readable_and_nothing_is_degraded(verdict: Verdict) -> None:
    assert not verdict.degraded
    assert not verdict.provisional
    assert {ballot.kind for ballot in verdict.ballots} == {"position"}


def test_the_verdict_itself_says_that_it_is_scripted(verdict: Verdict) -> None:
    assert any("no model was asked" in warning for warning in verdict.warnings)


def test_no_argument_is_too_long_to_be_shown_in_full(verdict: Verdict) -> None:
    assert {b.seat for b in verdict.ballots if len(b.summary) > SHOWN_IN_FULL} == set()


def test_a_script_has_no_words_for_another_question() -> None:
    dossier = deliberated("May we ship on Friday?")
    assert dossier.status == "failed"
    assert all("its own sample question only" in cause for cause in dossier.causes)


def test_a_seat_without_a_part_fails_alone() -> None:
    dossier = deliberated(seats=(*SEATS, "dora"))
    decision = decision_of(dossier)
    assert decision is not None
    assert {b.seat for b in decision.findings.ballots if b.kind == "failed"} == {"dora"}


@pytest.mark.parametrize("name", ["", "nope", "../scripts/demo", "demo.toml", "/etc/passwd"])
def test_only_shipped_names_are_found_and_never_a_path(name: str) -> None:
    with pytest.raises(CallerError, match="Valid: demo"):
        script_named(name)


def test_every_shipped_script_can_be_read() -> None:
    assert script_names()
    for name in script_names():
        assert playbook(name).parts

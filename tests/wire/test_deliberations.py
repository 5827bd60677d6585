"""Whole deliberations: settings, store, engine and seats, with a provider at the far end."""

import re
from collections.abc import Mapping

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.result import verdict_of
from magi_mcp.core.tallies import TallyEntry
from magi_mcp.core.verdict import Verdict
from magi_mcp.service import Council
from tests.provider import (
    Behaviour,
    ChatRequest,
    DropMidBody,
    Hang,
    MisbehavingProvider,
    Replies,
    Say,
    Slow,
    Status,
    TokenCounts,
)
from tests.wire.conftest import Opened

UNPRICED = "The price of at least one call is unknown, so there is no total cost."
ISSUE = Request(
    "Should we ship on Friday?",
    method="yes_no",
    protocol="vote",
    seats=("openai/a", "openai/b", "openai/c"),
    owner=True,
)
YES, NO = "The migration is additive.", "Rollback covers code, not rows."


def says(position: str, argument: str = "Because.", **more: TokenCounts) -> Say:
    usage = more.get("usage", TokenCounts(1000, 100))
    ballot = Say.json(position=position, argument=argument, would_flip=f"Proof against {position}.")
    return Say(ballot.text, usage=usage)


TWO_TO_ONE: Mapping[str, Replies] = {
    "a": says("yes", YES),
    "b": says("yes", "Waiting costs the launch."),
    "c": says("no", NO),
}


async def decided(council: Council, request: Request = ISSUE) -> Verdict:
    return verdict_of(await settled(council, request))


async def settled(council: Council, request: Request = ISSUE) -> Dossier:
    with anyio.fail_after(20):
        return await (await council.put(request)).wait()


def seat(provider: MisbehavingProvider, models: Mapping[str, Replies]) -> None:
    for model, replies in models.items():
        provider.set(model, replies)


async def test_three_models_vote_and_the_verdict_tells_split_dissent_and_tokens(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, TWO_TO_ONE)
    async with opened() as council:
        verdict = await decided(council)
    assert (verdict.status, verdict.outcome, verdict.ruling) == ("decided", "majority", "yes")
    assert verdict.tally == (
        TallyEntry(position="yes", votes=2, seats=("melchior", "balthasar")),
        TallyEntry(position="no", votes=1, seats=("casper",)),
    )
    [minority] = verdict.minority_report
    assert (minority.position, minority.seats, minority.argument) == ("no", ("casper",), NO)
    assert minority.would_flip == "Proof against no."
    assert [(b.seat, b.model, b.served_by) for b in verdict.ballots] == [
        ("melchior", "openai/a", "openai/a"),
        ("balthasar", "openai/b", "openai/b"),
        ("casper", "openai/c", "openai/c"),
    ]
    assert (verdict.calls, verdict.tokens_in, verdict.tokens_out) == (3, 3000, 300)
    assert (verdict.degraded, verdict.rounds, verdict.route) == (False, 1, ("vote",))
    assert sorted(request.model for request in provider.requests) == ["a", "b", "c"]


async def test_the_cost_is_the_sum_of_list_prices_where_all_of_them_are_known(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    models = ("gpt-4o-mini", "gpt-4o", "gpt-4.1-mini")
    seat(provider, {model: says("yes") for model in models})
    seats = tuple(f"openai/{model}" for model in models)
    request = Request("Ship?", method="yes_no", seats=seats, owner=True)
    async with opened() as council:
        verdict = await decided(council, request)
    # Dollars for 1000 tokens in and 100 out, from the lists of the day litellm was released.
    assert verdict.cost_usd == pytest.approx(0.00021 + 0.0035 + 0.00056)
    assert UNPRICED not in verdict.warnings


async def test_one_price_that_is_unknown_leaves_no_total_and_says_so(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, {**TWO_TO_ONE, "gpt-4o-mini": says("yes")})
    request = Request(
        "Ship?", method="yes_no", seats=("openai/gpt-4o-mini", "openai/a"), owner=True
    )
    async with opened() as council:
        verdict = await decided(council, request)
    assert (verdict.tokens_in, verdict.cost_usd) == (2000, None)
    assert UNPRICED in verdict.warnings


async def test_two_seats_on_one_model_stay_two_seats(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    provider.set("a", (says("yes", "First."), says("no", "Second.")))
    seats = ("openai/a", "openai/a")
    request = Request("Ship?", method="yes_no", seats=seats, max_rounds=0, owner=True)
    async with opened() as council:
        verdict = await decided(council, request)
    assert len(provider.requests_for("a")) == 2
    assert (verdict.outcome, verdict.ruling) == ("tie", None)
    assert {b.position: b.summary for b in verdict.ballots} == {"yes": "First.", "no": "Second."}
    lenses = {request.messages[0].content for request in provider.requests}
    assert len(lenses) == 2


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Status.server_error(), "server: openai/c: HTTP 500"),
        (Status.unauthorized(), "authentication: openai/c: HTTP 401"),
        (Status.model_withdrawn("c"), "unknown_model: openai/c: HTTP 404"),
        (DropMidBody(), "connection: openai/c: connection lost"),
        (Hang(), "timeout: openai/c: no answer within 1 s"),
    ],
)
async def test_a_council_of_which_one_seat_fails_decides_and_says_that_it_is_degraded(
    opened: Opened, provider: MisbehavingProvider, fault: Behaviour, cause: str
) -> None:
    seat(provider, {**TWO_TO_ONE, "c": fault})
    async with opened(MAGI_TIMEOUT_S="1") as council:
        verdict = await decided(council)
    assert (verdict.status, verdict.ruling, verdict.degraded) == ("decided", "yes", True)
    assert verdict.outcome == "majority"
    failed = verdict.ballots[2]
    assert (failed.seat, failed.kind, failed.served_by) == ("casper", "failed", None)
    assert any(cause in warning for warning in verdict.warnings), verdict.warnings
    assert verdict.elapsed_s is not None
    assert verdict.elapsed_s < 5


async def test_one_voice_that_is_left_of_three_is_no_quorum_and_decides_nothing(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, {**TWO_TO_ONE, "b": Status.overloaded(), "c": DropMidBody()})
    async with opened() as council:
        verdict = await decided(council)
    assert (verdict.status, verdict.outcome, verdict.ruling) == ("undecided", "no_quorum", None)
    assert (verdict.degraded, verdict.provisional) == (True, True)
    assert YES in (verdict.answer or "")
    warned = "\n".join(verdict.warnings)
    assert "openai/b: HTTP 503" in warned
    assert "openai/c: connection lost" in warned


async def test_a_council_of_which_every_seat_fails_has_failed_and_lists_each_cause(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, {"a": Status.unauthorized(), "b": Status.rate_limited(), "c": Status(400)})
    async with opened() as council:
        verdict = await decided(council)
    assert (verdict.status, verdict.outcome, verdict.ruling) == ("failed", None, None)
    assert verdict.answer is None
    causes = "\n".join(verdict.warnings)
    for cause in ("openai/a: HTTP 401", "openai/b: HTTP 429", "openai/c: HTTP 400"):
        assert causes.count(cause) == 1
    # Of the three only the rate limit may pass; it is tried three times.
    assert (verdict.calls, verdict.tokens_in, verdict.cost_usd) == (5, 0, 0.0)


async def test_seats_without_a_key_fail_by_name_before_anything_is_sent(
    opened: Opened, provider: MisbehavingProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_BASE")
    async with opened() as council:
        verdict = await decided(council)
    assert verdict.status == "failed"
    assert all("set OPENAI_API_KEY in the environment" in cause for cause in verdict.warnings)
    assert (verdict.calls, len(provider.requests)) == (0, 0)


async def test_a_seat_that_only_chatters_is_unreadable_and_not_failed(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, {**TWO_TO_ONE, "c": Say("Well, that depends.", usage=TokenCounts(1000, 100))})
    async with opened() as council:
        verdict = await decided(council)
    assert verdict.ballots[2].kind == "unreadable"
    assert (verdict.ruling, verdict.degraded, verdict.calls) == ("yes", True, 4)
    assert verdict.tokens_in == 4000


async def test_a_seat_slower_than_the_round_is_marked_late_and_the_rest_decide(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, {**TWO_TO_ONE, "c": Slow(8, says("no"))})
    async with opened(MAGI_DEADLINE_S="2", MAGI_TIMEOUT_S="30") as council:
        verdict = await decided(council)
    assert (verdict.ruling, verdict.ballots[2].kind) == ("yes", "failed")
    assert verdict.elapsed_s is not None
    assert verdict.elapsed_s < 5


async def test_deliberations_at_once_do_not_hear_each_others_seats(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    def echo(request: ChatRequest) -> Behaviour:
        [build] = set(re.findall(r"ship build (\d+)", request.prompt))
        return says("yes", f"{request.model} on build {build}.")

    requests: list[Request] = []
    for number in range(6):
        models = [f"m{number}-{place}" for place in range(3)]
        seat(provider, dict.fromkeys(models, echo))
        seats = tuple(f"openai/{model}" for model in models)
        question = f"Should we ship build {number}?"
        requests.append(Request(question, method="yes_no", seats=seats, owner=True))
    verdicts: dict[int, Verdict] = {}

    async def put(council: Council, number: int) -> None:
        verdicts[number] = await decided(council, requests[number])

    async with opened() as council, anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(put, council, number)
    for number, verdict in verdicts.items():
        assert [(b.served_by, b.summary) for b in verdict.ballots] == [
            (f"openai/m{number}-{place}", f"m{number}-{place} on build {number}.")
            for place in range(3)
        ]
        assert (verdict.outcome, verdict.calls) == ("unanimous", 3)
    assert len(provider.requests) == 18


async def test_in_a_critique_peers_are_read_fenced_blind_and_once_each(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    arguments = {"a": YES, "b": "Waiting costs the launch.", "c": NO}
    positions = {"a": "yes", "b": "yes", "c": "no"}
    for model, argument in arguments.items():
        provider.set(model, says(positions[model], argument))
    request = Request(
        "Should we ship?",
        method="yes_no",
        protocol="critique",
        seats=("openai/a", "openai/b", "openai/c"),
        min_rounds=1,
        max_rounds=1,
        owner=True,
    )
    async with opened() as council:
        dossier = await settled(council, request)
    assert dossier.status == "decided"
    _, rebuttal = dossier.ballot_rounds
    markers: set[str] = set()
    for model, own in arguments.items():
        first, second = provider.requests_for(model)
        assert not any(argument in first.prompt for argument in arguments.values())
        assert [message.role for message in second.messages] == ["system", "user"]
        said = second.messages[1].content
        assert all(said.count(argument) == 1 for argument in arguments.values())
        quoted = _fenced(said)
        assert len(quoted) == 2
        assert all(own not in text for text in quoted.values())
        markers |= {marker for _, marker in quoted}
        shown = {pseudonym for pseudonym, _ in quoted}
        assert shown < set(rebuttal.pseudonyms.values())
        for name in ("melchior", "balthasar", "casper", "openai/"):
            assert name not in said.casefold()
    assert len(markers) == 3, "every reader has a marker of its own"
    assert len(provider.requests) == 6


async def test_positions_in_free_words_are_grouped_by_one_of_the_models(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    def sorts(request: ChatRequest) -> Behaviour:
        if "groups" in str(request.json_schema):
            return Say.json(groups=[[1, 2], [3]])
        if "would_flip" not in str(request.json_schema):
            return Say.json(text="Ship, since all of it can be undone.")
        words = {"a": "Ship it now", "b": "Ship right away", "c": "Zero chance: wait"}
        return says(words[request.model], f"Thus spoke {request.model}.")

    seat(provider, dict.fromkeys("abc", sorts))
    request = Request("What about the release?", seats=ISSUE.seats, protocol="vote", owner=True)
    async with opened() as council:
        verdict = await decided(council, request)
    assert (verdict.outcome, verdict.calls, verdict.rounds) == ("majority", 5, 1)
    assert [entry.votes for entry in verdict.tally] == [2, 1]
    assert verdict.answer == "Ship, since all of it can be undone."
    [grouping] = [r for r in provider.requests if "groups" in str(r.json_schema)]
    assert "Thus spoke" not in grouping.prompt


async def test_a_dossier_is_read_again_from_the_store_as_it_was(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    seat(provider, TWO_TO_ONE)
    async with opened() as council:
        verdict = await decided(council)
    async with opened() as council:
        again = verdict_of(await council.dossier("latest"))
    assert again == verdict


def _fenced(text: str) -> dict[tuple[str, str], str]:
    """What stands between markers, by the pseudonym of its author and the marker."""
    fences = re.findall(
        r"\[begin answer of (\w+) (\w+)\]\n(.*?)\n\[end answer of \1 \2\]", text, re.DOTALL
    )
    return {(pseudonym, marker): quoted for pseudonym, marker, quoted in fences}

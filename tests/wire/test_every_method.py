"""Every method through every protocol, over HTTP: the verdict, its bill, its report, its replay.

The council disagrees two to one, or by ratings, and nobody is ever persuaded (``cast``). So
every protocol that argues holds exactly one further round, and all calls can be counted.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import anyio
import pytest
from mcp import Client
from mcp_types import CallToolResult, TextContent

from magi_mcp.convening import Request
from magi_mcp.core.case import METHODS, PROTOCOLS, MethodName, ProtocolName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import VerdictReached
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.server.app import build_server
from magi_mcp.service import Council
from tests.provider import MisbehavingProvider
from tests.server.meeting import Era
from tests.server.strict import faults, strict_schema
from tests.wire.cast import (
    ACCOUNT,
    ARBITER,
    ARBITERS_ARGUMENT,
    BLIND_SPOT,
    DRAFTED,
    MODELS,
    OPTIONS,
    PARTS,
    QUESTION,
    SEAT_STRINGS,
    Part,
    cast,
)
from tests.wire.conftest import Opened
from tests.wire.test_deliberations import OF_PRICES

_PLACEHOLDER = re.compile(r"\$[a-z_]+|\{[a-z_]+\}|\bNone\b|<[a-z_.]+ object")
_SETTLED: tuple[MethodName, ...] = ("yes_no", "options", "majority")
"""The methods whose split an arbiter can settle: those with sides."""


@dataclass(frozen=True)
class Expected:
    """What follows from the cast. A round's calls, and those made once for all rounds."""

    outcome: str
    ruling: str | None
    decided_by: str
    calls_per_round: int
    calls_once: int
    votes: tuple[int, ...]
    agreement: float
    pivotal: tuple[str, ...] = ()


EXPECTED: Mapping[MethodName, Expected] = {
    "yes_no": Expected("majority", "yes", "votes", 3, 0, (2, 1), 2 / 3, ("melchior", "balthasar")),
    "options": Expected(
        "majority", "Ship on Friday", "votes", 3, 0, (2, 1), 2 / 3, ("melchior", "balthasar")
    ),
    # 0.2 and 0.3 are near the median, 0.7 is not.
    "probability": Expected("estimate", None, "votes", 3, 0, (1, 1, 1), 2 / 3),
    # Once: the grouping, which knows all wordings after the blind round, and the ruling's text.
    "majority": Expected(
        "majority", "Ship on Friday", "votes", 3, 2, (2, 1), 2 / 3, ("melchior", "balthasar")
    ),
    # Each round: three answers, a draft, three acceptances or objections.
    "consensus": Expected(
        "majority", DRAFTED, "votes", 7, 0, (2, 1), 2 / 3, ("melchior", "balthasar")
    ),
    "minority": Expected("synthesis", None, "none", 3, 2, (2, 1), 2 / 3),
    "synthesis": Expected("synthesis", None, "none", 3, 2, (2, 1), 2 / 3),
    # Each round: three drafts and three raters. Two put draft 3 first, which is still second
    # by its score; without the ratings of Melchior or of Casper another draft would win.
    "compose": Expected("ranking", "1", "votes", 6, 0, (2, 1), 1 / 2, ("melchior", "casper")),
}
ROUNDS: Mapping[ProtocolName, int] = {"vote": 1, "critique": 2, "escalate": 2, "adaptive": 2}
ROUTES: Mapping[ProtocolName, tuple[str, ...]] = {
    "vote": ("vote",),
    "critique": ("vote", "critique"),
    "escalate": ("vote", "escalate"),
    "adaptive": ("vote", "critique"),
}


def request_for(
    method: MethodName, protocol: ProtocolName, *, arbiter: str | None = None
) -> Request:
    return Request(
        QUESTION,
        method=method,
        protocol=protocol,
        options=OPTIONS if method == "options" else (),
        seats=SEAT_STRINGS,
        arbiter=arbiter,
        owner=True,
    )


async def settled(
    council: Council,
    provider: MisbehavingProvider,
    request: Request,
    parts: Mapping[str, Part] = PARTS,
) -> Dossier:
    for method in METHODS:
        if method == request.method:
            for model, replies in cast(method, parts).items():
                provider.set(model, replies)
    with anyio.fail_after(20):
        return await (await council.put(request)).wait()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", METHODS)
async def test_the_verdict_is_the_one_that_can_be_worked_out_by_hand(
    opened: Opened, provider: MisbehavingProvider, method: MethodName, protocol: ProtocolName
) -> None:
    expected, rounds = EXPECTED[method], ROUNDS[protocol]
    async with opened() as council:
        dossier = await settled(council, provider, request_for(method, protocol))
        verdict = verdict_of(dossier)
        await assert_replayed(council, verdict)
    assert (verdict.status, verdict.outcome, verdict.ruling, verdict.decided_by) == (
        "decided",
        expected.outcome,
        expected.ruling,
        expected.decided_by,
    )
    assert tuple(entry.votes for entry in verdict.tally) == expected.votes
    assert verdict.agreement == pytest.approx(expected.agreement)
    assert verdict.pivotal_seats == expected.pivotal
    assert (verdict.rounds, verdict.route) == (rounds, ROUTES[protocol])
    assert verdict.calls == rounds * expected.calls_per_round + expected.calls_once
    assert (verdict.degraded, verdict.provisional, verdict.mind_changes) == (False, False, ())
    assert [warning[: len(OF_PRICES)] for warning in verdict.warnings] == [OF_PRICES]
    assert_billed(verdict, provider)
    assert_reported(dossier, verdict, method)
    assert_valid(verdict)


def assert_billed(verdict: Verdict, provider: MisbehavingProvider) -> None:
    """Every call is counted that the provider saw, with the tokens it stated."""
    numbers = [request.number for request in provider.requests]
    assert verdict.calls == len(numbers)
    assert verdict.tokens_in == sum(1000 + number for number in numbers)
    assert verdict.tokens_out == sum(100 + number for number in numbers)
    assert verdict.cost_usd is None


def assert_reported(dossier: Dossier, verdict: Verdict, method: MethodName) -> None:
    """The report names everybody and everything that was held, and nothing is left unfilled."""
    report = markdown(dossier)
    assert _PLACEHOLDER.search(report) is None
    flat = " ".join(report.replace("\\", "").split())
    held = {
        "yes_no": ("yes", "no"),
        "options": OPTIONS[:2],
        "probability": ("0.2", "0.3", "0.7"),
        "compose": tuple(part.draft for part in PARTS.values()),
    }.get(method, tuple(part.words for part in PARTS.values()))
    argued = () if method == "compose" else tuple(part.argument for part in PARTS.values())
    for said in (QUESTION, *held, *argued):
        assert said in flat
    for seat, model in MODELS.items():
        assert f"| {seat.capitalize()} | " in report
        assert model in report
    assert f"{verdict.calls} calls" in report
    assert dossier.dossier_id in report


def assert_valid(verdict: Verdict) -> None:
    """The result is what the schema of the surfaces promises, and can be read back."""
    full = as_json(verdict, "full")
    assert Verdict.model_validate(full) == verdict
    assert faults(full, strict_schema("full")) == []
    assert faults(as_json(verdict, "standard"), strict_schema("standard")) == []


async def assert_replayed(council: Council, verdict: Verdict) -> None:
    """The journal, with nobody asked, comes to the same decision."""
    events = [entry.event for entry in await council.journal.read(verdict.dossier_id)]
    assert Deliberation.restore(events).ended
    assert isinstance(events[-1], VerdictReached)
    assert Deliberation.restore(events[:-1]).due() == events[-1]


@pytest.mark.parametrize("method", METHODS)
async def test_an_arbiter_settles_a_split_of_sides_and_is_not_asked_where_there_are_none(
    opened: Opened, provider: MisbehavingProvider, method: MethodName
) -> None:
    expected = EXPECTED[method]
    async with opened() as council:
        request = request_for(method, "adaptive", arbiter=ARBITER)
        dossier = await settled(council, provider, request)
        verdict = verdict_of(dossier)
        await assert_replayed(council, verdict)
    assert_billed(verdict, provider)
    assert_valid(verdict)
    assert [warning[: len(OF_PRICES)] for warning in verdict.warnings] == [OF_PRICES]
    if method not in _SETTLED:
        assert (verdict.arbiter, verdict.outcome) == (None, expected.outcome)
        assert verdict.calls == 2 * expected.calls_per_round + expected.calls_once
        return
    ruling = {"yes_no": "no", "options": "Ship on Monday"}.get(method, "Wait until Monday")
    assert verdict.arbiter is not None
    assert (verdict.arbiter.model, verdict.arbiter.position) == (ARBITER, ruling)
    assert (verdict.outcome, verdict.ruling, verdict.decided_by) == ("forced", ruling, "arbiter")
    assert verdict.calls == expected.calls_per_round + expected.calls_once + 1
    assert [entry.votes for entry in verdict.tally] == [2, 1]
    report = markdown(dossier)
    assert "**The arbiter**" in report
    assert report.count(ARBITERS_ARGUMENT) == (1 if method == "majority" else 2)
    assert (f"In the arbiter's words: {ARBITERS_ARGUMENT}" in report) is (method != "majority")
    assert "## Minority report" in report
    assert_reported(dossier, verdict, method)


async def test_the_estimate_is_computed_from_the_numbers_that_were_stated(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    async with opened() as council:
        dossier = await settled(council, provider, request_for("probability", "vote"))
    estimate = verdict_of(dossier).estimate
    assert estimate is not None
    assert (estimate.mean, estimate.median, estimate.min, estimate.max) == (0.4, 0.3, 0.2, 0.7)
    assert estimate.spread == pytest.approx(math.sqrt((0.04 + 0.01 + 0.09) / 3))
    # The odds 1/4, 3/7 and 7/3 multiply to 1/4.
    odds = (1 / 4) ** (1 / 3)
    assert estimate.log_odds_mean == pytest.approx(odds / (1 + odds))


async def test_drafts_are_ranked_without_the_raters_own_levels(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    async with opened() as council:
        dossier = await settled(council, provider, request_for("compose", "vote"))
    ranking = verdict_of(dossier).ranking
    assert ranking is not None
    # Least squares of casper-melchior 2, melchior-balthasar 6, casper-balthasar 1 around the
    # mean score 37/6.
    assert [(d.draft, d.seat, d.adjusted, d.mean) for d in ranking] == [
        (1, "melchior", 7.5, 7.5),
        (3, "casper", 7.1667, 7.0),
        (2, "balthasar", 3.8333, 4.0),
    ]
    assert [d.text for d in ranking] == [PARTS[d.seat].draft for d in ranking]


async def test_drafts_of_equal_worth_share_the_first_place(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    kinder = replace(PARTS["casper"], scores={"melchior": 9, "balthasar": 4})
    parts = {**PARTS, "casper": kinder}
    async with opened() as council:
        dossier = await settled(council, provider, request_for("compose", "vote"), parts)
        verdict = verdict_of(dossier)
        await assert_replayed(council, verdict)
    assert (verdict.status, verdict.outcome, verdict.ruling) == ("undecided", "tie", None)
    assert verdict.ranking is not None
    assert [draft.seat for draft in verdict.ranking] == ["melchior", "casper", "balthasar"]
    assert markdown(dossier).count("### 1. Draft") == 2


async def test_a_draft_that_most_object_to_is_no_consensus(
    opened: Opened, provider: MisbehavingProvider
) -> None:
    parts = {**PARTS, "balthasar": replace(PARTS["balthasar"], accepts=False)}
    async with opened() as council:
        dossier = await settled(council, provider, request_for("consensus", "critique"), parts)
        verdict = verdict_of(dossier)
        await assert_replayed(council, verdict)
    assert (verdict.status, verdict.outcome, verdict.ruling) == (
        "undecided",
        "below_threshold",
        None,
    )
    assert verdict.answer == DRAFTED
    assert {report.seats for report in verdict.minority_report} == {("balthasar",), ("casper",)}
    assert_billed(verdict, provider)


@pytest.mark.parametrize("method", ["majority", "minority", "synthesis"])
async def test_what_a_rapporteur_writes_is_the_answer_with_its_points(
    opened: Opened, provider: MisbehavingProvider, method: MethodName
) -> None:
    async with opened() as council:
        verdict = verdict_of(await settled(council, provider, request_for(method, "vote")))
    assert verdict.answer == ACCOUNT
    if method == "majority":
        assert verdict.synthesis is None
        return
    assert verdict.synthesis is not None
    assert verdict.synthesis.blind_spots == (BLIND_SPOT,)
    assert bool(verdict.synthesis.contradictions) is (method == "synthesis")


@pytest.mark.parametrize(
    ("method", "era"),
    [
        *((method, "auto") for method in METHODS),
        ("consensus", "legacy"),
        ("compose", "legacy"),
    ],
)
async def test_every_method_is_decided_over_mcp(
    opened: Opened, provider: MisbehavingProvider, method: MethodName, era: Era
) -> None:
    for model, replies in cast(method).items():
        provider.set(model, replies)
    expected = EXPECTED[method]
    given: dict[str, object] = {"options": list(OPTIONS)} if method == "options" else {}
    server = build_server(lambda: opened(MAGI_SEATS=",".join(SEAT_STRINGS)))
    async with Client(server, mode=era) as client:
        arguments = {"question": QUESTION, "method": method, **given}
        result = await client.call_tool("deliberate", arguments)
        assert isinstance(result, CallToolResult)
        assert not result.is_error
        assert result.structured_content is not None
    async with opened() as council:
        verdict = verdict_of(await council.dossier(result.structured_content["dossier_id"]))
    assert result.structured_content == as_json(verdict, "standard")
    assert (verdict.protocol, verdict.outcome, verdict.ruling) == (
        "adaptive",
        expected.outcome,
        expected.ruling,
    )
    assert verdict.calls == 2 * expected.calls_per_round + expected.calls_once
    assert_billed(verdict, provider)
    assert_valid(verdict)
    told = result.content[0]
    assert isinstance(told, TextContent)
    assert _PLACEHOLDER.search(told.text) is None
    assert verdict.dossier_uri in told.text

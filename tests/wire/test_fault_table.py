"""The table of faults: what a council makes of each, for one seat, two of three, and all.

Each row is a real deliberation over HTTP against the misbehaving provider. What one model's
fault comes to stands in `FAULTS`; what a council makes of the voices that are left follows
from semantics R1 to R4 and stands in `BY_VOICES`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.replies import Abstained, AttemptOutcome, Failed
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.service import Council
from tests.provider import (
    BrokenJson,
    DropMidBody,
    Empty,
    ErrorBody,
    Hang,
    HttpDateIn,
    MisbehavingProvider,
    Refusal,
    Replies,
    Say,
    Slow,
    Status,
    TokenCounts,
    json_ballot,
)
from tests.wire.conftest import Opened

SEATS = ("melchior", "balthasar", "casper")
YES = Say(
    json_ballot(position="yes", argument="It was rehearsed.", would_flip="A failure.").text,
    usage=TokenCounts(1000, 100),
)
CHATTER = Say("Well, that rather depends.", usage=TokenCounts(1000, 100))
PATIENCE_S = 60
# Time-outs are long where none is meant to happen, so that a busy machine makes none.
USUAL = {"MAGI_TIMEOUT_S": "20", "MAGI_DEADLINE_S": "40", "MAGI_MAX_CONCURRENT_CALLS": "100"}
QUICK = {**USUAL, "MAGI_TIMEOUT_S": "2", "MAGI_DEADLINE_S": "20"}
SHORT = {**USUAL, "MAGI_TIMEOUT_S": "30", "MAGI_DEADLINE_S": "4"}


@dataclass(frozen=True)
class Fault:
    """What a provider does to a model, and what one seat's attempts come to.

    ``tries`` are the attempts at the model that has the fault; one that ends in "answered" has
    recovered; ``relieved`` are those where a fallback waits, if they are others. ``voice`` is
    what its ballot is without a fallback. ``takes_s`` bounds the time of the whole deliberation
    without a fallback, ``sooner`` with one that answers at once.
    """

    name: str
    replies: Callable[[], Replies]
    tries: tuple[AttemptOutcome, ...]
    takes_s: tuple[float, float]
    sooner: tuple[float, float] | None = None
    relieved: tuple[AttemptOutcome, ...] = ()
    voice: str = "failed"
    environ: tuple[tuple[str, str], ...] = tuple(USUAL.items())

    @property
    def recovers(self) -> bool:
        return self.tries[-1] == "answered"


# Pauses are drawn from 0 to 0.5 s before the second try, to 1 s before the third.
AT_ONCE = (0.0, 6.0)
THREE_TRIES = (0.0, 8.0)
FAULTS = (
    Fault(
        "hangs",
        Hang,
        ("timeout",) * 3,
        (6.0, 12.0),
        sooner=(2.0, 7.0),
        relieved=("timeout",),
        environ=tuple(QUICK.items()),
    ),
    Fault(
        "429 with Retry-After 1, then fine",
        lambda: (Status.rate_limited(retry_after=1), YES),
        ("rate_limited", "answered"),
        (1.0, 8.0),
    ),
    Fault(
        "429 with a date 1 s ahead, then fine",
        lambda: (Status.rate_limited(retry_after=HttpDateIn(1)), YES),
        ("rate_limited", "answered"),
        (0.5, 8.0),
    ),
    Fault(
        "429 with a Retry-After beyond the deadline",
        lambda: Status.rate_limited(retry_after=60),
        ("rate_limited",),
        AT_ONCE,
    ),
    Fault(
        "quota spent",
        Status.quota_spent,
        ("rate_limited",),
        AT_ONCE,
    ),
    Fault(
        "500 twice, then fine",
        lambda: (Status.server_error(), Status.server_error(), YES),
        ("server", "server", "answered"),
        THREE_TRIES,
    ),
    Fault("500 always", Status.server_error, ("server",) * 3, THREE_TRIES),
    Fault("503 overloaded", Status.overloaded, ("server",) * 3, THREE_TRIES),
    Fault("401", Status.unauthorized, ("authentication",), AT_ONCE),
    Fault("withdrawn model", Status.model_withdrawn, ("unknown_model",), AT_ONCE),
    Fault("content refused", Status.content_refused, ("refused_content",), AT_ONCE),
    Fault("refused in words", Refusal, ("refused_content",), AT_ONCE),
    Fault("context too long", Status.context_too_long, ("context_too_long",), AT_ONCE),
    Fault("malformed once", lambda: (CHATTER, YES), ("malformed", "answered"), AT_ONCE),
    Fault("malformed twice", lambda: CHATTER, ("malformed",) * 2, AT_ONCE, voice="unreadable"),
    Fault("empty content", Empty, ("malformed",) * 2, AT_ONCE, voice="unreadable"),
    Fault("200 with an error body", ErrorBody, ("server",) * 3, THREE_TRIES),
    Fault("200 with broken JSON", BrokenJson, ("server",) * 3, THREE_TRIES),
    Fault("connection dropped in mid-body", DropMidBody, ("connection",) * 3, THREE_TRIES),
    Fault(
        "slower than the deadline",
        lambda: Slow(20, YES),
        ("timeout",),
        (2.5, 6.0),
        sooner=(1.0, 5.0),
        environ=tuple(SHORT.items()),
    ),
)

# Voices counted -> status, outcome, degraded, provisional.
BY_VOICES = {
    3: ("decided", "unanimous", False, False),
    2: ("decided", "majority", True, False),
    1: ("undecided", "no_quorum", True, True),
    0: ("failed", None, True, False),
}
NOBODY_READABLE = ("undecided", "no_quorum", True, True)


@dataclass
class Row:
    """One cell of the table: how many seats have the fault, and whether they have a fallback."""

    fault: Fault
    faulty: int
    fallback: bool

    def __str__(self) -> str:
        with_ = "with" if self.fallback else "without"
        return f"{self.fault.name} x {self.faulty} of 3, {with_} fallback"

    @property
    def key(self) -> str:
        return f"{self.faulty}{'f' if self.fallback else ''}"

    def cast(self, provider: MisbehavingProvider) -> Request:
        """Tell the provider its part; the question to put. No model is known from elsewhere."""
        seats = []
        for place, seat in enumerate(SEATS):
            model = f"{seat}-{self.key}"
            provider.set(model, self.fault.replies() if place < self.faulty else YES)
            provider.set(f"{model}-b", YES)
            behind = f"|openai/{model}-b" if self.fallback else ""
            seats.append(f"{seat}=openai/{model}{behind}")
        return Request(
            f"Should we ship build {self.key}?",
            method="yes_no",
            protocol="vote",
            seats=tuple(seats),
            max_rounds=0,
            owner=True,
        )

    @property
    def voices(self) -> int:
        return 3 if self.fault.recovers or self.fallback else 3 - self.faulty

    @property
    def expected(self) -> tuple[str, str | None, bool, bool]:
        if self.voices == 0 and self.fault.voice == "unreadable":
            return NOBODY_READABLE
        return BY_VOICES[self.voices]

    @property
    def attempts(self) -> tuple[AttemptOutcome, ...]:
        fault = self.fault
        if self.fallback and not fault.recovers:
            return (*(fault.relieved or fault.tries), "answered")
        return fault.tries

    @property
    def takes_s(self) -> tuple[float, float]:
        if self.fallback and self.fault.sooner is not None:
            return self.fault.sooner
        return self.fault.takes_s


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_a_fault_ends_in_the_right_verdict_or_says_so(
    opened: Opened, provider: MisbehavingProvider, fault: Fault
) -> None:
    rows = [Row(fault, faulty, fallback) for faulty in (1, 2, 3) for fallback in (False, True)]
    dossiers: dict[str, Dossier] = {}

    async def put(council: Council, row: Row) -> None:
        with anyio.fail_after(PATIENCE_S):
            sitting = await council.put(row.cast(provider))
            dossiers[row.key] = await sitting.wait()

    async with opened(**dict(fault.environ)) as council, anyio.create_task_group() as tasks:
        for row in rows:
            tasks.start_soon(put, council, row)
    for row in rows:
        _check(row, dossiers[row.key])


def _check(row: Row, dossier: Dossier) -> None:
    verdict = verdict_of(dossier)
    status = (verdict.status, verdict.outcome, verdict.degraded, verdict.provisional)
    assert status == row.expected, f"{row}: {status}"
    assert verdict.ruling == ("yes" if row.voices >= 2 else None), str(row)
    least, most = row.takes_s
    assert verdict.elapsed_s is not None
    assert least <= verdict.elapsed_s <= most, f"{row}: {verdict.elapsed_s} s"
    _check_seats(row, dossier)
    if row.voices < 3:
        _check_causes(row, dossier, verdict)


def _check_seats(row: Row, dossier: Dossier) -> None:
    """What each seat's journaled reply says of the way to it."""
    for response in dossier.responses:
        model = f"openai/{response.seat}-{row.key}"
        assert not isinstance(response.reply, Abstained), str(row)
        attempts = response.reply.attempts
        faulty = SEATS.index(response.seat) < row.faulty
        expected = row.attempts if faulty else ("answered",)
        assert tuple(each.outcome for each in attempts) == expected, f"{row}: {attempts}"
        if isinstance(response.reply, Failed):
            assert response.reply.failure == row.fault.tries[-1], str(row)
            continue
        fell_back = faulty and row.fallback and not row.fault.recovers
        assert response.reply.served_by == (f"{model}-b" if fell_back else model), str(row)
        assert response.reply.usage.calls == sum(each.usage.calls for each in attempts), str(row)


def _check_causes(row: Row, dossier: Dossier, verdict: Verdict) -> None:
    """Every seat whose voice was lost is named together with its cause."""
    warned = "\n".join(verdict.warnings)
    ballots = {ballot.seat: ballot.kind for ballot in verdict.ballots}
    for seat in SEATS[: row.faulty]:
        assert seat in warned, f"{row}: {warned}"
        if verdict.status != "failed":
            assert ballots[seat] == row.fault.voice, str(row)
        if row.fault.voice == "failed" and not row.fault.recovers:
            assert f"openai/{seat}-{row.key}: " in warned, f"{row}: {warned}"

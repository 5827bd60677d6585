"""What every journal tells of calls, whichever dossier they were made for."""

import pytest

from magi_mcp.core.accounts import RecordedAttempt, Spent
from magi_mcp.core.budget import Expense
from magi_mcp.core.errors import CaseConflict
from magi_mcp.core.events import LateReply, ReplyReceived
from magi_mcp.core.replies import (
    NO_USAGE,
    Abstained,
    Answered,
    Attempt,
    Failed,
    Reply,
    Usage,
)
from magi_mcp.ports import JournalPort
from tests.journal.samples import OPENED_AT, ManualClock, dossier_id, opened

FIRST, SECOND = dossier_id(1), dossier_id(2)
PRICED = Usage(calls=1, tokens_in=300, tokens_out=40, cost_usd=0.25)
UNPRICED = Usage(calls=1, tokens_in=10, tokens_out=5, cost_usd=None)
UNKNOWN = Usage(calls=1, tokens_in=7, tokens_out=None, cost_usd=None)

BUSY = Attempt(
    model="openai/a",
    outcome="rate_limited",
    detail="HTTP 429",
    waited_s=0.5,
    elapsed_s=0.1,
    usage=UNKNOWN,
)
PASSED_OVER = Attempt(model="openai/b", outcome="skipped", detail="failed 5 times of late")
FINE = Attempt(model="openai/c", outcome="answered", elapsed_s=1.5, usage=PRICED)


def replied(reply: Reply, seat: str = "casper") -> ReplyReceived:
    return ReplyReceived(ask_id=f"r1/{seat}", seat=seat, reply=reply, ballot=None)


def answered(*attempts: Attempt, usage: Usage = PRICED) -> Answered:
    return Answered(text="yes", served_by="openai/c", usage=usage, attempts=attempts)


async def models_called(journal: JournalPort, since: float = OPENED_AT) -> list[str]:
    return [each.attempt.model for each in await journal.attempts_since(since)]


async def test_every_attempt_is_recorded_with_its_dossier_seat_and_time(
    journal: JournalPort, clock: ManualClock
) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    clock.advance(2)
    await journal.append(FIRST, 1, [replied(answered(BUSY, PASSED_OVER, FINE))])
    assert await journal.attempts_since(OPENED_AT) == tuple(
        RecordedAttempt(OPENED_AT + 2, FIRST, "casper", each) for each in (BUSY, PASSED_OVER, FINE)
    )


async def test_attempts_of_all_dossiers_come_oldest_first(
    journal: JournalPort, clock: ManualClock
) -> None:
    for dossier in (SECOND, FIRST):
        await journal.append(dossier, 0, [opened(dossier), replied(answered(BUSY))])
        clock.advance(1)
    await journal.append(SECOND, 2, [replied(answered(FINE, PASSED_OVER), "melchior")])
    found = await journal.attempts_since(OPENED_AT)
    assert [(each.dossier_id, each.attempt) for each in found] == [
        (SECOND, BUSY),
        (FIRST, BUSY),
        (SECOND, FINE),
        (SECOND, PASSED_OVER),
    ]


async def test_calls_from_before_the_time_one_names_are_left_out(
    journal: JournalPort, clock: ManualClock
) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), replied(answered(BUSY))])
    clock.advance(10)
    await journal.append(FIRST, 2, [replied(answered(FINE), "melchior")])
    assert await models_called(journal, OPENED_AT + 10) == ["openai/c"]
    assert await journal.spent_since(OPENED_AT + 10) == {FIRST: Spent(1, 340, 0.25)}
    assert await models_called(journal, OPENED_AT + 11) == []
    assert await journal.spent_since(OPENED_AT + 11) == {}


async def test_what_came_too_late_was_paid_for_all_the_same(journal: JournalPort) -> None:
    late = LateReply(ask_id="r1/casper", seat="casper", reply=answered(FINE))
    await journal.append(FIRST, 0, [opened(FIRST), late])
    assert await models_called(journal) == ["openai/c"]
    assert await journal.spent_since(OPENED_AT) == {FIRST: Spent(1, 340, 0.25)}


async def test_what_each_dossier_spent_is_summed_and_the_unknown_is_counted(
    journal: JournalPort,
) -> None:
    unpriced = FINE.model_copy(update={"usage": UNPRICED})
    await journal.append(FIRST, 0, [opened(FIRST), replied(answered(BUSY, unpriced, FINE))])
    await journal.append(SECOND, 0, [opened(SECOND), replied(answered(FINE))])
    spent = await journal.spent_since(OPENED_AT)
    assert spent == {
        FIRST: Spent(calls=3, tokens=362, cost_usd=0.25, uncounted_calls=1, unpriced_calls=2),
        SECOND: Spent(calls=1, tokens=340, cost_usd=0.25),
    }
    assert sum(spent.values(), Spent()).expense == Expense(702, 0.5)


@pytest.mark.parametrize(
    ("reply", "recorded"),
    [
        (
            Answered(text="yes", served_by="openai/c", usage=PRICED, elapsed_s=1.5),
            Attempt(model="openai/c", outcome="answered", elapsed_s=1.5, usage=PRICED),
        ),
        (
            Failed(failure="server", detail="HTTP 500", usage=UNKNOWN, elapsed_s=2),
            Attempt(model="", outcome="server", detail="HTTP 500", elapsed_s=2, usage=UNKNOWN),
        ),
        (
            Abstained(reason="I cannot tell.", served_by="openai/c", usage=PRICED),
            Attempt(model="openai/c", outcome="answered", usage=PRICED),
        ),
    ],
)
async def test_a_reply_that_lists_no_attempts_is_recorded_as_one(
    journal: JournalPort, reply: Reply, recorded: Attempt
) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), replied(reply)])
    (found,) = await journal.attempts_since(OPENED_AT)
    assert found.attempt == recorded


async def test_a_reply_for_which_nobody_was_called_is_no_attempt(journal: JournalPort) -> None:
    refused = Failed(failure="authentication", detail="no key")
    silent = [replied(refused), replied(answered(usage=NO_USAGE))]
    await journal.append(FIRST, 0, [opened(FIRST), *silent])
    assert await journal.attempts_since(OPENED_AT) == ()
    assert await journal.spent_since(OPENED_AT) == {}


async def test_what_was_not_called_is_recorded_and_costs_nothing(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), replied(answered(PASSED_OVER))])
    assert await models_called(journal) == ["openai/b"]
    assert await journal.spent_since(OPENED_AT) == {FIRST: Spent()}


async def test_entries_that_are_refused_leave_no_calls(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), replied(answered(FINE))])
    with pytest.raises(CaseConflict):
        await journal.append(FIRST, 1, [replied(answered(BUSY))])
    assert await models_called(journal) == ["openai/c"]


@pytest.mark.parametrize("text", ["nul \x00", "half \ud83d", "\x10text:sha256:0", "x" * 10_000])
async def test_an_attempt_is_kept_whatever_a_provider_says(journal: JournalPort, text: str) -> None:
    odd = BUSY.model_copy(update={"model": text, "detail": text})
    await journal.append(FIRST, 0, [opened(FIRST), replied(answered(odd))])
    (found,) = await journal.attempts_since(OPENED_AT)
    assert found.attempt == odd

"""A caller's council in office: opening, handing in, joining, stopping. R8, R9, R10."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from magi_mcp.convening import Request
from magi_mcp.core.callers import PLAYED
from magi_mcp.core.deliberated import decision_of
from magi_mcp.core.errors import CallerError, StoreError, UnknownDossier
from magi_mcp.core.events import Entry, Event, RoundAsked
from magi_mcp.core.outcomes import check_told
from magi_mcp.core.playing import HandedIn, open_asks
from magi_mcp.core.transcript import transcript
from magi_mcp.core.viewers import Viewer
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.journal.sqlite import SqliteJournal
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.runtime.quota import Quota
from tests.callers.stage import CLAUDE, GEMINI, GPT, SHIP, callers_council, vote, votes
from tests.runtime.stage import FailingJournal, kinds

TRIO = ("ada", "ben", "cleo")
OpenJournal = Callable[[], Awaitable[JournalPort]]


@pytest.fixture(params=["memory", "sqlite"])
def a_journal(request: pytest.FixtureRequest, tmp_path: Path) -> OpenJournal:
    """Opens the journal of one store, as another process would; each is closed by its council."""
    memory = MemoryJournal(SystemClock())

    async def opened() -> JournalPort:
        if request.param == "memory":
            return memory
        return await SqliteJournal.open(tmp_path / "d.sqlite3", SystemClock())

    return opened


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.runtime.chamber._KNOCK_EVERY_S", 0)


def asked(hearing: Hearing) -> list[str]:
    return [ask.ask_id for ask in open_asks(hearing.entries)]


async def test_a_question_opens_with_asks_and_nobody_is_at_work_on_it(
    a_journal: OpenJournal,
) -> None:
    async with callers_council(await a_journal()) as council:
        hearing = await council.put(SHIP)
        assert (await hearing.wait()).status == "awaiting_replies"
        assert asked(hearing) == ["r1/ada", "r1/ben", "r1/cleo"]
        assert council.chamber.in_session == 0
        assert not await council.journal.claimed(hearing.dossier_id)
        (head,) = await council.heads(5)
        assert head.status == "awaiting_replies"
        assert "\n\nAwaiting replies. Dossier " in transcript(hearing.dossier)
        with pytest.raises(CallerError, match=r"this one is awaiting replies; what really"):
            check_told(head.status, "")
        assert not council.expects_models
        assert not council.must_load_models(hearing.dossier.case)


async def test_processes_take_turns_and_none_remembers_anything(a_journal: OpenJournal) -> None:
    async with callers_council(await a_journal()) as council:
        dossier_id = (await council.put(SHIP)).dossier_id
    for reply in votes("yes", *TRIO):
        async with callers_council(await a_journal()) as council:
            hearing = await council.submit(dossier_id[-8:], [reply])
            assert hearing.notes == ()
            [head] = await council.heads(5)
            assert head.status == hearing.dossier.status
    async with callers_council(await a_journal()) as council:
        dossier = await council.dossier(dossier_id)
    assert dossier.status == "decided"
    decision = decision_of(dossier)
    assert decision is not None
    assert decision.ruling == "yes"
    assert PLAYED in decision.warnings
    assert [b.served_by for b in decision.findings.ballots] == [CLAUDE, GPT, GEMINI]


async def test_all_who_hand_in_at_once_are_heard(a_journal: OpenJournal) -> None:
    async with callers_council(await a_journal()) as one, callers_council(await a_journal()) as two:
        dossier_id = (await one.put(SHIP)).dossier_id
        async with anyio.create_task_group() as callers:
            for council, reply in zip((one, two, one), votes("no", *TRIO), strict=True):
                callers.start_soon(council.submit, dossier_id, [reply])
        entries = await one.journal.read(dossier_id)
        assert kinds(entries).count("reply_received") == 3
        assert kinds(entries)[-1] == "verdict_reached"


async def test_of_two_texts_at_once_for_one_ask_one_is_told_that_it_came_second(
    a_journal: OpenJournal,
) -> None:
    refused: list[CallerError] = []
    async with callers_council(await a_journal()) as council:
        dossier_id = (await council.put(SHIP)).dossier_id

        async def hand_in(position: str) -> None:
            try:
                await council.submit(dossier_id, [vote("r1/ada", position)])
            except CallerError as second:
                refused.append(second)

        async with anyio.create_task_group() as callers:
            callers.start_soon(hand_in, "yes")
            callers.start_soon(hand_in, "no")
        assert kinds(await council.journal.read(dossier_id)).count("reply_received") == 1
    assert len(refused) == 1
    assert "'r1/ada': it has its reply" in str(refused[0])


class ForestalledJournal(MemoryJournal):
    """Somebody else's words come in just before ours, each once."""

    def __init__(self, words: Sequence[HandedIn]) -> None:
        super().__init__(SystemClock())
        self._words = list(words)

    async def append(
        self, dossier_id: str, expected_seq: int, events: Sequence[Event]
    ) -> tuple[Entry, ...]:
        if expected_seq and self._words:
            word = self._words.pop()
            async with callers_council(self) as other:
                await other.submit(dossier_id, [word])
        return await super().append(dossier_id, expected_seq, events)


async def test_whoever_is_forestalled_hands_in_after_the_other() -> None:
    journal = ForestalledJournal(votes("yes", "ada", "ben"))
    async with callers_council(journal) as council:
        hearing = await council.put(SHIP)
        done = await council.submit(hearing.dossier_id, [vote("r1/cleo", "yes")])
    assert done.dossier.status == "decided"
    assert kinds(done.entries).count("reply_received") == 3


async def test_a_store_that_fails_keeps_all_that_was_written_before() -> None:
    async with callers_council(FailingJournal(from_seq=4)) as council:
        hearing = await council.put(SHIP)
        await council.submit(hearing.dossier_id, [vote("r1/ada", "yes")])
        with pytest.raises(StoreError):
            await council.submit(hearing.dossier_id, votes("yes", "ben", "cleo"))
        assert asked(await council.hearing(hearing.dossier_id)) == ["r1/ben", "r1/cleo"]


async def test_the_same_question_put_again_joins_the_open_round(a_journal: OpenJournal) -> None:
    async with callers_council(await a_journal()) as council:
        first = await council.put(SHIP)
        await council.submit(first.dossier_id, [vote("r1/ada", "yes")])
        again = await council.put(SHIP)
        assert (again.joined, again.dossier_id) == (True, first.dossier_id)
        assert asked(again) == ["r1/ben", "r1/cleo"]
        assert again.notes[0].startswith("Joined: this very question was put")
        fresh = await council.put(replace(SHIP, fresh=True))
        assert fresh.dossier_id != first.dossier_id
        await council.submit(first.dossier_id, votes("yes", *TRIO[1:]))
        assert (await council.dossier(first.dossier_id)).status == "decided"


async def test_a_cancel_stops_it_and_resuming_awaits_the_same_replies(
    a_journal: OpenJournal,
) -> None:
    async with callers_council(await a_journal()) as council:
        name = (await council.put(SHIP)).dossier_id
        await council.submit(name, [vote("r1/ada", "yes")])
        stopped = await council.cancel(name, by="the user")
        assert (stopped.status, stopped.usage.calls) == ("cancelled", 1), "nobody was called"
        with pytest.raises(CallerError, match="was stopped"):
            await council.submit(name, [vote("r1/ben", "yes")])
        resumed = await council.resume(name, by="the user")
        assert resumed.dossier.status == "awaiting_replies"
        assert asked(resumed) == ["r1/ben", "r1/cleo"]
        assert kinds(resumed.entries)[-2:] == ["cancelled", "resumed"]
        assert (await council.heads(1))[0].status == "awaiting_replies"
        again = await council.resume(name, by="the user")
        assert kinds(again.entries).count("resumed") == 1, "it awaited replies already"
        done = await council.submit(name, votes("yes", "ben", "cleo"))
    assert done.dossier.lost_calls == 0
    assert done.dossier.status == "decided"
    assert done.dossier.usage.calls == 3


async def test_a_verdict_is_final(a_journal: OpenJournal) -> None:
    async with callers_council(await a_journal()) as council:
        name = (await council.put(SHIP)).dossier_id
        await council.submit(name, votes("yes", *TRIO))
        assert (await council.cancel(name, by="somebody")).status == "decided"
        with pytest.raises(CallerError, match="has its verdict, which is final"):
            await council.resume(name, by="somebody")
        with pytest.raises(CallerError, match="It has its verdict"):
            await council.submit(name, [vote("r2/ada", "no")])


async def test_no_deadline_closes_a_round_that_the_caller_has_to_answer() -> None:
    hasty = replace(SHIP, deadline_s=0.001, max_tokens=1, owner=True)
    async with callers_council(protocol="critique") as council:
        name = (await council.put(hasty)).dossier_id
        await council.submit(name, [vote("r1/ada", "yes"), *votes("no", "ben", "cleo")])
        again = [vote("r2/ada", "yes"), *votes("no", "ben", "cleo", number=2)]
        done = await council.submit(name, again)
    assert [e.event.round_id for e in done.entries if isinstance(e.event, RoundAsked)] == [
        "r1",
        "r2",
    ]
    assert done.dossier.status == "decided"
    assert done.dossier.refused is None


async def test_a_plan_tells_calls_and_tokens_and_that_the_price_is_the_callers() -> None:
    async with callers_council() as council:
        result = await council.plan(replace(SHIP, max_tokens=10, owner=True))
        assert await council.heads(5) == ()
    assert (result.plan.affordable, result.plan.cost_usd) == ("all", 0.0)
    assert result.warnings == (
        "The caller plays the seats: what its answers cost is not known here.",
    )


async def test_what_belongs_to_another_principal_awaits_nobody_elses_replies(
    a_journal: OpenJournal,
) -> None:
    async with callers_council(await a_journal()) as council:
        name = (await council.seen_by(Viewer(principal="ann")).put(SHIP)).dossier_id
        bob = council.seen_by(Viewer(principal="bob"))
        with pytest.raises(UnknownDossier):
            await bob.submit(name, [vote("r1/ada", "yes")])
        assert not (await bob.put(SHIP)).joined
        ann = council.seen_by(Viewer(principal="ann"))
        assert (await ann.submit("latest", votes("yes", *TRIO))).dossier.status == "decided"


async def test_a_quota_bounds_what_is_opened_and_not_what_is_handed_in() -> None:
    async with callers_council() as council:
        bounded = replace(council, quota=Quota(1, council.journal, council.clock))
        name = (await bounded.put(SHIP)).dossier_id
        with pytest.raises(CallerError, match="were opened in the last hour"):
            await bounded.put(Request("Another?", method="yes_no", playable=True))
        assert (await bounded.submit(name, votes("yes", *TRIO))).dossier.status == "decided"

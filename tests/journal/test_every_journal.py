"""What every journal promises (ports.JournalPort): one battery, run on each of them."""

import asyncio
import re

import pytest

from magi_mcp.core.case import case_key
from magi_mcp.core.errors import (
    CallerError,
    CaseConflict,
    ProcedureError,
    StoreError,
    UnknownDossier,
)
from magi_mcp.core.events import Cancelled, CaseOpened, CouncilFailed, Event
from magi_mcp.ports import JournalPort
from tests.journal.samples import (
    OPENED_AT,
    ManualClock,
    case,
    dossier_id,
    opened,
    reply,
    texts,
    verdict,
)

FIRST, SECOND, THIRD = dossier_id(1), dossier_id(2), dossier_id(3)
ODD_TEXTS = [
    "half a pair \ud83d, the other half \ude00, both \ud83d\ude00",
    "nul \x00 and escape \x1b and separator \u2028",
    "\x10text:sha256:" + "0" * 64,
    "\x10escaped:\\x41",
    "{braces} {{and}} %s \\u0041 ' \" ; DROP TABLE events",
    "long and odd \ud800\x00 " * 200,
    "x" * 100_000,
]
ODD_QUESTIONS = [text for text in ODD_TEXTS if not re.search("[\ud800-\udfff]", text)]


async def read_events(journal: JournalPort, dossier: str, after_seq: int = 0) -> list[Event]:
    return [entry.event for entry in await journal.read(dossier, after_seq)]


# --- entries ---------------------------------------------------------------------------------


async def test_what_was_appended_is_read_back_in_order(journal: JournalPort) -> None:
    events: list[Event] = [
        opened(FIRST, context="why " * 200),
        reply("a"),
        reply("b"),
        verdict("yes"),
    ]
    await journal.append(FIRST, 0, events[:1])
    await journal.append(FIRST, 1, events[1:])
    assert await read_events(journal, FIRST) == events
    assert [entry.seq for entry in await journal.read(FIRST)] == [1, 2, 3, 4]


async def test_append_returns_the_entries_as_they_are_read_later(journal: JournalPort) -> None:
    entries = await journal.append(FIRST, 0, [opened(FIRST), reply("a")])
    assert await journal.read(FIRST) == entries


async def test_reading_starts_after_the_entry_one_names(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), reply("a"), reply("b")])
    assert texts(await read_events(journal, FIRST, 2)) == ["b"]
    assert await read_events(journal, FIRST, 3) == []
    assert await read_events(journal, FIRST, 99) == []
    assert len(await journal.read(FIRST, -1)) == 3


@pytest.mark.parametrize("unknown", [SECOND, "", "%", "no such\x00thing"])
async def test_an_unknown_dossier_reads_empty(journal: JournalPort, unknown: str) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    assert await journal.read(unknown) == ()


async def test_an_entry_carries_the_time_at_which_it_was_appended(
    journal: JournalPort, clock: ManualClock
) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    clock.advance(1.5)
    await journal.append(FIRST, 1, [reply("a"), reply("b")])
    times = [entry.at for entry in await journal.read(FIRST)]
    assert times == [OPENED_AT, OPENED_AT + 1.5, OPENED_AT + 1.5]


async def test_appending_nothing_changes_nothing(journal: JournalPort) -> None:
    assert await journal.append(FIRST, 0, []) == ()
    assert await journal.heads(10) == ()


@pytest.mark.parametrize("text", ODD_TEXTS)
async def test_no_text_is_lost_or_changed_whatever_it_holds(
    journal: JournalPort, text: str
) -> None:
    events: list[Event] = [opened(FIRST, context=text), reply(text), Cancelled(by=text)]
    await journal.append(FIRST, 0, events)
    assert await read_events(journal, FIRST) == events


@pytest.mark.parametrize("question", ODD_QUESTIONS)
async def test_a_head_shows_a_question_as_it_was_put(journal: JournalPort, question: str) -> None:
    await journal.append(FIRST, 0, [opened(FIRST, question=question)])
    (head,) = await journal.heads(1)
    assert head.question == question


# --- places ----------------------------------------------------------------------------------


async def test_a_taken_place_is_a_conflict_and_changes_nothing(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), reply("a")])
    with pytest.raises(CaseConflict) as conflict:
        await journal.append(FIRST, 1, [reply("b"), verdict("yes")])
    assert (conflict.value.dossier_id, conflict.value.expected_seq) == (FIRST, 1)
    assert texts(await read_events(journal, FIRST)) == ["a"]
    (head,) = await journal.heads(1)
    assert head.status == "running"


async def test_a_dossier_is_opened_once(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    with pytest.raises(CaseConflict):
        await journal.append(FIRST, 0, [opened(FIRST)])


async def test_a_gap_is_refused_and_says_what_is_missing(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    with pytest.raises(StoreError, match="ends at entry 1, though entry 5"):
        await journal.append(FIRST, 5, [reply("a")])
    with pytest.raises(StoreError, match="ends at entry 0"):
        await journal.append(SECOND, 1, [reply("a")])
    assert len(await journal.read(FIRST)) == 1


async def test_a_journal_begins_with_its_own_case_and_holds_it_once(journal: JournalPort) -> None:
    for events in ([reply("a")], [opened(SECOND)], [opened(FIRST), opened(FIRST)]):
        with pytest.raises(ProcedureError):
            await journal.append(FIRST, 0, events)
    assert await journal.read(FIRST) == ()


async def test_of_many_who_write_to_one_place_exactly_one_succeeds(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    done = await asyncio.gather(
        *(journal.append(FIRST, 1, [reply(str(n))]) for n in range(20)), return_exceptions=True
    )
    assert sum(isinstance(each, CaseConflict) for each in done) == 19
    assert len(await journal.read(FIRST)) == 2


async def test_a_hundred_deliberations_at_once_keep_their_own_order(journal: JournalPort) -> None:
    async def deliberate(number: int) -> None:
        dossier = dossier_id(number)
        await journal.append(dossier, 0, [opened(dossier)])
        for seq in range(1, 6):
            await journal.append(dossier, seq, [reply(f"{number}.{seq}")])

    await asyncio.gather(*(deliberate(number) for number in range(100)))
    for number in range(100):
        said = texts(await read_events(journal, dossier_id(number)))
        assert said == [f"{number}.{seq}" for seq in range(1, 6)]


async def test_one_journal_serves_several_threads_and_event_loops(journal: JournalPort) -> None:
    async def deliberate(number: int) -> None:
        dossier = dossier_id(number)
        await journal.append(dossier, 0, [opened(dossier)])
        for seq in range(1, 11):
            await journal.append(dossier, seq, [reply(str(seq))])
            assert len(await journal.read(dossier)) == seq + 1

    def in_a_loop_of_its_own(number: int) -> None:
        asyncio.run(deliberate(number))

    await asyncio.gather(*(asyncio.to_thread(in_a_loop_of_its_own, n) for n in range(4)))
    assert len(await journal.heads(10)) == 4


# --- claims ----------------------------------------------------------------------------------


async def test_one_owner_holds_a_claim_and_may_renew_it(
    journal: JournalPort, clock: ManualClock
) -> None:
    assert await journal.claim(FIRST, "a", 30)
    assert not await journal.claim(FIRST, "b", 30)
    clock.advance(20)
    assert await journal.claim(FIRST, "a", 30)
    clock.advance(20)
    assert await journal.claimed(FIRST)
    assert not await journal.claim(FIRST, "b", 30)


async def test_a_claim_that_ran_out_is_free(journal: JournalPort, clock: ManualClock) -> None:
    await journal.claim(FIRST, "a", 30)
    clock.advance(30)
    assert not await journal.claimed(FIRST)
    assert await journal.claim(FIRST, "b", 30)
    assert not await journal.claim(FIRST, "a", 30)


async def test_a_claim_is_given_back_by_its_owner_alone(journal: JournalPort) -> None:
    await journal.claim(FIRST, "a", 30)
    await journal.release(FIRST, "b")
    assert await journal.claimed(FIRST)
    await journal.release(FIRST, "a")
    assert not await journal.claimed(FIRST)
    await journal.release(FIRST, "a")
    assert await journal.claim(FIRST, "b", 30)


async def test_a_promise_is_noted_on_a_claim_and_ends_with_it(
    journal: JournalPort, clock: ManualClock
) -> None:
    await journal.promise(FIRST)
    assert not await journal.promised(FIRST), "nobody drives it"
    await journal.claim(FIRST, "a", 30)
    assert not await journal.promised(FIRST)
    await journal.promise(FIRST)
    await journal.claim(FIRST, "a", 30)
    assert await journal.promised(FIRST), "a renewal keeps it"
    clock.advance(31)
    await journal.claim(FIRST, "b", 30)
    assert not await journal.promised(FIRST), "another owner has promised nothing"
    await journal.promise(FIRST)
    await journal.release(FIRST, "b")
    await journal.claim(FIRST, "b", 30)
    assert not await journal.promised(FIRST)


async def test_the_newest_dossier_of_a_case_is_found_by_its_key(journal: JournalPort) -> None:
    key = case_key(case(FIRST))
    assert await journal.newest_of(key) is None
    await journal.append(SECOND, 0, [opened(SECOND), reply("a")])
    await journal.append(FIRST, 0, [opened(FIRST)])
    await journal.append(THIRD, 0, [opened(THIRD, "Another?")])
    assert case_key(case(SECOND)) == key
    found = await journal.newest_of(key)
    assert found == next(each for each in await journal.heads(9) if each.dossier_id == SECOND)
    await journal.append(SECOND, 2, [verdict("yes")])
    newest = await journal.newest_of(key)
    assert newest is not None
    assert newest.status == "decided"


async def test_claims_are_for_one_dossier_and_need_no_entry(journal: JournalPort) -> None:
    assert await journal.claim(FIRST, "a", 30)
    assert await journal.claim(SECOND, "b", 30)
    assert not await journal.claimed(THIRD)
    assert await journal.heads(10) == ()


async def test_of_many_claimants_exactly_one_succeeds(journal: JournalPort) -> None:
    taken = await asyncio.gather(*(journal.claim(FIRST, f"owner {n}", 30) for n in range(20)))
    assert taken.count(True) == 1


async def test_a_claim_does_not_keep_others_from_appending(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    await journal.claim(FIRST, "somebody else", 30)
    await journal.append(FIRST, 1, [Cancelled(by="the user")])
    assert len(await journal.read(FIRST)) == 2


# --- heads -----------------------------------------------------------------------------------


async def test_an_empty_journal_has_no_heads(journal: JournalPort) -> None:
    assert await journal.heads(10) == ()


async def test_heads_come_newest_first_and_page_by_page(journal: JournalPort) -> None:
    for number in (2, 5, 1, 4, 3):
        await journal.append(dossier_id(number), 0, [opened(dossier_id(number))])
    first = await journal.heads(2)
    assert [head.dossier_id for head in first] == [dossier_id(5), dossier_id(4)]
    rest = await journal.heads(10, before=first[-1].dossier_id)
    assert [head.dossier_id for head in rest] == [dossier_id(3), dossier_id(2), dossier_id(1)]
    assert await journal.heads(10, before=dossier_id(1)) == ()


@pytest.mark.parametrize("limit", [0, -1])
async def test_a_limit_below_one_lists_nothing(journal: JournalPort, limit: int) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    assert await journal.heads(limit) == ()


async def test_a_head_follows_its_dossier(journal: JournalPort, clock: ManualClock) -> None:
    question = "Is a long question shown whole? " * 20
    await journal.append(FIRST, 0, [opened(FIRST, question=question)])
    (before,) = await journal.heads(1)
    assert (before.status, before.outcome, before.ruling) == ("running", None, None)
    assert (before.question, before.method, before.protocol) == (question, "yes_no", "vote")
    clock.advance(2)
    await journal.append(FIRST, 1, [reply("a"), verdict("yes")])
    (after,) = await journal.heads(1)
    assert (after.status, after.outcome, after.ruling) == ("decided", "majority", "yes")
    assert after.provisional
    assert (after.opened_at, after.updated_at) == (OPENED_AT, OPENED_AT + 2)
    assert after.question == question


async def test_a_head_shows_a_long_ruling_whole(journal: JournalPort) -> None:
    ruling = "A position in the words of the seat that holds it. " * 20
    await journal.append(FIRST, 0, [opened(FIRST), verdict(ruling)])
    (head,) = await journal.heads(1)
    assert head.ruling == ruling


@pytest.mark.parametrize(
    ("end", "status"),
    [
        (verdict(None), "undecided"),
        (CouncilFailed(causes=("no key",)), "failed"),
        (Cancelled(by="the user"), "cancelled"),
    ],
)
async def test_a_head_shows_how_a_dossier_ended(
    journal: JournalPort, end: Event, status: str
) -> None:
    await journal.append(FIRST, 0, [opened(FIRST), end])
    (head,) = await journal.heads(1)
    assert head.status == status


# --- references ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reference",
    [
        dossier_id(1, "8c1f27ab"),
        dossier_id(1, "8c1f27ab").upper(),
        f"  {dossier_id(1, '8c1f27ab')}\n",
        "8c1f27ab",
        " 8C1F27AB ",
        f"magi://dossiers/{dossier_id(1, '8c1f27ab')}",
        f"MAGI://Dossiers/{dossier_id(1, '8c1f27ab')} ",
    ],
)
async def test_a_dossier_is_found_by_its_id_its_end_or_its_uri(
    journal: JournalPort, reference: str
) -> None:
    for dossier in (dossier_id(1, "8c1f27ab"), dossier_id(2, "00000002")):
        await journal.append(dossier, 0, [opened(dossier)])
    assert await journal.resolve(reference) == dossier_id(1, "8c1f27ab")


@pytest.mark.parametrize("reference", ["latest", " LATEST ", "Latest"])
async def test_latest_is_the_newest_dossier(journal: JournalPort, reference: str) -> None:
    for dossier in (SECOND, THIRD, FIRST):
        await journal.append(dossier, 0, [opened(dossier)])
    assert await journal.resolve(reference) == THIRD


@pytest.mark.parametrize(
    "reference",
    [
        *("", " ", "%", "________", "*", "8c1f27a", "1f27ab", "nonsense", "magi://dossiers/"),
        *("magi://dossiers/%", "' OR 1=1 --", "\x00", "\ud800", "ＬＡＴＥＳＴ", dossier_id(9)),
    ],
)
async def test_what_names_no_dossier_is_unknown_and_never_a_pattern(
    journal: JournalPort, reference: str
) -> None:
    known = dossier_id(1, "8c1f27ab")
    await journal.append(known, 0, [opened(known)])
    with pytest.raises(UnknownDossier, match=re.escape(repr(reference))):
        await journal.resolve(reference)


async def test_an_empty_journal_has_no_latest(journal: JournalPort) -> None:
    with pytest.raises(UnknownDossier):
        await journal.resolve("latest")


async def test_an_end_that_several_dossiers_share_lists_them(journal: JournalPort) -> None:
    for dossier in (FIRST, SECOND):
        await journal.append(dossier, 0, [opened(dossier)])
    with pytest.raises(CallerError, match=f"{FIRST}, {SECOND}") as error:
        await journal.resolve("00000000")
    assert not isinstance(error.value, UnknownDossier)
    assert error.value.argument == "dossier_id"


async def test_a_long_list_of_matches_is_cut_and_counted(journal: JournalPort) -> None:
    for number in range(1, 13):
        await journal.append(dossier_id(number), 0, [opened(dossier_id(number))])
    with pytest.raises(CallerError, match=r"names 12 dossiers.* and 2 more"):
        await journal.resolve("00000000")


async def test_a_claimed_dossier_without_an_entry_has_no_name_yet(journal: JournalPort) -> None:
    await journal.claim(FIRST, "a", 30)
    with pytest.raises(UnknownDossier):
        await journal.resolve(FIRST)


async def test_the_first_event_is_the_case_itself(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    (entry,) = await journal.read(FIRST)
    assert isinstance(entry.event, CaseOpened)
    assert entry.event.case.seat("casper").lens is not None

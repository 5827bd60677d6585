"""Finding dossiers by their words: one battery for every journal, and stores made before it."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from magi_mcp.core.ballots import Abstention
from magi_mcp.core.events import OutcomeRecorded, ReplyReceived
from magi_mcp.core.replies import Answered
from magi_mcp.core.searching import Find, Search, phrases_of, words_of
from magi_mcp.journal import MemoryJournal, SqliteJournal
from magi_mcp.ports import JournalPort
from tests.journal.conftest import OpenStore
from tests.journal.samples import OPENED_AT, ManualClock, dossier_id, opened, reply, verdict

VERSION_1 = Path(__file__).with_name("version_1.sql")
FIRST, SECOND, THIRD = dossier_id(1), dossier_id(2), dossier_id(3)


def places(finds: tuple[Find, ...]) -> list[tuple[int, str]]:
    return [find.place for find in finds]


async def found(
    journal: JournalPort, query: str, kind: str | None = None, outcome: str | None = None
) -> list[str]:
    wanted = Search(phrases=phrases_of(query), kind=kind, outcome=outcome)
    return [find.head.dossier_id for find in await journal.search(wanted, 10)]


@pytest.fixture
async def three(journal: JournalPort, clock: ManualClock) -> JournalPort:
    """A decision on a release, one on a café, and one that has not ended."""
    release = opened(FIRST, "Should we ship release 4.2 on Friday?")
    await journal.append(FIRST, 0, [release, reply("Rollback covers code, not rows.")])
    await journal.append(FIRST, 2, [verdict("yes")])
    clock.advance(86_400)
    await journal.append(SECOND, 0, [opened(SECOND, "Which café for Friday's party?")])
    await journal.append(SECOND, 1, [reply("The café by the river. 数据库迁移吗"), verdict("Río")])
    clock.advance(86_400)
    await journal.append(THIRD, 0, [opened(THIRD, "Is the rollback rehearsed?")])
    return journal


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("river", [SECOND]),
        ("RIVER", [SECOND]),
        ("cafe", [SECOND]),
        ("CAFÉ party", [SECOND]),
        ("rio", [SECOND]),
        ("friday", [SECOND, FIRST]),
        ("rollback", [THIRD, FIRST]),
        ("roll", [THIRD, FIRST]),
        ("rollbacks", []),
        ("4.2", [FIRST]),
        ("2.4", []),
        ("4.2 friday", [FIRST]),
        ("ship rollback", [FIRST]),
        ("数据", [SECOND]),
        ("数迁", []),
        ("nothing of this", []),
    ],
)
async def test_words_are_found_wherever_they_stand(
    three: JournalPort, query: str, expected: list[str]
) -> None:
    assert await found(three, query) == expected


async def test_of_what_is_under_way_only_the_question_is_looked_through(
    three: JournalPort,
) -> None:
    await three.append(THIRD, 1, [reply("It was, in the river valley.")])
    assert await found(three, "river") == [SECOND], "nobody is shown half a vote"
    assert await found(three, "rehearsed river") == []
    assert await found(three, "rehearsed") == [THIRD]
    await three.append(THIRD, 2, [verdict("yes")])
    assert await found(three, "river") == [THIRD, SECOND]
    assert await found(three, "rehearsed river") == [THIRD]


async def test_of_many_words_half_are_enough_and_more_of_them_come_first(
    three: JournalPort,
) -> None:
    query = "should we rehearse a rollback on friday"
    finds = await three.search(Search(phrases=phrases_of(query)), 10)
    assert places(finds) == [(5, FIRST)]
    finds = await three.search(Search(phrases=phrases_of("rollback friday ship unheard")), 10)
    assert places(finds) == [(3, FIRST)]


@pytest.mark.parametrize(
    "query",
    ['"', "NEAR(", "rollback AND", "-rollback", "question:rollback", "a*b", "^x", "{y}", "'"],
)
async def test_what_means_something_to_a_database_means_nothing_here(
    three: JournalPort, query: str
) -> None:
    for phrases in (phrases_of(query), phrases_of(f"{query} rollback")):
        finds = await three.search(Search(phrases=phrases), 10)
        assert all(find.hits <= len(phrases) for find in finds)


async def test_operators_are_words_like_any_other(three: JournalPort) -> None:
    assert await found(three, "rollback OR") == [], "both words are wanted, and one is not there"
    assert await found(three, "question:ship") == [], "no column is meant"
    assert await found(three, "-rollback") == [THIRD, FIRST]


async def test_without_words_all_are_found_newest_first(three: JournalPort) -> None:
    assert await found(three, "") == [THIRD, SECOND, FIRST]


async def test_bounds_narrow_what_is_found(three: JournalPort) -> None:
    assert await found(three, "", outcome="majority") == [SECOND, FIRST]
    assert await found(three, "rollback", outcome="majority") == [FIRST]
    assert await found(three, "", outcome="tie") == []
    assert await found(three, "", kind="deliberation") == [THIRD, SECOND, FIRST]
    since = Search(since=OPENED_AT + 86_400)
    until = Search(until=OPENED_AT + 86_400)
    assert [each.head.dossier_id for each in await three.search(since, 9)] == [THIRD, SECOND]
    assert [each.head.dossier_id for each in await three.search(until, 9)] == [FIRST]


async def test_a_search_goes_on_after_the_last_find(three: JournalPort) -> None:
    wanted = Search(phrases=phrases_of("friday rollback ship"))
    every = await three.search(wanted, 10)
    assert places(every) == [(3, FIRST)]
    everything = await three.search(Search(), 10)
    first = await three.search(Search(), 1)
    rest = await three.search(Search(), 10, first[0].place)
    assert first + rest == everything
    assert await three.search(Search(), 10, everything[-1].place) == ()
    assert await three.search(Search(), 0) == ()


async def test_what_is_said_later_is_found_as_well(three: JournalPort) -> None:
    assert await found(three, "hindsight") == []
    silent = Answered(text="-", served_by="scripted/c", elapsed_s=0.1)
    abstained = ReplyReceived(
        ask_id="r2/casper", seat="casper", reply=silent, ballot=Abstention(reason="Hindsight.")
    )
    await three.append(THIRD, 1, [abstained])
    await three.append(THIRD, 2, [verdict("yes")])
    assert await found(three, "hindsight") == [THIRD]
    assert await found(three, "rehearsed hindsight") == [THIRD]


async def test_a_recorded_outcome_changes_no_head(three: JournalPort) -> None:
    before = await three.heads(9)
    await three.append(FIRST, 3, [OutcomeRecorded(actual="no", correct=False)])
    assert await three.heads(9) == before


async def test_words_of_a_refused_append_are_not_found(journal: JournalPort) -> None:
    await journal.append(FIRST, 0, [opened(FIRST)])
    with pytest.raises(Exception, match="somebody else"):
        await journal.append(FIRST, 0, [opened(FIRST, "Smuggled?")])
    assert await found(journal, "smuggled") == []


@given(
    texts=st.lists(st.text("aAbÄ4.2 -'\"龍ß", max_size=12), min_size=1, max_size=4),
    query=st.text("aAbÄ4.2 -'\"龍ß*", max_size=8),
)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_both_journals_find_the_same(tmp_path: Path, texts: list[str], query: str) -> None:
    async def both() -> list[list[tuple[int, str]]]:
        clock = ManualClock()
        results = []
        path = tmp_path / f"{abs(hash((tuple(texts), query)))}.db"
        for journal in (MemoryJournal(clock), await SqliteJournal.open(path, clock)):
            for number, text in enumerate(texts):
                known = await journal.read(dossier_id(number))
                if not known:
                    await journal.append(
                        dossier_id(number), 0, [opened(dossier_id(number), "Q?"), reply(text)]
                    )
            finds = await journal.search(Search(phrases=phrases_of(query)), 10)
            results.append(places(finds))
            await journal.aclose()
        return results

    in_memory, in_file = asyncio.run(both())
    assert in_memory == in_file


def test_words_are_compared_without_case_accents_and_marks() -> None:
    assert words_of("Straße, CAFÉ: 4.2's «naïve»") == ["strasse", "cafe", "4", "2", "s", "naive"]
    assert words_of("数据a") == ["数", "据", "a"]
    assert phrases_of(" a  a b.c ! ") == (("a",), ("b", "c"))


async def test_dossiers_of_an_older_store_are_found(path: Path, open_store: OpenStore) -> None:
    def make() -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(VERSION_1.read_text(encoding="utf-8"))
            connection.execute(
                "INSERT INTO events VALUES (?, 4, 1.0, ?)", (SECOND, '{"type":"half a rec')
            )
            connection.commit()

    await asyncio.to_thread(make)
    journal = await open_store()
    heads = await journal.heads(10)
    for head in heads:
        assert head.dossier_id in await found(journal, head.question)


async def test_what_is_removed_is_no_longer_found(store: SqliteJournal) -> None:
    await store.append(FIRST, 0, [opened(FIRST, "Remove me?")])
    assert await found(store, "remove") == [FIRST]

    def remove() -> None:
        with closing(sqlite3.connect(store.path)) as connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("DELETE FROM dossiers")
            connection.commit()
            (left,) = connection.execute("SELECT count(*) FROM findable").fetchone()
            (hits,) = connection.execute(
                "SELECT count(*) FROM found WHERE found MATCH 'remove'"
            ).fetchone()
            assert (left, hits) == (0, 0)

    await asyncio.to_thread(remove)
    assert await found(store, "remove") == []

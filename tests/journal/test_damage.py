"""Damaged records: each is named with its cause, and everything else stays readable."""

import sqlite3
from contextlib import closing

import pytest

from magi_mcp.core.errors import StoreError
from magi_mcp.journal import SqliteJournal
from tests.journal.conftest import OpenStore
from tests.journal.samples import dossier_id, opened, reply, verdict

FIRST, SECOND = dossier_id(1), dossier_id(2)


@pytest.fixture
async def damaged(store: SqliteJournal) -> SqliteJournal:
    """A store of two dossiers, to be damaged by the test."""
    for dossier in (FIRST, SECOND):
        await store.append(dossier, 0, [opened(dossier), reply("a"), reply("b")])
    return store


def damage(store: SqliteJournal, statement: str, *values: str | bytes) -> None:
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.mark.parametrize(
    ("stored", "cause"),
    [
        (b'{"type": "reply_rec', "not JSON"),
        (b"", "not JSON"),
        (b"\x00", "not JSON"),
        (b'{"type": "cancelled", "by": "\xff"}', "not valid Unicode"),
        (b'{"type": "omen_seen", "omen": "raven"}', "knows no 'omen_seen'"),
        (b'{"type": "cancelled", "by": "a", "why": "b"}', "why: Extra inputs"),
    ],
)
async def test_a_damaged_entry_is_named_and_the_rest_can_be_read(
    damaged: SqliteJournal, stored: bytes, cause: str
) -> None:
    spoil = "UPDATE events SET event = CAST(? AS TEXT) WHERE dossier_id = ? AND seq = 2"
    damage(damaged, spoil, stored, FIRST)
    with pytest.raises(StoreError, match=cause) as error:
        await damaged.read(FIRST)
    for part in (str(damaged.path), f"entry 2 of dossier {FIRST}", "upgrade", "backup"):
        assert part in str(error.value)
    assert len(await damaged.read(FIRST, 2)) == 1
    assert len(await damaged.read(SECOND)) == 3
    assert [head.dossier_id for head in await damaged.heads(10)] == [SECOND, FIRST]
    assert await damaged.resolve(FIRST) == FIRST


async def test_an_entry_that_is_no_text_at_all_is_named_too(damaged: SqliteJournal) -> None:
    damage(damaged, "UPDATE events SET event = x'ff00' WHERE dossier_id = ?", FIRST)
    with pytest.raises(StoreError, match=f"entry 1 of dossier {FIRST} .*not JSON"):
        await damaged.read(FIRST)


async def test_a_dossier_with_a_damaged_entry_can_still_be_ended(damaged: SqliteJournal) -> None:
    damage(damaged, "UPDATE events SET event = '{' WHERE dossier_id = ?", FIRST)
    await damaged.append(FIRST, 3, [verdict("yes")])
    assert [head.status for head in await damaged.heads(10)] == ["running", "decided"]


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        ("DELETE FROM texts", "is missing"),
        ("UPDATE texts SET text = text || '!'", "was changed"),
    ],
)
async def test_a_shared_text_that_is_gone_or_changed_is_noticed(
    damaged: SqliteJournal, statement: str, cause: str
) -> None:
    damage(damaged, statement)
    with pytest.raises(StoreError, match=f"entry 1 of dossier {FIRST} .*{cause}"):
        await damaged.read(FIRST)
    assert len(await damaged.read(FIRST, 1)) == 2
    assert len(await damaged.heads(10)) == 2


async def test_a_damaged_head_is_named(damaged: SqliteJournal) -> None:
    damage(damaged, "UPDATE dossiers SET status = 'enthroned' WHERE dossier_id = ?", FIRST)
    with pytest.raises(StoreError, match=f"head of dossier {FIRST} .*status"):
        await damaged.heads(10)
    assert len(await damaged.heads(1)) == 1
    assert len(await damaged.read(FIRST)) == 3


async def test_a_damaged_call_is_named(damaged: SqliteJournal) -> None:
    damage(damaged, "UPDATE calls SET outcome = 'enchanted' WHERE dossier_id = ?", FIRST)
    with pytest.raises(StoreError, match=f"a call of entry 2 of dossier {FIRST} .*outcome"):
        await damaged.attempts_since(0)
    assert set(await damaged.spent_since(0)) == {FIRST, SECOND}


async def test_damage_inside_the_file_is_told_as_such_when_it_is_met(
    damaged: SqliteJournal, open_store: OpenStore
) -> None:
    await damaged.append(FIRST, 3, [reply("x" * 200_000)])
    await damaged.aclose()
    overwrite_the_end(damaged)
    reopened = await open_store()
    with pytest.raises(StoreError, match=r"is damaged|cannot be read") as error:
        await reopened.read(FIRST)
    assert str(damaged.path) in str(error.value)
    assert len(await reopened.heads(10)) == 2


def overwrite_the_end(store: SqliteJournal) -> None:
    whole = store.path.read_bytes()
    store.path.write_bytes(whole[:-100_000] + b"\xff" * 100_000)

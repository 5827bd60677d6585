"""Stores that an earlier version left, brought up to date with all that was in them."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from magi_mcp.core.accounts import RecordedAttempt, Spent
from magi_mcp.core.events import LateReply, ReplyReceived
from magi_mcp.core.replies import Answered, Attempt, Usage
from magi_mcp.journal.migrations import MIGRATIONS, latest
from tests.journal.conftest import OpenStore
from tests.journal.samples import OPENED_AT, dossier_id
from tests.journal.test_calls import BUSY, FINE, replied

VERSION_1 = Path(__file__).with_name("version_1.sql")
FIRST, SECOND = dossier_id(1), dossier_id(2)


@pytest.fixture
async def older(path: Path) -> Path:
    """A store of version 1: two dossiers of five replies, three of which took calls."""
    await asyncio.to_thread(run, path, VERSION_1.read_text(encoding="utf-8"))
    return path


def run(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def write_event(path: Path, dossier: str, seq: int, event: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?)", (dossier, seq, OPENED_AT + 100, event)
        )
        connection.commit()


async def test_every_dossier_of_an_older_store_is_read_as_before(
    older: Path, open_store: OpenStore
) -> None:
    journal = await open_store()
    assert [head.status for head in await journal.heads(10)] == ["running", "undecided"]
    assert [len(await journal.read(dossier)) for dossier in (FIRST, SECOND)] == [5, 3]
    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (latest(MIGRATIONS),)


async def test_the_calls_of_an_older_store_are_read_from_its_events(
    older: Path, open_store: OpenStore
) -> None:
    journal = await open_store()
    priced = Usage(calls=2, tokens_in=300, tokens_out=40, cost_usd=0.25)
    uncounted = Usage(calls=1, tokens_in=10)
    down = Attempt(
        model="", outcome="server", detail='HTTP 500: "down"', elapsed_s=2, usage=Usage()
    )
    assert await journal.attempts_since(0) == tuple(
        RecordedAttempt(OPENED_AT + 2, FIRST, seat, attempt)
        for seat, attempt in (
            ("casper", Attempt(model="openai/c", outcome="answered", elapsed_s=1.5, usage=priced)),
            (
                "melchior",
                Attempt(model="openai/m\x00", outcome="answered", elapsed_s=0.5, usage=uncounted),
            ),
            ("balthasar", down),
        )
    )
    assert await journal.spent_since(0) == {
        FIRST: Spent(calls=4, tokens=350, cost_usd=0.25, uncounted_calls=2, unpriced_calls=2)
    }


LISTED = Answered(text="yes", served_by="openai/c", attempts=(BUSY, FINE))


@pytest.mark.parametrize(
    "event", [replied(LISTED), LateReply(ask_id="r1/casper", seat="casper", reply=LISTED)]
)
async def test_the_attempts_that_an_older_event_lists_are_read_one_by_one(
    older: Path, open_store: OpenStore, event: ReplyReceived | LateReply
) -> None:
    await asyncio.to_thread(write_event, older, SECOND, 4, event.model_dump_json())
    journal = await open_store()
    found = await journal.attempts_since(OPENED_AT + 100)
    assert [each.attempt for each in found] == [BUSY, FINE]


@pytest.mark.parametrize(
    "event",
    [
        '{"type":"reply_rec',
        "",
        '{"type":"reply_received"}',
        '{"type":"reply_received","seat":"casper","reply":{"usage":{"calls":1}}}',
        '{"type":"reply_received","seat":"casper","reply":{"attempts":[7,{}]}}',
        '{"type":"reply_received","seat":"casper","reply":{"attempts":{"a":1}}}',
        '["reply_received"]',
    ],
)
async def test_an_event_that_cannot_be_read_keeps_no_store_from_being_brought_up_to_date(
    older: Path, open_store: OpenStore, event: str
) -> None:
    await asyncio.to_thread(write_event, older, SECOND, 4, event)
    journal = await open_store()
    assert len(await journal.attempts_since(0)) == 3


async def test_the_calls_of_a_dossier_go_with_it(older: Path, open_store: OpenStore) -> None:
    journal = await open_store()
    await asyncio.to_thread(run, older, "PRAGMA foreign_keys = ON; DELETE FROM dossiers;")
    assert await journal.attempts_since(0) == ()

"""Journal: the SQL statements, as functions of a connection inside a transaction.

Knows the tables of :mod:`.migrations` and nothing of threads, files or the clock.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from magi_mcp.core.accounts import RecordedAttempt, Spent, attempts_in
from magi_mcp.core.case import case_key
from magi_mcp.core.events import CaseOpened, Entry
from magi_mcp.core.heads import Head
from magi_mcp.core.searching import NOTHING_FINDABLE, Findable, findable
from magi_mcp.core.viewers import Viewer
from magi_mcp.journal import rules
from magi_mcp.journal.codec import (
    Scalar,
    Shelf,
    Undecodable,
    decode,
    decode_attempt,
    decode_head,
    encode,
    encode_attempt,
    encode_head,
)
from magi_mcp.journal.faults import Damaged
from magi_mcp.journal.findable import shared_text, write_findable

_PROGRESS = "SELECT * FROM dossiers WHERE dossier_id = ?"
_HEADS = """
    SELECT * FROM {dossiers} WHERE dossier_id < :before ORDER BY dossier_id DESC LIMIT :limit
"""
_NEWEST = "SELECT dossier_id FROM {dossiers} ORDER BY dossier_id DESC LIMIT 1"
_NAMED = """
    SELECT dossier_id FROM {dossiers} WHERE dossier_id = :wanted OR suffix = :wanted
    ORDER BY dossier_id
"""
_EVERYBODYS = "dossiers"
_OF_ONE = "(SELECT * FROM dossiers WHERE principal IS :principal)"
_AFTER_EVERY_ID = "\U0010ffff"
_WRITE_HEAD = """
    INSERT INTO dossiers (
        dossier_id, principal, suffix, last_seq, kind, question, method, protocol,
        status, outcome, ruling, provisional, opened_at, updated_at
    )
    VALUES (
        :dossier_id, :principal, :suffix, :last_seq, :kind, :question, :method, :protocol,
        :status, :outcome, :ruling, :provisional, :opened_at, :updated_at
    )
    ON CONFLICT (dossier_id) DO UPDATE SET
        last_seq = excluded.last_seq,
        status = excluded.status,
        outcome = excluded.outcome,
        ruling = excluded.ruling,
        provisional = excluded.provisional,
        updated_at = excluded.updated_at
"""
_WRITE_EVENT = "INSERT INTO events (dossier_id, seq, at, event) VALUES (?, ?, ?, ?)"
_WRITE_CALL = """
    INSERT INTO calls (
        dossier_id, seq, place, at, seat, model, outcome, detail,
        waited_s, elapsed_s, calls, tokens_in, tokens_out, cost_usd
    )
    VALUES (
        :dossier_id, :seq, :place, :at, :seat, :model, :outcome, :detail,
        :waited_s, :elapsed_s, :calls, :tokens_in, :tokens_out, :cost_usd
    )
"""
_CALLS = "SELECT * FROM calls WHERE at >= ? ORDER BY at, dossier_id, seq, place"
_SPENT = """
    SELECT
        dossier_id,
        sum(calls),
        sum(coalesce(tokens_in, 0) + coalesce(tokens_out, 0)),
        total(cost_usd),
        sum(calls * (tokens_in IS NULL OR tokens_out IS NULL)),
        sum(calls * (cost_usd IS NULL))
    FROM calls WHERE at >= ? GROUP BY dossier_id
"""
_WRITE_KEY = "UPDATE dossiers SET case_key = ? WHERE dossier_id = ?"
_NEWEST_OF = "SELECT * FROM dossiers WHERE case_key = ? ORDER BY dossier_id DESC LIMIT 1"
_WRITE_TEXT = "INSERT INTO texts (address, text) VALUES (?, ?) ON CONFLICT (address) DO NOTHING"
_CLAIM = """
    INSERT INTO claims (dossier_id, owner, expires_at) VALUES (:dossier_id, :owner, :expires_at)
    ON CONFLICT (dossier_id) DO UPDATE
    SET
        promised = claims.promised AND claims.owner = excluded.owner,
        owner = excluded.owner,
        expires_at = excluded.expires_at
    WHERE claims.owner = excluded.owner OR claims.expires_at <= :now
"""


@dataclass(frozen=True)
class Append:
    """Entries on their way into the store: written out by whoever appends, not by the writer."""

    dossier_id: str
    entries: Sequence[Entry]
    rows: Sequence[tuple[str, int, float, str]]
    calls: Sequence[dict[str, Scalar]]
    texts: dict[str, str]
    key: str | None
    findable: Findable


def prepared(dossier_id: str, entries: Sequence[Entry]) -> Append:
    """Entries with the rows and the shared texts that they become."""
    shelf = Shelf()
    rows = [(dossier_id, each.seq, each.at, encode(each.event, shelf)) for each in entries]
    calls = [call for each in entries for call in _calls(dossier_id, each)]
    first = entries[0].event
    key = case_key(first.case) if isinstance(first, CaseOpened) else None
    words = sum((findable(each.event) for each in entries), NOTHING_FINDABLE)
    return Append(dossier_id, entries, rows, calls, shelf.texts, key, words)


def append(new: Append, connection: sqlite3.Connection) -> None:
    """Write entries and what the list shows of them. Raises as ``rules.check_place`` does."""
    row = connection.execute(_PROGRESS, (new.dossier_id,)).fetchone()
    last_seq, head = (0, None) if row is None else (row["last_seq"], head_in(row, connection))
    rules.check_place(new.dossier_id, last_seq, new.entries[0].seq - 1)
    # The dossier comes first: events refer to it.
    _write_head(rules.advanced(head, new.entries), new.entries[-1].seq, connection)
    connection.executemany(_WRITE_EVENT, new.rows)
    connection.executemany(_WRITE_CALL, new.calls)
    connection.executemany(_WRITE_TEXT, new.texts.items())
    if new.key is not None:
        connection.execute(_WRITE_KEY, (new.key, new.dossier_id))
    write_findable(new.dossier_id, new.findable, connection)


def entries(dossier_id: str, after_seq: int, connection: sqlite3.Connection) -> tuple[Entry, ...]:
    """The entries after ``after_seq``, in order. Raises ``Damaged`` for what is no event."""
    rows = connection.execute(
        "SELECT seq, at, event FROM events WHERE dossier_id = ? AND seq > ? ORDER BY seq",
        (dossier_id, after_seq),
    )
    found = []
    for seq, at, stored in rows:
        try:
            event = decode(stored, partial(shared_text, connection))
        except Undecodable as fault:
            raise Damaged(f"entry {seq} of dossier {dossier_id}", str(fault)) from fault
        found.append(Entry(seq=seq, at=at, event=event))
    return tuple(found)


def heads(
    limit: int, before: str | None, viewer: Viewer, connection: sqlite3.Connection
) -> tuple[Head, ...]:
    """The heads that a viewer sees, newest first. Raises ``Damaged`` for what is no head."""
    start = _AFTER_EVERY_ID if before is None else before
    rows = seen(_HEADS, viewer, connection, before=start, limit=max(limit, 0))
    return tuple(head_in(row, connection) for row in rows)


def newest_of(key: str, connection: sqlite3.Connection) -> Head | None:
    """The head of the newest dossier of a case key. Raises ``Damaged`` for what is no head."""
    row = connection.execute(_NEWEST_OF, (key,)).fetchone()
    return None if row is None else head_in(row, connection)


def spent_since(at: float, connection: sqlite3.Connection) -> dict[str, Spent]:
    """What each dossier's calls have used from ``at`` on."""
    return {dossier_id: Spent(*sums) for dossier_id, *sums in connection.execute(_SPENT, (at,))}


def attempts_since(at: float, connection: sqlite3.Connection) -> tuple[RecordedAttempt, ...]:
    """Every attempt from ``at`` on, oldest first. Raises ``Damaged`` for what is none."""
    return tuple(_attempt(row) for row in connection.execute(_CALLS, (at,)))


def matches(wanted: str, viewer: Viewer, connection: sqlite3.Connection) -> list[str]:
    """The ids that a viewer's normal reference may stand for, oldest first."""
    query = _NEWEST if wanted == rules.NEWEST else _NAMED
    return [dossier_id for (dossier_id,) in seen(query, viewer, connection, wanted=wanted)]


def seen(
    query: str, viewer: Viewer, connection: sqlite3.Connection, **values: Scalar
) -> sqlite3.Cursor:
    """The rows of a query on ``{dossiers}``, which are those that are there for the viewer."""
    dossiers = _EVERYBODYS if viewer.sees_all else _OF_ONE
    return connection.execute(
        query.format(dossiers=dossiers), {**values, "principal": viewer.principal}
    )


def claim(
    dossier_id: str, owner: str, now: float, expires_at: float, connection: sqlite3.Connection
) -> bool:
    """Take a claim that is free, ours or has run out; whether that went well."""
    taken = connection.execute(
        _CLAIM, {"dossier_id": dossier_id, "owner": owner, "expires_at": expires_at, "now": now}
    )
    return taken.rowcount == 1


def release(dossier_id: str, owner: str, connection: sqlite3.Connection) -> None:
    """Give a claim back that ``owner`` holds."""
    connection.execute("DELETE FROM claims WHERE dossier_id = ? AND owner = ?", (dossier_id, owner))


def claimed(dossier_id: str, now: float, connection: sqlite3.Connection) -> bool:
    """Whether a claim is held at the time ``now``."""
    row = connection.execute(
        "SELECT 1 FROM claims WHERE dossier_id = ? AND expires_at > ?", (dossier_id, now)
    ).fetchone()
    return row is not None


def promise(dossier_id: str, now: float, connection: sqlite3.Connection) -> None:
    """Note on a claim that is held at the time ``now`` that somebody relies on the verdict."""
    connection.execute(
        "UPDATE claims SET promised = 1 WHERE dossier_id = ? AND expires_at > ?", (dossier_id, now)
    )


def promised(dossier_id: str, connection: sqlite3.Connection) -> bool:
    """Whether that has been noted."""
    row = connection.execute(
        "SELECT 1 FROM claims WHERE dossier_id = ? AND promised", (dossier_id,)
    ).fetchone()
    return row is not None


def _calls(dossier_id: str, entry: Entry) -> Iterator[dict[str, Scalar]]:
    for place, (seat, attempt) in enumerate(attempts_in(entry.event)):
        yield {
            "dossier_id": dossier_id,
            "seq": entry.seq,
            "place": place,
            "at": entry.at,
            "seat": seat,
            **encode_attempt(attempt),
        }


def _attempt(row: sqlite3.Row) -> RecordedAttempt:
    try:
        attempt = decode_attempt(dict(row))
    except Undecodable as fault:
        record = f"a call of entry {row['seq']} of dossier {row['dossier_id']}"
        raise Damaged(record, str(fault)) from fault
    return RecordedAttempt(row["at"], row["dossier_id"], row["seat"], attempt)


def head_in(row: sqlite3.Row, connection: sqlite3.Connection) -> Head:
    """The head that a row of dossiers holds. Raises ``Damaged`` where it holds none."""
    columns = {name: row[name] for name in Head.model_fields}
    try:
        return decode_head(columns, partial(shared_text, connection))
    except Undecodable as fault:
        raise Damaged(f"the head of dossier {row['dossier_id']}", str(fault)) from fault


def _write_head(head: Head, last_seq: int, connection: sqlite3.Connection) -> None:
    shelf = Shelf()
    columns = encode_head(head, shelf)
    connection.execute(
        _WRITE_HEAD, {**columns, "suffix": rules.suffix(head.dossier_id), "last_seq": last_seq}
    )
    connection.executemany(_WRITE_TEXT, shelf.texts.items())

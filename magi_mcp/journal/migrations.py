"""Journal: the tables of the SQLite store, as numbered steps that only go forward.

A store carries the number of the last step taken, so that a program too old for it refuses
it instead of misreading it. A step that was released is never changed; a new one is added.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from magi_mcp.journal.findable import make_findable

APPLICATION_ID = int.from_bytes(b"MAGI", "big")
"""Marks an SQLite file as a store of this program."""


@dataclass(frozen=True)
class Migration:
    """One step: ``apply`` takes a store from version ``number`` - 1 to ``number``; ``why``."""

    number: int
    why: str
    apply: Callable[[sqlite3.Connection], None]


def statements(*texts: str) -> Callable[[sqlite3.Connection], None]:
    """A step that runs SQL statements, one after another."""

    def run(connection: sqlite3.Connection) -> None:
        # Not executescript: that would commit the transaction the step stands in.
        for text in texts:
            connection.execute(text)

    return run


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "The journal itself. `events` is the record and is only ever added to; `texts` holds by "
        "content address what many dossiers share; `dossiers` is the list, derived from events "
        "and written with them, so that its first page needs none of them; `claims` says who "
        "drives what, and knows dossiers that have no entry yet.",
        statements(
            """
            CREATE TABLE dossiers (
                dossier_id TEXT NOT NULL PRIMARY KEY,
                suffix TEXT NOT NULL,
                last_seq INTEGER NOT NULL,
                kind TEXT NOT NULL,
                question TEXT NOT NULL,
                method TEXT NOT NULL,
                protocol TEXT NOT NULL,
                status TEXT NOT NULL,
                outcome TEXT,
                ruling TEXT,
                provisional INTEGER NOT NULL,
                opened_at REAL NOT NULL,
                updated_at REAL NOT NULL
            )
            """,
            "CREATE INDEX dossiers_by_suffix ON dossiers (suffix)",
            """
            CREATE TABLE events (
                dossier_id TEXT NOT NULL REFERENCES dossiers (dossier_id) ON DELETE CASCADE,
                seq INTEGER NOT NULL CHECK (seq > 0),
                at REAL NOT NULL,
                event TEXT NOT NULL,
                PRIMARY KEY (dossier_id, seq)
            )
            """,
            "CREATE TABLE texts (address TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL)",
            """
            CREATE TABLE claims (
                dossier_id TEXT NOT NULL PRIMARY KEY,
                owner TEXT NOT NULL,
                expires_at REAL NOT NULL
            )
            """,
        ),
    ),
    Migration(
        2,
        "`calls` has a row for each attempt that a reply tells of, derived from events and written "
        "with them, so that what a day has cost and how models answer is known without reading "
        "the events. Those of older events are read here, once; an event that cannot be read is "
        "passed over, since it is no reason to refuse all the others.",
        statements(
            """
            CREATE TABLE calls (
                dossier_id TEXT NOT NULL REFERENCES dossiers (dossier_id) ON DELETE CASCADE,
                seq INTEGER NOT NULL,
                place INTEGER NOT NULL,
                at REAL NOT NULL,
                seat TEXT NOT NULL,
                model TEXT NOT NULL,
                outcome TEXT NOT NULL,
                detail TEXT NOT NULL,
                waited_s REAL NOT NULL,
                elapsed_s REAL NOT NULL,
                calls INTEGER NOT NULL,
                tokens_in INTEGER,
                tokens_out INTEGER,
                cost_usd REAL,
                PRIMARY KEY (dossier_id, seq, place)
            )
            """,
            "CREATE INDEX calls_by_time ON calls (at)",
            # Each attempt of a reply that lists them, else the reply as the one attempt it was.
            """
            WITH replies AS (
                SELECT
                    dossier_id, seq, at,
                    json_extract(event, '$.seat') AS seat,
                    json_extract(event, '$.reply') AS reply
                FROM (
                    SELECT dossier_id, seq, at, CASE WHEN json_valid(event) THEN event END AS event
                    FROM events
                )
                WHERE json_extract(event, '$.type') IN ('reply_received', 'late_reply')
            ),
            attempts AS (
                SELECT dossier_id, seq, at, seat, each.key AS place, each.value AS attempt
                FROM replies, json_each(reply, '$.attempts') AS each
                UNION ALL
                SELECT dossier_id, seq, at, seat, 0, json_object(
                    'model', coalesce(json_extract(reply, '$.served_by'), ''),
                    'outcome', coalesce(json_extract(reply, '$.failure'), 'answered'),
                    'detail', coalesce(json_extract(reply, '$.detail'), ''),
                    'waited_s', 0.0,
                    'elapsed_s', json_extract(reply, '$.elapsed_s'),
                    'usage', json(json_extract(reply, '$.usage'))
                )
                FROM replies
                WHERE coalesce(json_array_length(reply, '$.attempts'), 0) = 0
                AND json_extract(reply, '$.usage.calls') > 0
            )
            INSERT OR IGNORE INTO calls
            SELECT
                dossier_id, seq, place, at, seat,
                json_extract(attempt, '$.model'),
                json_extract(attempt, '$.outcome'),
                json_extract(attempt, '$.detail'),
                json_extract(attempt, '$.waited_s'),
                json_extract(attempt, '$.elapsed_s'),
                json_extract(attempt, '$.usage.calls'),
                json_extract(attempt, '$.usage.tokens_in'),
                json_extract(attempt, '$.usage.tokens_out'),
                json_extract(attempt, '$.usage.cost_usd')
            FROM attempts
            """,
        ),
    ),
    Migration(
        3,
        "`principal` says on whose behalf a dossier was opened, so that a server of several "
        "principals shows each its own without reading the events. What is older is nobody's. "
        "The index holds each principal's dossiers in the order in which they are listed.",
        statements(
            "ALTER TABLE dossiers ADD COLUMN principal TEXT",
            "CREATE INDEX dossiers_by_principal ON dossiers (principal, dossier_id)",
        ),
    ),
    Migration(
        4,
        "`case_key` tells which dossiers answer the same question, so that one put again finds "
        "the deliberation there is (semantics R10); those opened before have none, for theirs were "
        "computed from other fields and nobody joins them so late. `promised` says of a claim that "
        "somebody relies on the verdict, whom its holder cannot see waiting (semantics R9).",
        statements(
            "ALTER TABLE dossiers ADD COLUMN case_key TEXT",
            "CREATE INDEX dossiers_by_case ON dossiers (case_key, dossier_id)",
            "ALTER TABLE claims ADD COLUMN promised INTEGER NOT NULL DEFAULT 0",
        ),
    ),
    Migration(
        5,
        "`findable` holds the words by which a dossier is found, derived from events and written "
        "with them; `found` is the index over them. Those of older dossiers are read here, once.",
        make_findable,
    ),
)


def latest(migrations: Sequence[Migration]) -> int:
    """The version of a store that has taken every step."""
    return migrations[-1].number


def version_of(connection: sqlite3.Connection) -> int:
    """The number of the last step a store has taken; 0 for a new file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration]) -> bool:
    """Take the steps that are missing; whether there were any.

    Runs inside the caller's transaction. It writes to the file in any case, which a store
    that cannot be written to refuses; ``BEGIN IMMEDIATE`` alone would not notice.
    """
    version = version_of(connection)
    missing = [migration for migration in migrations if migration.number > version]
    for migration in missing:
        migration.apply(connection)
    # Neither pragma takes parameters; both values are numbers of our own.
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {latest(migrations)}")
    return bool(missing)

"""Journal: the words by which dossiers are found, as a table and a full-text index over it.

Everything in them follows from events, so that they could be made anew at any time.
"""

import sqlite3
from functools import partial

from magi_mcp.core.searching import Findable, findable
from magi_mcp.journal.codec import Undecodable, decode

_TABLES = (
    """
    CREATE TABLE findable (
        number INTEGER PRIMARY KEY,
        dossier_id TEXT NOT NULL UNIQUE REFERENCES dossiers (dossier_id) ON DELETE CASCADE,
        question TEXT NOT NULL,
        ruling TEXT NOT NULL,
        arguments TEXT NOT NULL
    )
    """,
    # The words come as the core compares them; the tokenizer has but to part them at blanks.
    """
    CREATE VIRTUAL TABLE found USING fts5 (
        question, ruling, arguments,
        content = 'findable', content_rowid = 'number',
        tokenize = "unicode61 remove_diacritics 0", prefix = '2 3'
    )
    """,
    """
    CREATE TRIGGER findable_added AFTER INSERT ON findable BEGIN
        INSERT INTO found (rowid, question, ruling, arguments)
        VALUES (new.number, new.question, new.ruling, new.arguments);
    END
    """,
    """
    CREATE TRIGGER findable_changed AFTER UPDATE ON findable BEGIN
        INSERT INTO found (found, rowid, question, ruling, arguments)
        VALUES ('delete', old.number, old.question, old.ruling, old.arguments);
        INSERT INTO found (rowid, question, ruling, arguments)
        VALUES (new.number, new.question, new.ruling, new.arguments);
    END
    """,
    """
    CREATE TRIGGER findable_removed AFTER DELETE ON findable BEGIN
        INSERT INTO found (found, rowid, question, ruling, arguments)
        VALUES ('delete', old.number, old.question, old.ruling, old.arguments);
    END
    """,
)
_WRITE = """
    INSERT INTO findable (dossier_id, question, ruling, arguments) VALUES (?, ?, ?, ?)
    ON CONFLICT (dossier_id) DO UPDATE SET
        question = trim(question || ' ' || excluded.question),
        ruling = trim(ruling || ' ' || excluded.ruling),
        arguments = trim(arguments || ' ' || excluded.arguments)
"""


def write_findable(dossier_id: str, words: Findable, connection: sqlite3.Connection) -> None:
    """Add to the words by which a dossier is found."""
    if any(words.texts):
        connection.execute(_WRITE, (dossier_id, *words.texts))


def make_findable(connection: sqlite3.Connection) -> None:
    """Make the tables, and fill them from the events that are there.

    An event that cannot be read is passed over: its dossier says so when it is opened, and it
    is no reason to refuse all the others.
    """
    for statement in _TABLES:
        connection.execute(statement)
    rows = connection.execute("SELECT dossier_id, event FROM events ORDER BY dossier_id, seq")
    lookup = partial(shared_text, connection)
    # Read to the end first: what is written meanwhile is in the same transaction.
    for dossier_id, stored in rows.fetchall():
        try:
            words = findable(decode(stored, lookup))
        except Undecodable:
            continue
        write_findable(dossier_id, words, connection)


def shared_text(connection: sqlite3.Connection, address: str) -> str | None:
    """The text with a content address as it was stored, or None where there is none."""
    row = connection.execute("SELECT text FROM texts WHERE address = ?", (address,)).fetchone()
    return None if row is None else row[0]

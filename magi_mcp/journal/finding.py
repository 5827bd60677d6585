"""Journal: searching, as SQL over the words of :mod:`.findable`.

Each phrase is looked up by itself and its dossiers are counted, so that how finds are ranked
is the core's rule and not that of a database.
"""

import json
import sqlite3

from magi_mcp.core.searching import Find, Phrase, Search, open_ended
from magi_mcp.core.verdict import UNDER_WAY
from magi_mcp.core.viewers import Viewer
from magi_mcp.journal import tables

_ALL = "SELECT dossiers.*, 0 AS hits FROM {dossiers} AS dossiers"
_WITH_WORDS = """
    SELECT dossiers.*, count(*) AS hits
    FROM ({each}) AS finds
    JOIN findable ON findable.number = finds.number
    JOIN {dossiers} AS dossiers ON dossiers.dossier_id = findable.dossier_id
    WHERE finds.under_way = (dossiers.status IN (SELECT value FROM json_each(:under_way)))
    GROUP BY dossiers.dossier_id
"""
# Of what is under way nothing but the question is looked through.
_ONE_PHRASE = """
    SELECT rowid AS number, 0 AS under_way FROM found WHERE found MATCH :phrase_{number}
    UNION ALL
    SELECT rowid, 1 FROM found WHERE found MATCH 'question : ' || :phrase_{number}
"""
_IN_ORDER = """
    SELECT * FROM ({finds}) WHERE hits >= :least_hits
    AND (:kind IS NULL OR kind = :kind)
    AND (:outcome IS NULL OR outcome = :outcome)
    AND (:since IS NULL OR opened_at >= :since)
    AND (:until IS NULL OR opened_at < :until)
    AND (:after_hits IS NULL OR (hits, dossier_id) < (:after_hits, :after_id))
    ORDER BY hits DESC, dossier_id DESC LIMIT :limit
"""


def search(
    wanted: Search,
    limit: int,
    after: tuple[int, str] | None,
    viewer: Viewer,
    connection: sqlite3.Connection,
) -> tuple[Find, ...]:
    """Finds that a viewer sees, in their order. Raises ``Damaged`` for what is no head."""
    phrases = {f"phrase_{number}": _match(each) for number, each in enumerate(wanted.phrases)}
    after_hits, after_id = after or (None, None)
    rows = tables.seen(
        _query(len(phrases)),
        viewer,
        connection,
        **phrases,
        under_way=json.dumps(UNDER_WAY),
        least_hits=wanted.least_hits,
        kind=wanted.kind,
        outcome=wanted.outcome,
        since=wanted.since,
        until=wanted.until,
        after_hits=after_hits,
        after_id=after_id,
        limit=max(limit, 0),
    )
    return tuple(
        Find(hits=row["hits"], head=tables.head_in(row, connection)) for row in rows.fetchall()
    )


def _query(phrases: int) -> str:
    """The query for so many phrases, on ``{dossiers}``."""
    if not phrases:
        return _IN_ORDER.replace("{finds}", _ALL)
    each = " UNION ALL ".join(_ONE_PHRASE.format(number=number) for number in range(phrases))
    return _IN_ORDER.replace("{finds}", _WITH_WORDS.replace("{each}", each))


def _match(phrase: Phrase) -> str:
    """A phrase as FTS5 is asked for it; words hold neither quotes nor blanks."""
    return f'"{" ".join(phrase)}"{"*" if open_ended(phrase) else ""}'

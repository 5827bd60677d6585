"""Journal: searching, as SQL over the words of :mod:`.findable`.

Each phrase is looked up by itself and its dossiers are counted, so that how finds are ranked
is the core's rule and not that of a database.
"""

import sqlite3

from magi_mcp.core.searching import Find, Phrase, Search, open_ended
from magi_mcp.journal import tables
from magi_mcp.journal.codec import Scalar

_ALL = "SELECT dossiers.*, 0 AS hits FROM dossiers"
_WITH_WORDS = """
    SELECT dossiers.*, count(*) AS hits
    FROM ({each}) AS finds
    JOIN findable ON findable.number = finds.number
    JOIN dossiers ON dossiers.dossier_id = findable.dossier_id
    GROUP BY dossiers.dossier_id
"""
_ONE_PHRASE = "SELECT rowid AS number FROM found WHERE found MATCH ?"
_IN_ORDER = """
    SELECT * FROM ({dossiers}) WHERE hits >= ?
    AND (? IS NULL OR kind = ?)
    AND (? IS NULL OR outcome = ?)
    AND (? IS NULL OR opened_at >= ?)
    AND (? IS NULL OR opened_at < ?)
    AND (? IS NULL OR (hits, dossier_id) < (?, ?))
    ORDER BY hits DESC, dossier_id DESC LIMIT ?
"""


def search(
    wanted: Search, limit: int, after: tuple[int, str] | None, connection: sqlite3.Connection
) -> tuple[Find, ...]:
    """Finds in their order. Raises ``Damaged`` for what is no head."""
    each = " UNION ALL ".join(_ONE_PHRASE for _ in wanted.phrases)
    dossiers = _WITH_WORDS.format(each=each) if wanted.phrases else _ALL
    bounds: list[Scalar] = [wanted.least_hits]
    for bound in (wanted.kind, wanted.outcome, wanted.since, wanted.until):
        bounds += [bound, bound]
    hits, dossier_id = after or (None, None)
    rows = connection.execute(
        _IN_ORDER.format(dossiers=dossiers),
        (*map(_match, wanted.phrases), *bounds, hits, hits, dossier_id, max(limit, 0)),
    )
    return tuple(
        Find(hits=row["hits"], head=tables.head_in(row, connection)) for row in rows.fetchall()
    )


def _match(phrase: Phrase) -> str:
    """A phrase as FTS5 is asked for it; words hold neither quotes nor blanks."""
    return f'"{" ".join(phrase)}"{"*" if open_ended(phrase) else ""}'

"""Journal: the rules that every journal keeps, whatever it writes to. Pure.

Ids are lower-case UUIDv7, so that the order of ids is the order in which dossiers were made.
"""

from collections.abc import Iterable, Sequence
from functools import reduce

from magi_mcp.core.errors import (
    CallerError,
    CaseConflict,
    ProcedureError,
    StoreError,
    UnknownDossier,
)
from magi_mcp.core.events import CaseOpened, Entry, Event
from magi_mcp.core.heads import Head, advance

SUFFIX_LENGTH = 8
NEWEST = "latest"
_URI_PREFIX = "magi://dossiers/"
_NAMED_AT_MOST = 10


def numbered(
    dossier_id: str, expected_seq: int, events: Sequence[Event], at: float
) -> tuple[Entry, ...]:
    """The entries that ``events`` become, written ``at`` seconds since the epoch.

    Raises ``ProcedureError`` where they would leave a journal that does not begin with its
    own case, or that holds a second one: no reader could make sense of it.
    """
    entries = tuple(
        Entry(seq=seq, at=at, event=event) for seq, event in enumerate(events, expected_seq + 1)
    )
    for entry in entries:
        event = entry.event
        if isinstance(event, CaseOpened) != (entry.seq == 1):
            raise ProcedureError(
                f"{dossier_id}: entry {entry.seq} would be {event.type}; "
                "a journal begins with case_opened and holds it once"
            )
        if isinstance(event, CaseOpened) and event.case.dossier_id != dossier_id:
            raise ProcedureError(f"{dossier_id}: the case is that of {event.case.dossier_id}")
    return entries


def check_place(dossier_id: str, last_seq: int, expected_seq: int) -> None:
    """Raises ``CaseConflict`` where the place after ``expected_seq`` is taken.

    Raises ``StoreError`` where the journal ends earlier than the writer knows: entries that
    had been written are gone, and going on would leave a gap.
    """
    if expected_seq < last_seq:
        raise CaseConflict(dossier_id, expected_seq)
    if expected_seq > last_seq:
        raise StoreError(
            f"the journal of {dossier_id} ends at entry {last_seq}, though entry {expected_seq} "
            "had been written: it was deleted, or an older copy of the store was put in its "
            "place. Put the question again, or bring the newer store back."
        )


def advanced(head: Head | None, entries: Iterable[Entry]) -> Head:
    """The head after ``entries``, the first of which opens the case if ``head`` is None."""
    after = reduce(advance, entries, head)
    assert after is not None
    return after


def normal_reference(reference: str) -> str:
    """A reference without its blanks, its case and the URI it may be wrapped in.

    Raises ``UnknownDossier`` for what cannot name any dossier.
    """
    bare = reference.strip().lower().removeprefix(_URI_PREFIX)
    if not bare or not bare.isascii():
        raise UnknownDossier(reference)
    return bare


def suffix(dossier_id: str) -> str:
    """The end of an id by which people name a dossier."""
    return dossier_id[-SUFFIX_LENGTH:].lower()


def only_match(reference: str, matches: Sequence[str]) -> str:
    """The one id among ``matches``, which hold every id that ``reference`` may stand for.

    Raises ``UnknownDossier`` for none, ``CallerError`` with the ids for several.
    """
    if not matches:
        raise UnknownDossier(reference)
    if len(matches) == 1:
        return matches[0]
    named = ", ".join(matches[:_NAMED_AT_MOST])
    more = len(matches) - _NAMED_AT_MOST
    rest = f" and {more} more" if more > 0 else ""
    raise CallerError(
        "dossier_id", f"{reference!r} names {len(matches)} dossiers; give one id: {named}{rest}."
    )

"""Runtime: the same case put again joins the deliberation there is (semantics R10)."""

from collections.abc import Awaitable, Callable

from magi_mcp.core.case import AnyCase, case_key
from magi_mcp.core.dossier import short_id
from magi_mcp.core.heads import Head
from magi_mcp.core.journaled import JournaledCase
from magi_mcp.core.words import seconds
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.chamber import Chamber
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.runtime.record import Record
from magi_mcp.runtime.sitting import Sitting

JOINED_FOR_S = 15 * 60.0
"""For how long after its end a deliberation answers for the same case put again."""

_BY = "the same question put again"


async def put_or_join(
    case: JournaledCase,
    open_case: Callable[[JournaledCase], Awaitable[Sitting | Record]],
    chamber: Chamber,
    journal: JournalPort,
    now: float,
) -> Hearing:
    """Open the case with ``open_case``, or join what runs or has just ended with the same question.

    One that was broken off of late is gone on with. Nobody joins what was cancelled on purpose,
    or what failed: whoever asks again then wants it tried again. Raises as ``open_case`` does.
    """
    async with chamber.alone_with(case_key(case)):
        head = await journal.newest_of(case_key(case))
        source = None if head is None else await _joinable(head, chamber, journal, now)
        if source is None:
            return Hearing(await open_case(case))
    return Hearing(source, joined=True, notes=(_told(source, case, now),))


async def _joinable(
    head: Head, chamber: Chamber, journal: JournalPort, now: float
) -> Sitting | Record | None:
    record = await Record.of(head.dossier_id, journal)
    dossier = record.dossier
    if dossier.is_under_way:
        return chamber.sitting(head.dossier_id) or record
    if now - dossier.updated_at > JOINED_FOR_S:
        return None
    match dossier.status:
        case "decided" | "undecided":
            return record
        case "interrupted":
            return await chamber.resume(head.dossier_id, _BY) or record
        case _:
            return None


def _told(source: Sitting | Record, case: AnyCase, now: float) -> str:
    dossier = source.dossier
    ago = seconds(max(0.0, now - dossier.opened_at))
    limits = "" if dossier.case.limits == case.limits else "; the limits it was put with hold"
    anew = " To have it deliberated anew, set fresh." if case.kind == "deliberation" else ""
    return (
        f"Joined: this very question was put {ago} ago, so nothing is asked twice; its dossier is "
        f"{short_id(dossier.dossier_id)}{limits}.{anew}"
    )

"""CLI: ``resume`` and ``cancel``. Goes on with a deliberation, or stops one, whoever drives it."""

from magi_mcp.cli.asking import attend, show_result
from magi_mcp.cli.desk import Desk
from magi_mcp.cli.faults import DONE
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.results import as_json, result_of
from magi_mcp.service import Council

_BY = "the command line"


def resume(reference: str, desk: Desk) -> int:
    """Go on where the journal ends, and show the verdict; the exit code tells how it ended."""

    async def go_on(council: Council) -> Dossier:
        while True:
            hearing = await council.resume(reference, by=_BY)
            if hearing.joined:
                desk.screen.note("It is driven by another process, or was until now: waiting.")
            dossier = await attend(council, hearing, desk)
            if not (hearing.joined and dossier.status == "interrupted"):
                return dossier
            # Its driver has died, which only the end of its claim could tell: now it is ours.

    return show_result(result_of(desk.with_council(go_on)), desk)


def cancel(reference: str, desk: Desk) -> int:
    """Stop a running deliberation. That it was not running any more is no failure."""

    async def stop(council: Council) -> Dossier:
        return await council.cancel(reference, by=_BY)

    dossier = desk.with_council(stop)
    name = short_id(dossier.dossier_id)
    if dossier.status == "cancelled":
        desk.screen.note(f"Cancelled. What had arrived is kept; magi-mcp resume {name} goes on.")
    else:
        desk.screen.note(f"{name} is not running: {dossier.status}.")
    if desk.as_json:
        desk.screen.write_json(as_json(result_of(dossier), "full"))
    return DONE

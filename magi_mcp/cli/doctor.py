"""CLI: ``doctor``. Has every model tried, and tells what is wrong and how to mend it."""

import anyio

from magi_mcp.cli.desk import Desk
from magi_mcp.cli.diagnosis import diagnosis_view
from magi_mcp.cli.faults import DONE, FAILED, Interrupted
from magi_mcp.cli.office import examine
from magi_mcp.doctor.diagnosis import Diagnosis

_MEANWHILE = "Trying every model with one small call; at most 20 s ..."


def examine_council(desk: Desk) -> int:
    """The report on stdout, for people or as JSON; the exit code is 1 where something is wrong."""
    diagnosis = _diagnosis(desk)
    if desk.as_json:
        desk.screen.write_json(diagnosis.model_dump(mode="json"))
    else:
        desk.screen.show(diagnosis_view(diagnosis))
    return DONE if diagnosis.healthy else FAILED


def _diagnosis(desk: Desk) -> Diagnosis:
    try:
        if not desk.screen.is_watched:
            return anyio.run(examine, desk.flags)
        with desk.screen.err.status(_MEANWHILE):
            return anyio.run(examine, desk.flags)
    except KeyboardInterrupt:
        raise Interrupted from None

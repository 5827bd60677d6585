"""CLI: ``ask``. Puts a question, shows how far the council has come, then what it says.

Or only reckons what that would take.
"""

import sys
from pathlib import Path

import anyio

from magi_mcp.cli.board import Board
from magi_mcp.cli.desk import Desk
from magi_mcp.cli.faults import DONE, NO_VERDICT, BrokenOff, exit_code_of
from magi_mcp.cli.judgements import judgement_view
from magi_mcp.cli.plans import plan_view
from magi_mcp.cli.progress import watching
from magi_mcp.cli.render import verdict_view
from magi_mcp.cli.reviews import review_view
from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.errors import CallerError
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.verdict import Planned
from magi_mcp.results import Result, as_json, result_of
from magi_mcp.runtime.hearing import Hearing
from magi_mcp.service import Council

STDIN = "-"


def ask(request: Request, desk: Desk) -> int:
    """Put the question and wait for the end; the exit code tells how it ended."""

    async def put(council: Council) -> Dossier:
        hearing = await council.put(request)
        for note in hearing.notes:
            desk.screen.warn(note)
        return await attend(council, hearing, desk)

    return show_result(result_of(desk.with_council(put)), desk)


def show_result(result: Result, desk: Desk) -> int:
    """The result on stdout, for people or as JSON; gives its exit code."""
    if desk.as_json:
        desk.screen.write_json(as_json(result, "full"))
    else:
        reread = desk.reread(result.dossier_id)
        match result:
            case Judgement():
                desk.screen.show(judgement_view(result, reread=reread))
            case Review():
                desk.screen.show(review_view(result, reread=reread))
            case _:
                desk.screen.show(verdict_view(result, reread=reread))
    return exit_code_of_result(result)


def exit_code_of_result(result: Result) -> int:
    """The exit code of a command with this result: 3 where a review requests changes."""
    if isinstance(result, Review) and result.assessment == "request_changes":
        return NO_VERDICT
    return exit_code_of(result.status)


def plan(request: Request, desk: Desk) -> int:
    """Reckon what the question would take, and ask nobody. That it does not fit is an answer."""

    async def reckon(council: Council) -> Planned:
        return await council.plan(request)

    return show_plan(desk.with_council(reckon), desk)


def show_plan(result: Planned, desk: Desk) -> int:
    """A plan on stdout, for people or as JSON."""
    if desk.as_json:
        desk.screen.write_json(as_json(result, "full"))
    else:
        desk.screen.show(plan_view(result))
    return DONE


async def attend(council: Council, hearing: Hearing, desk: Desk) -> Dossier:
    """Watch a deliberation to its end.

    Ctrl-C is an explicit cancel (semantics R9); but what others had put before goes on.
    """
    opened = hearing.dossier
    board = Board(opened.case, opened.opened_at)
    try:
        with watching(board, desk.screen, lambda: council.must_load_models(opened.case)) as watch:
            async for entry in hearing.follow():
                watch(entry)
        return await hearing.wait()
    except anyio.get_cancelled_exc_class():
        # The interrupt has done its work once the council is told: what follows, the record
        # of what had arrived, is this command's proper end.
        name = hearing.dossier_id
        if hearing.joined:
            desk.screen.note(
                f"Not waiting any longer; it goes on. magi-mcp cancel {name} stops it."
            )
            return hearing.dossier
        with anyio.CancelScope(shield=True):
            dossier = await council.cancel(name, by="ctrl-c")
        if dossier.status == "cancelled":
            desk.screen.note(
                f"Cancelled. What had arrived is kept in {name}; magi-mcp resume "
                f"{short_id(name)} goes on."
            )
        return dossier
    except Exception as fault:
        raise BrokenOff(hearing.dossier_id) from fault


def read_context(source: str | None) -> str:
    """The text of ``--context``: a file's, or that of stdin for ``-``; blank where not given.

    Raises ``CallerError`` for what cannot be read as text, and for a source without any.
    """
    if source is None:
        return ""
    name = "stdin" if source == STDIN else repr(source)
    try:
        data = sys.stdin.buffer.read() if source == STDIN else Path(source).read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as fault:
        raise CallerError("context", f"{name} cannot be read: {fault.strerror}.") from fault
    except UnicodeDecodeError as fault:
        raise CallerError(
            "context", f"{name} is not UTF-8 at byte {fault.start}; save it in that encoding."
        ) from fault
    if not text.strip():
        raise CallerError("context", f"{name} is empty; the council would be asked without it.")
    return text

"""CLI: words and options of ``dossiers search`` and ``outcome``; :mod:`.archive` does the work."""

from typing import Annotated

import typer

from magi_mcp.cli import archive
from magi_mcp.cli.desk import Desk
from magi_mcp.core.errors import CallerError
from magi_mcp.core.inquiry import KINDS, MAX_LIMIT, OUTCOMES, search_for
from magi_mcp.core.outcomes import CORRECT, WRONG

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="WORDS", help="Words of question, ruling or arguments; none: all."),
]
OfKind = Annotated[str, typer.Option(metavar="KIND", help=f"One of: {', '.join(KINDS)}.")]
OfOutcome = Annotated[str, typer.Option(metavar="NAME", help=f"One of: {', '.join(OUTCOMES)}.")]
Since = Annotated[str, typer.Option(metavar="DAY", help="Opened then or later: 2026-11-22.")]
Until = Annotated[str, typer.Option(metavar="DAY", help="Opened then or earlier.")]
Limit = Annotated[
    int, typer.Option(metavar="N", min=1, max=MAX_LIMIT, help="At most so many, the best first.")
]
Reference = Annotated[
    str, typer.Argument(metavar="ID", help="An id, its last 8 characters, or latest.")
]
Right = Annotated[bool, typer.Option("--correct", help="The ruling was right.")]
Wrong = Annotated[bool, typer.Option("--wrong", help="The ruling was wrong.")]
Answer = Annotated[
    str | None, typer.Option(metavar="TEXT", help="What proved right: an option, yes or no.")
]
Note = Annotated[str, typer.Option(metavar="TEXT", help="How that is known.")]


def search(
    words: list[str] | None, kind: str, outcome: str, since: str, until: str, limit: int, desk: Desk
) -> int:
    """Search with options as they were typed. Raises ``CallerError``."""
    query = " ".join(words or ())
    wanted = search_for(query, kind=kind, outcome=outcome, since=since, until=until)
    return archive.search_dossiers(wanted, limit, desk)


def outcome(
    reference: str, *, correct: bool, wrong: bool, answer: str | None, note: str, desk: Desk
) -> int:
    """Record with options as they were typed. Raises ``CallerError`` unless there is one."""
    told = [*([CORRECT] if correct else ()), *([WRONG] if wrong else ())]
    told += [] if answer is None else [answer]
    if len(told) != 1:
        raise CallerError("outcome", "give one of --correct, --wrong and --answer TEXT.")
    return archive.record_outcome(reference, told[0], note, desk)

"""CLI: words and options of ``review``. Has a change reviewed, and shows what was found.

It exits with 3 where changes are requested, so that it can stand before a commit or a merge.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal, assert_never, get_args

import typer

from magi_mcp.cli.asking import STDIN, attend, exit_code_of_result, show_plan, show_result
from magi_mcp.cli.common import AsJson, Config, Store
from magi_mcp.cli.desk import PROGRAM, Desk
from magi_mcp.cli.office import Flags
from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.core.reviewing.change import Change
from magi_mcp.core.reviewing.github import github_review
from magi_mcp.core.reviewing.result import records_of, review_case, review_of
from magi_mcp.core.reviewing.sarif import sarif
from magi_mcp.reviews import ReviewRequest, severity
from magi_mcp.service import Council

Format = Literal["text", "json", "sarif", "github"]
FORMATS: tuple[Format, ...] = get_args(Format)

Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH]...", help="Only these files or folders of the repository."),
]
Staged = Annotated[
    bool, typer.Option("--staged", help="Only what is staged, instead of all that is uncommitted.")
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base", metavar="REV", help="What HEAD has that this revision lacks, as in REV...HEAD."
    ),
]
DiffFile = Annotated[
    str | None,
    typer.Option("--diff", metavar="FILE|-", help="A unified diff, from a file or from stdin (-)."),
]
Form = Annotated[str, typer.Option("--format", metavar="NAME", help="text, json, sarif or github.")]
FailOn = Annotated[
    str,
    typer.Option(
        "--fail-on",
        metavar="SEVERITY",
        help="A confirmed finding so grave or graver requests changes: high, medium or low.",
    ),
]
Focus = Annotated[str, typer.Option("--focus", metavar="TEXT", help="What to look at above all.")]
MinSeverity = Annotated[
    str,
    typer.Option("--min-severity", metavar="SEVERITY", help="Leave out what is less grave."),
]
Context = Annotated[
    str, typer.Option("--context", metavar="TEXT", help="Facts that reviewers need to know.")
]
Personas = Annotated[
    list[str] | None,
    typer.Option(
        "--personas", metavar="NAME", help="A preset of lenses, or none. Default: code-review."
    ),
]
Seats = Annotated[
    list[str] | None,
    typer.Option("--seat", metavar="[NAME=]MODEL", help="One seat; give it once for each."),
]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", metavar="USD", help="What it may cost at most.")
]
Deadline = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", help="When it ends at the latest.")
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="NAME", help="What findings are written in.")
]
Instructions = Annotated[
    str, typer.Option("--instructions", metavar="TEXT", help="Said to every seat besides.")
]
Anonymous = Annotated[
    bool, typer.Option("--anonymous", help="Show seats as neutral voices, and no models.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Review anew what is being reviewed or just was.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only reckon calls, tokens and price; ask nobody.")
]


def review(
    context: typer.Context,
    *,
    path: Paths = None,
    staged: Staged = False,
    base: Base = None,
    diff: DiffFile = None,
    form: Form = "text",
    fail_on: FailOn = "high",
    focus: Focus = "",
    min_severity: MinSeverity = "low",
    told: Context = "",
    personas: Personas = None,
    seat: Seats = None,
    max_cost: MaxCost = None,
    deadline: Deadline = None,
    language: Language = None,
    instructions: Instructions = "",
    anonymous: Anonymous = False,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Have a change reviewed: findings by several models, each cross-examined by the others.

    Without an option it is all that is uncommitted here, files that git does not know included.
    Nothing is changed, and no suggestion is applied. Exits with 3 where changes are requested.
    """
    chosen = _format(form, as_json=as_json)
    terms = Request(
        question="",
        context=told,
        personas=tuple(personas or ()),
        seats=tuple(seat or ()),
        language=language,
        instructions=instructions,
        anonymous=anonymous,
        max_cost_usd=max_cost,
        deadline_s=deadline,
        owner=True,
        fresh=fresh,
    )
    request = ReviewRequest(
        focus=focus,
        min_severity=severity("min_severity", min_severity),
        fail_on=severity("fail_on", fail_on),
        terms=terms,
        change=_change(path or [], base, diff, staged=staged),
    )
    desk = Desk(Flags(store, config), chosen != "text", opener=context.obj)
    if dry_run:
        return show_plan(desk.with_council(lambda council: council.plan_review(request)), desk)
    return _review(request, desk, chosen)


def show_review(dossier: Dossier, desk: Desk, form: Format) -> int:
    """A review on stdout in a form, for people or for programs; gives its exit code."""
    result, records = review_of(dossier), records_of(dossier)
    match form:
        case "text" | "json":
            return show_result(result, desk)
        case "sarif":
            desk.screen.write_json(sarif(result, records, version(PROGRAM)))
        case "github":
            desk.screen.write_json(github_review(review_case(dossier.case), result, records))
        case _:
            assert_never(form)
    return exit_code_of_result(result)


def _review(request: ReviewRequest, desk: Desk, form: Format) -> int:
    async def put(council: Council) -> Dossier:
        hearing = await council.review(request)
        for note in hearing.notes:
            desk.screen.warn(note)
        return await attend(council, hearing, desk)

    return show_review(desk.with_council(put), desk, form)


def _format(given: str, *, as_json: bool) -> Format:
    for each in FORMATS:
        if each == given:
            if as_json and each not in ("text", "json"):
                raise CallerError("format", f"{given!r} is not JSON of this program; drop --json.")
            return "json" if as_json else each
    raise unknown_name("format", given, FORMATS)


def _change(paths: list[str], base: str | None, diff: str | None, *, staged: bool) -> Change:
    """The change that the command line names. Raises ``CallerError``."""
    # Only this command parses diffs; the others start without the parser.
    from magi_mcp.diffs.changes import change_in_diff, change_in_repository
    from magi_mcp.diffs.repository import STAGED, UNCOMMITTED

    named = {"--staged": staged, "--base": base is not None, "--diff": diff is not None}
    chosen = [option for option, is_given in named.items() if is_given]
    if len(chosen) > 1:
        raise CallerError(chosen[0], f"excludes {' and '.join(chosen[1:])}; give one.")
    if diff is not None:
        if paths:
            raise CallerError("paths", "has no effect on --diff; leave it out.")
        return change_in_diff(_read(diff))
    here = Path.cwd()
    changes = STAGED if staged else UNCOMMITTED if base is None else f"{base}...HEAD"
    return change_in_repository(here, changes, paths, start=here)


def _read(source: str) -> bytes:
    if source == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(source).read_bytes()
    except OSError as fault:
        raise CallerError("diff", f"{source!r} cannot be read: {fault.strerror}.") from fault

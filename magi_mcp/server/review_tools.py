"""Server: the tool that has a change reviewed. Its description is for models.

A repository is read only where the caller's own folders are open; over HTTP a diff is all.
"""

from pathlib import Path
from typing import Annotated

import anyio
from mcp.server.mcpserver import ListRoots, Resolve
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ListRootsResult, ToolAnnotations
from pydantic import Field

from magi_mcp.convening import Request
from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.reviewing.change import Change
from magi_mcp.core.reviewing.claims import SEVERITIES
from magi_mcp.documents.roots import real
from magi_mcp.reviews import ReviewRequest, severity
from magi_mcp.server.advanced import AdvancedArgument, with_advanced
from magi_mcp.server.archive_tools import Detail, WaitS
from magi_mcp.server.arguments import CouncilTool, Ctx, published
from magi_mcp.server.files import ask_for_roots, is_over_http, open_folders
from magi_mcp.server.opening import answer_when_heard
from magi_mcp.server.waiting import Arrived

REVIEW_CODE = """\
Have a code change reviewed: several models look for defects alone, then confirm or refute each \
other's findings against the code. Let the server run git: give repo, not a diff, where you can. \
Takes minutes and costs money; while running do next_step. Mend nothing unasked."""

Diff = Annotated[
    str, Field(default_factory=str, description="A unified diff, whole; instead of repo.")
]
Repo = Annotated[
    str,
    Field(default_factory=str, description="Folder of a git repository in the client's roots."),
]
Changes = Annotated[
    str,
    Field(default_factory=str, description="uncommitted (default), staged, or main...HEAD."),
]
Paths = Annotated[
    list[str], Field(default_factory=list, description="Only these files or folders of it.")
]
Focus = Annotated[str, Field(default_factory=str, description="What to look at above all.")]
MinSeverity = Annotated[
    str, Field(default_factory=str, json_schema_extra={"enum": list(SEVERITIES)})
]


async def ask_for_roots_of_repo(diff: str, repo: str, ctx: Ctx) -> ListRoots | ListRootsResult:
    """The client's roots, where a repository is to be read."""
    return await ask_for_roots([] if diff else [repo or "."], ctx)


RepoRoots = Annotated[ListRootsResult, Resolve(ask_for_roots_of_repo)]
"""A parameter of this tool that is no argument of its callers."""


async def review_code(
    *,
    arrived: Arrived,
    diff: Diff,
    repo: Repo,
    changes: Changes,
    paths: Paths,
    focus: Focus,
    min_severity: MinSeverity,
    wait_s: WaitS,
    detail: Detail,
    advanced: AdvancedArgument,
    roots: RepoRoots,
    ctx: Ctx,
) -> CallToolResult:
    """Put a change to the council and wait for the review, which outlives a lost call."""
    terms = with_advanced(Request(question=""), advanced)
    least = severity("min_severity", min_severity or "low")
    request = ReviewRequest(
        change=await _change(diff, repo, changes, paths, roots, ctx),
        terms=terms,
        focus=focus,
        min_severity=least,
    )
    council = ctx.request_context.lifespan_context
    return await answer_when_heard(
        council.review(request), ctx, arrived=arrived, wait_s=wait_s, detail=detail
    )


async def _change(
    diff: str, repo: str, changes: str, paths: list[str], roots: ListRootsResult, ctx: Ctx
) -> Change:
    """The change that is meant. Raises ``CallerError`` where it cannot be had."""
    # The parser is no part of the way to a server's first answer.
    from magi_mcp.diffs.changes import change_in_diff, change_in_repository
    from magi_mcp.diffs.repository import UNCOMMITTED

    if diff:
        if repo or changes or paths:
            given = "repo" if repo else "changes" if changes else "paths"
            raise CallerError(given, "has no effect on a diff given as text; leave one out.")
        return await anyio.to_thread.run_sync(change_in_diff, diff)
    if is_over_http(ctx):
        raise CallerError(
            "diff",
            "is missing. Over HTTP no repository is read, for it would be the server's; give the "
            "output of `git diff`.",
        )
    folder, within = _folder(repo, open_folders(roots, ctx))

    def read() -> Change:
        return change_in_repository(
            folder, changes or UNCOMMITTED, paths, start=folder, within=within
        )

    return await anyio.to_thread.run_sync(read)


def _folder(repo: str, folders: tuple[Path, ...]) -> tuple[Path, Path]:
    """The folder that is meant, and the open one that it lies in."""
    opened = [real(folder) for folder in folders if folder.is_dir()]
    if not opened:
        raise CallerError(
            "repo",
            "no folder is open. Have the client declare its roots, or set MAGI_ROOTS to the "
            "folders whose repositories may be read; or give a diff.",
        )
    if not repo:
        if len(opened) == 1:
            return opened[0], opened[0]
        raise CallerError(
            "repo",
            f"is missing, and {len(opened)} folders are open: "
            f"{', '.join(quoted(str(each)) for each in opened)}. Name one, or give a diff.",
        )
    for base in opened:
        target = real(base / repo)
        for within in opened:
            if target.is_relative_to(within) and target.is_dir():
                return target, within
    raise CallerError(
        "repo",
        f"{quoted(repo)} is no folder within those that are open: the client's roots, and those "
        "of MAGI_ROOTS. Name one within them, or give a diff.",
    )


def review_tool() -> Tool:
    """The tool as it is listed. Its result is described in a file, and costs no model anything."""
    reviewing = CouncilTool.from_function(
        review_code,
        title="Have a change reviewed",
        description=REVIEW_CODE,
        annotations=ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=True,
        ),
    )
    return published(reviewing, None)

"""Server: the argument `files`: which folders are open to a caller, and what is read there.

Open are the folders that the client declares as its roots, and those that the owner of the
configuration has opened. Over HTTP nothing is read: the files would be the server's.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from urllib.request import url2pathname

import anyio
from mcp import MCPError
from mcp.server.mcpserver import ListRoots, Resolve
from mcp.shared.message import ServerMessageMetadata
from mcp_types import ListRootsRequest, ListRootsResult
from pydantic import ValidationError

from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError
from magi_mcp.documents.reading import read_documents
from magi_mcp.documents.roots import ARGUMENT, OpenFolders
from magi_mcp.logs import logger
from magi_mcp.server.arguments import Ctx

_ANSWER_WITHIN_S = 5.0
_NO_ROOTS = ListRootsResult(roots=[])


async def ask_for_roots(files: Sequence[str], ctx: Ctx) -> ListRoots | ListRootsResult:
    """The client's roots; a client of 2026-07-28 is asked by the SDK, in the result of the call.

    None where no file was given, where none would be read, and where the client has no roots or
    cannot tell them.
    """
    declared = ctx.client_capabilities
    if not files or is_over_http(ctx) or declared is None or declared.roots is None:
        return _NO_ROOTS
    if not ctx.session.can_send_request:
        return ListRoots()
    try:
        told: ListRootsResult = await ctx.session.send_request(
            ListRootsRequest(),
            ListRootsResult,
            request_read_timeout_seconds=_ANSWER_WITHIN_S,
            metadata=ServerMessageMetadata(related_request_id=ctx.request_id),
        )
    except (MCPError, ValidationError):
        logger(__name__).warning("the client declares roots, and does not tell them")
        return _NO_ROOTS
    return told


ClientRoots = Annotated[ListRootsResult, Resolve(ask_for_roots)]
"""A parameter of a tool that also has `files`; no argument of its callers."""


async def documents_given(
    files: Sequence[str], roots: ListRootsResult, ctx: Ctx
) -> tuple[Document, ...]:
    """The documents that a caller names. Raises ``CallerError`` where one may not be read."""
    if not files:
        return ()
    if is_over_http(ctx):
        raise CallerError(
            ARGUMENT,
            "over HTTP no file is read, for it would be the server's; put the text into context.",
        )
    reach = OpenFolders(open_folders(roots, ctx))
    return await anyio.to_thread.run_sync(read_documents, files, reach)


def open_folders(roots: ListRootsResult, ctx: Ctx) -> tuple[Path, ...]:
    """The folders that are open to a caller: the client's roots, and those that are configured."""
    told = (_folder(str(root.uri)) for root in roots.roots)
    own = ctx.request_context.lifespan_context.provisions.roots
    return (*(folder for folder in told if folder is not None), *own)


def is_over_http(ctx: Ctx) -> bool:
    """Whether a call came over HTTP, from another machine perhaps."""
    return ctx.request_context.request is not None


def _folder(uri: str) -> Path | None:
    """The folder of this machine that a root names; None for one that names something else."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = Path(url2pathname(parts.path))
    return path if path.is_absolute() and "\0" not in str(path) else None

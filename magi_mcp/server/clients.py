"""Server: what the client of a request can do, as it declares with the request."""

from typing import Final

from mcp.server.session import ServerSession

TASKS: Final = "io.modelcontextprotocol/tasks"
VERSIONS_WITH_TASKS: Final = frozenset({"2026-07-28"})


def follows_tasks(session: ServerSession) -> bool:
    """Whether the client asks for what became of a call by itself, so that none need wait."""
    declared = session.client_capabilities
    return (
        session.protocol_version in VERSIONS_WITH_TASKS
        and declared is not None
        and TASKS in (declared.extensions or {})
    )

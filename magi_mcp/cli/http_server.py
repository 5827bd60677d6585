"""CLI: the server over HTTP, from a configuration to the end of its processes."""

from dataclasses import replace

import anyio

from magi_mcp.cli.screen import Screen
from magi_mcp.logs import configure_logs
from magi_mcp.server.app import OpenCouncil
from magi_mcp.server.http.plan import plan_for
from magi_mcp.server.http.process import listen, serve_until_told
from magi_mcp.server.http.workers import Supervisor
from magi_mcp.settings import Settings


def serve_over_http(
    open_council: OpenCouncil,
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    insecure: bool,
) -> int:
    """Serve a council until a signal asks to end; the exit code.

    ``open_council`` can be pickled where there are several workers. Raises ``CallerError``.
    """
    configure_logs(settings.log_level)
    plan = plan_for(settings, host=host, port=port, workers=workers, insecure=insecure)
    with listen(plan) as listener:
        plan = replace(plan, port=listener.getsockname()[1])
        guarded = "with tokens" if plan.authentication else "without asking who calls"
        Screen().note(f"Serving MCP at {plan.address}, {guarded}; Ctrl-C ends it.")
        if plan.workers == 1:
            return serve_until_told(open_council, plan, listener)
        anyio.run(_try_out, open_council)
        return Supervisor(open_council, plan, listener, settings.log_level).run()


async def _try_out(open_council: OpenCouncil) -> None:
    """Find out here what is wrong with the store; of a worker nobody would be told."""
    async with open_council():
        return

"""CLI: ``serve``. On stdin and stdout for one client, or over HTTP for many."""

import sys
from functools import partial
from typing import Annotated

import typer

from magi_mcp.cli.common import Config, Store
from magi_mcp.cli.office import Flags, opened
from magi_mcp.cli.office import serve as serve_on_stdio
from magi_mcp.cli.screen import Screen
from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.settings import load_settings
from magi_mcp.settings.serving import DEFAULT_HOST, DEFAULT_PORT

_TRANSPORTS = ("stdio", "http")


def serve(
    context: typer.Context,
    *,
    transport: Annotated[
        str,
        typer.Option(metavar="NAME", help=f"How clients reach it: {', '.join(_TRANSPORTS)}."),
    ] = _TRANSPORTS[0],
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Where to listen; others than this machine's own need tokens or an issuer.",
        ),
    ] = DEFAULT_HOST,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="0 takes a free one.")
    ] = DEFAULT_PORT,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, help="Processes that serve, behind one store.")
    ] = 1,
    grace: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="For deliberations to end in when told to end."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="A host that requests may name. Repeatable."),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(metavar="ORIGIN", help="An origin whose pages may ask. Repeatable."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Ask nobody who they are, whoever reaches it.")
    ] = False,
    as_json: Annotated[  # noqa: ARG001  (every command takes it)
        bool, typer.Option("--json", help="Changes nothing: MCP is JSON.")
    ] = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Serve MCP on stdin and stdout, or over HTTP at /mcp.

    On stdin and stdout is what an MCP client starts; it is the same as the bare command
    without a terminal. Over HTTP only this machine reaches it, until tokens (magi-mcp token)
    or an issuer ([oidc]) say who else may.
    """
    if transport not in _TRANSPORTS:
        raise unknown_name("transport", transport, _TRANSPORTS)
    if transport == "stdio":
        _refuse_what_is_for_http(context)
        if sys.stdin.isatty():
            Screen().note("Serving MCP on stdin and stdout, for an MCP client; Ctrl-C ends it.")
        serve_on_stdio(Flags(store, config))
    from magi_mcp.cli.http_server import serve_over_http  # the other commands need not wait for it

    settings = load_settings(
        overrides={
            "store.url": store,
            "server.grace_s": grace,
            "server.allowed_hosts": allow_host or None,
            "server.allowed_origins": allow_origin or None,
        },
        config_file=config,
    )
    return serve_over_http(
        partial(opened, settings),
        settings,
        host=host,
        port=port,
        workers=workers,
        insecure=insecure,
    )


def _refuse_what_is_for_http(context: typer.Context) -> None:
    """Raises ``CallerError`` where options were given that stdio has no use for."""
    everywhere = {"transport", "as_json", "store", "config"}
    for name in context.params.keys() - everywhere:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            flag = f"--{name.replace('_', '-')}"
            raise CallerError("transport", f"'stdio' has no {flag}; give --transport http with it.")

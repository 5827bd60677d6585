"""HTTP: how one server is to be served, worked out and checked before anything is opened. Pure.

A plan is plain data, so that it can be handed to worker processes.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings

from magi_mcp.core.errors import CallerError
from magi_mcp.server.http.tokens import tokens_file_of
from magi_mcp.settings import OidcSettings, ServerSettings, Settings
from magi_mcp.settings.serving import DEFAULT_HOST, DEFAULT_PORT, is_loopback

PATH = "/mcp"
"""Where MCP is served."""

_THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::", "")  # noqa: S104  (told apart here, never a default)


@dataclass(frozen=True)
class HttpPlan:
    """Where and how to serve. ``state_key`` is shared by all workers, and by nobody else."""

    host: str
    port: int
    workers: int
    server: ServerSettings
    oidc: OidcSettings | None
    tokens_file: Path
    authentication: bool
    state_key: bytes = field(default_factory=lambda: os.urandom(32), repr=False)

    @property
    def address(self) -> str:
        """Where the server listens."""
        return f"http://{_in_address(self.host)}:{self.port}{PATH}"

    @property
    def url(self) -> str:
        """The address by which clients reach the server."""
        return self.server.url or self.address

    @property
    def security(self) -> TransportSecuritySettings:
        """The hosts and origins that requests may name: this machine's, ours, those allowed."""
        public = urlsplit(self.url)
        hosts = [*_THIS_MACHINE, public.netloc, *self.server.allowed_hosts]
        if self.host not in _EVERYWHERE:
            hosts.append(_in_address(self.host))
        local = [f"http://{host}" for host in _THIS_MACHINE]
        origins = [f"{public.scheme}://{public.netloc}", *self.server.allowed_origins]
        return TransportSecuritySettings(
            allowed_hosts=[*_on_any_port(hosts)],
            allowed_origins=[*_on_any_port(local), *origins],
        )


def plan_for(
    settings: Settings,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    workers: int = 1,
    insecure: bool = False,
) -> HttpPlan:
    """The plan for serving by these settings.

    Whoever has made tokens or named an issuer has them asked for, on every address; where
    neither is there, only this machine may reach the server. ``insecure`` asks nobody who they
    are. Raises ``CallerError`` where strangers could come in.
    """
    server = settings.server
    tokens_file = tokens_file_of(settings)
    known = settings.oidc is not None or tokens_file.exists()
    if not (known or insecure or is_loopback(host)):
        raise CallerError(
            "host",
            f"{host!r} can be reached from other machines, and nothing says who may come in. "
            "Make a token (magi-mcp token new NAME), or name an issuer in [oidc]; --insecure "
            "serves everybody who reaches it, at your cost.",
        )
    return HttpPlan(
        host=host,
        port=port,
        workers=workers,
        server=server,
        oidc=settings.oidc,
        tokens_file=tokens_file,
        authentication=known and not insecure,
    )


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _on_any_port(hosts: Sequence[str]) -> Iterator[str]:
    """Each host as it is, and with any port where it names none."""
    for host in hosts:
        yield host
        if not host.rpartition("]")[2].rpartition("/")[2].count(":"):
            yield f"{host}:*"

"""Settings: what serving over HTTP can be told, as frozen tables and the types of their values.

Pure. It must not know where values come from, nor how anything is served.
"""

import ipaddress
import re
from typing import Annotated, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, StringConstraints

from magi_mcp.core.frozen import Frozen
from magi_mcp.settings.values import Count, Seconds, expecting, listed, unfit

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?")
_Stripped: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True)]

PUBLIC_URL = "the public address of the server, such as 'https://magi.example/mcp'"
ISSUER_URL = "an address that begins with https:// (http:// on this machine only)"
HOST = "a host, such as 'magi.example' or 'magi.example:8443'"
ORIGIN = "an origin, such as 'https://app.example'"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens at ``host``, a name or an address."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _web_address(text: str, what: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise unfit(what) from error
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or re.search(r"\s", text))
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise unfit(what)
    return parts


def _public_url(text: str) -> str:
    _web_address(text, PUBLIC_URL)
    return text


def _issuer_url(text: str) -> str:
    parts = _web_address(text, ISSUER_URL)
    # Whoever can change what an issuer says can make tokens: nobody on the way may.
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise unfit(ISSUER_URL)
    return text


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise unfit(HOST)
    return text.lower()


def _origin(text: str) -> str:
    parts = _web_address(text, ORIGIN)
    if parts.path or not _HOST.fullmatch(parts.netloc):
        raise unfit(ORIGIN)
    return text.lower()


PublicUrl = Annotated[Annotated[_Stripped, expecting(PUBLIC_URL)], AfterValidator(_public_url)]
IssuerUrl = Annotated[Annotated[_Stripped, expecting(ISSUER_URL)], AfterValidator(_issuer_url)]
Hosts = Annotated[
    tuple[Annotated[Annotated[_Stripped, expecting(HOST)], AfterValidator(_host)], ...],
    listed(f"a list of hosts, each {HOST}"),
]
Origins = Annotated[
    tuple[Annotated[Annotated[_Stripped, expecting(ORIGIN)], AfterValidator(_origin)], ...],
    listed(f"a list of origins, each {ORIGIN}"),
]
FilePath = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    expecting("the path of a file"),
]
Audience = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)],
    expecting("the audience of access tokens, such as the server's public address"),
]


class ServerSettings(Frozen):
    """The `[server]` table: serving over HTTP.

    `url` is the address by which clients reach the server, `allowed_hosts` and
    `allowed_origins` what requests may name beside it and this machine. `tokens_file` is where
    bearer tokens are kept, by default beside the user's configuration. A body may have
    `max_body_bytes`; a principal has at most `requests_at_once` in each process, and opens at
    most `deliberations_per_hour`. `grace_s` is how long deliberations may go on once the
    server is told to end.
    """

    url: PublicUrl | None = None
    allowed_hosts: Hosts = ()
    allowed_origins: Origins = ()
    tokens_file: FilePath | None = None
    max_body_bytes: Count = 4 * 1024 * 1024
    requests_at_once: Count = 64
    deliberations_per_hour: Count = 60
    grace_s: Seconds = 30.0


class OidcSettings(Frozen):
    """The `[oidc]` table: whose access tokens are taken.

    `audience` is what tokens must be made out to; where the keys lie is asked of the issuer
    unless `jwks_url` says it.
    """

    issuer: IssuerUrl
    audience: Audience
    jwks_url: IssuerUrl | None = None

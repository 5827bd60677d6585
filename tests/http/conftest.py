"""One guarded process and one open one for all tests that only look; and an issuer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time

import pytest

from magi_mcp.server.http.tokens import DAY_S
from tests.http.issuer import AUDIENCE, Issuer, issuer
from tests.http.sites import Site, site, tokens_of
from tests.server.meeting import ERAS, Era


@dataclass(frozen=True)
class Guarded:
    """A process that asks for tokens, the issuer it knows, and tokens of its own."""

    site: Site
    issuer: Issuer
    home: Path
    ada: str
    bob: str
    reader: str
    admin: str
    expired: str


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """``auto`` speaks 2026-07-28, ``legacy`` 2025-11-25."""
    chosen: Era = request.param
    return chosen


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    home = tmp_path_factory.mktemp("guarded")
    tokens = tokens_of(home)
    now = time()

    def new(name: str, scope: str, **more: float) -> str:
        return tokens.new(name, [scope], **{"now": now, **more})[0]

    ada, bob = new("ada", "magi:deliberate"), new("bob", "magi:deliberate")
    reader, admin = new("reader", "magi:read"), new("admin", "magi:admin")
    expired = new("expired", "magi:deliberate", now=now - 2 * DAY_S, days=1)
    with issuer() as its:
        env = {
            "MAGI_OIDC_ISSUER": its.url,
            "MAGI_OIDC_AUDIENCE": AUDIENCE,
            "MAGI_SERVER_URL": AUDIENCE,
            "MAGI_SERVER_MAX_BODY_BYTES": "100000",
        }
        with site(home, env=env) as served:
            yield Guarded(served, its, home, ada, bob, reader, admin, expired)


@pytest.fixture(scope="session")
def unguarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("unguarded")) as served:
        yield served

"""HTTP: the keys with which an issuer signs its tokens, fetched when they are needed.

They are kept for an hour. A key that is not known has them fetched again, for issuers change
their keys; but not more often than twice a minute, or made-up key ids would make this server
flood the issuer's.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import anyio
import httpx
import jwt
from jwt.algorithms import AllowedPublicKeys
from jwt.types import JWKDict
from pydantic import JsonValue

from magi_mcp.logs import logger

KEPT_S = 3600.0
PAUSE_S = 30.0
"""The time between two fetches, whatever tokens ask for."""

_PATIENCE_S = 10.0
_DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class SigningKey:
    """A public key of an issuer; ``algorithm`` is the only one it is for, if the issuer says so."""

    key_id: str | None
    key: AllowedPublicKeys
    algorithm: str | None


class KeysUnavailable(Exception):
    """The issuer's keys are not there, so nothing can be said about a token."""


class IssuerKeys:
    """The signing keys of ``issuer`` by their ids; ``now`` is a clock that never goes back."""

    def __init__(
        self, issuer: str, jwks_url: str | None, now: Callable[[], float] = anyio.current_time
    ) -> None:
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._now = now
        self._keys: Mapping[str | None, SigningKey] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None
        self._turn = anyio.Lock()

    async def key(self, key_id: str | None) -> SigningKey | None:
        """The key of that id, None if the issuer has none. Raises ``KeysUnavailable``.

        A token without a key id is one that an issuer with a single key may send.
        """
        if not self._fresh() or self._named(key_id) is None:
            async with self._turn:
                if not self._fresh() or self._named(key_id) is None:
                    await self._refetch()
        if self._fetched_at is None:
            raise KeysUnavailable(self._issuer)
        return self._named(key_id)

    def _fresh(self) -> bool:
        return self._fetched_at is not None and self._now() - self._fetched_at < KEPT_S

    def _named(self, key_id: str | None) -> SigningKey | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    async def _refetch(self) -> None:
        """Fetch the keys unless that was tried a moment ago; old keys outlive a failure."""
        if self._tried_at is not None and self._now() - self._tried_at < PAUSE_S:
            return
        self._tried_at = self._now()
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._now()
        except (httpx.HTTPError, jwt.PyJWTError, ValueError, TypeError, KeyError) as fault:
            log = logger(__name__)
            log.warning("the issuer's keys cannot be fetched", issuer=self._issuer, why=str(fault))

    async def _fetch(self) -> Mapping[str | None, SigningKey]:
        async with httpx.AsyncClient(timeout=_PATIENCE_S) as client:
            address = self._jwks_url or await self._announced(client)
            keys = (await _json(client, address))["keys"]
        return {key.key_id: key for key in _usable(cast(list[JWKDict], keys))}

    async def _announced(self, client: httpx.AsyncClient) -> str:
        """Where the issuer says that its keys are."""
        about = await _json(client, self._issuer.rstrip("/") + _DISCOVERY)
        if about["issuer"] != self._issuer:
            raise ValueError(f"the issuer calls itself {about['issuer']!r}")
        address = str(about["jwks_uri"])
        if self._issuer.startswith("https:") and not address.startswith("https:"):
            raise ValueError(f"the keys lie at {address!r}, where anybody may change them")
        return address


async def _json(client: httpx.AsyncClient, address: str) -> dict[str, JsonValue]:
    response = await client.get(address)
    response.raise_for_status()
    value: JsonValue = json.loads(response.content)
    if not isinstance(value, dict):
        raise TypeError(f"{address} holds no object")
    return value


def _usable(keys: list[JWKDict]) -> list[SigningKey]:
    """The public signing keys of a set.

    Private ones, with which anybody could sign, and kinds that are not known are left out.
    """
    found: list[SigningKey] = []
    for key in keys:
        if key.get("kty") == "oct" or "d" in key or key.get("use", "sig") != "sig":
            continue
        try:
            found.append(SigningKey(key.get("kid"), jwt.PyJWK(key).key, key.get("alg")))
        except jwt.PyJWTError as unknown:
            logger(__name__).debug("a key of the issuer is left out", why=str(unknown))
    return found

"""HTTP: access tokens of an OpenID Connect issuer.

Only algorithms with public keys are taken, whatever a token or a key set says of itself: with
a shared secret the issuer's public key would do as the secret, and ``none`` needs no key.
"""

from collections.abc import Mapping
from typing import Any, cast

import jwt
from mcp.server.auth.provider import AccessToken

from magi_mcp.logs import logger
from magi_mcp.server.http.keys import IssuerKeys
from magi_mcp.server.http.scopes import granted
from magi_mcp.settings import OidcSettings

ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA".split()
LEEWAY_S = 30.0
"""How far the issuer's clock and ours may be apart."""


class OidcVerifier:
    """A ``TokenVerifier`` for the access tokens that ``settings`` describe."""

    def __init__(self, settings: OidcSettings, keys: IssuerKeys | None = None) -> None:
        self._settings = settings
        self._keys = keys or IssuerKeys(settings.issuer, settings.jwks_url)

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whom a token speaks for and what it allows; None for one that is not taken.

        Raises ``KeysUnavailable`` where that cannot be told.
        """
        try:
            claims = await self._claims(token)
        except (jwt.PyJWTError, TypeError) as refused:
            # The library tells by a TypeError that a key is not of the kind the token names.
            logger(__name__).info("an access token was refused", why=str(refused))
            return None
        issuer = self._settings.issuer
        return AccessToken(
            token="",  # nobody needs it from here on, so nobody can leak it
            client_id=f"oidc:{issuer}#{claims['sub']}",
            scopes=sorted(granted(_scopes(claims))),
            claims={"iss": issuer},
        )

    async def _claims(self, token: str) -> Mapping[str, Any]:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise jwt.InvalidAlgorithmError("its algorithm is not one of those that are taken")
        key_id = header.get("kid")
        key = await self._keys.key(key_id if isinstance(key_id, str) else None)
        if key is None or key.algorithm not in (None, header["alg"]):
            raise jwt.InvalidKeyError("the issuer has no such key")
        claims = jwt.decode(
            token,
            key.key,
            algorithms=ALGORITHMS,
            audience=self._settings.audience,
            issuer=self._settings.issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        if not claims["sub"].strip() or not claims["sub"].isprintable():
            raise jwt.InvalidTokenError("its subject is nobody's name")
        return cast(Mapping[str, Any], claims)


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """The scopes in the claims: one text of words, or a list as some issuers have it."""
    words: list[str] = []
    for name in ("scope", "scp"):
        match claims.get(name):
            case str(text):
                words += text.split()
            case list(listed):
                words += [word for word in listed if isinstance(word, str)]
            case _:
                continue
    return words

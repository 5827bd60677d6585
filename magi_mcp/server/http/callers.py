"""HTTP: who calls. From the token in a request to a principal, its scopes, and what it sees.

A principal is ``token:NAME`` for a token of this server's own, ``oidc:ISSUER#SUBJECT`` for an
issuer's: neither can be made to look like the other.
"""

from collections.abc import Sequence

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from starlette.authentication import AuthenticationError

from magi_mcp.core.errors import StoreError
from magi_mcp.core.viewers import Viewer
from magi_mcp.logs import logger
from magi_mcp.ports import Clock
from magi_mcp.server.http.keys import KeysUnavailable
from magi_mcp.server.http.scopes import ADMIN, granted
from magi_mcp.server.http.tokens import PREFIX, TokenFile


class CannotTell(AuthenticationError):
    """Whether a token is good cannot be told just now; the caller may try again."""


class OwnTokens:
    """A ``TokenVerifier`` for the tokens in a file."""

    def __init__(self, file: TokenFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whom a token speaks for and what it allows; None for one that is not taken."""
        record = self._file.find(token, self._clock.now())
        if record is None:
            return None
        return AccessToken(
            token="",  # nobody needs it from here on, so nobody can leak it
            client_id=f"token:{record.name}",
            scopes=sorted(granted(record.scopes)),
        )


class Verifiers:
    """The ``TokenVerifier`` of a server that takes several kinds of tokens."""

    def __init__(self, own: TokenVerifier, issuers: Sequence[TokenVerifier]) -> None:
        self._own = own
        self._issuers = issuers

    async def verify_token(self, token: str) -> AccessToken | None:
        """Whom a token speaks for; raises ``CannotTell`` where its file or keys are not there."""
        try:
            for verifier in [self._own] if token.startswith(PREFIX) else self._issuers:
                return await verifier.verify_token(token)
        except (StoreError, KeysUnavailable) as fault:
            logger(__name__).exception("tokens cannot be checked")
            raise CannotTell from fault
        return None


def viewer_now() -> Viewer:
    """Who makes the request that is served now; without a token, somebody who owns nothing."""
    token = get_access_token()
    if token is None:
        return Viewer()
    return Viewer(principal=token.client_id, sees_all=ADMIN in token.scopes)

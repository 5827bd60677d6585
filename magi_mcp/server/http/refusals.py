"""HTTP: how a request is refused before MCP has seen it. Pure, but for making responses.

Every refusal says what would help, in the form of a JSON-RPC error: clients show its message.
"""

from collections.abc import Sequence

from mcp_types import INVALID_REQUEST
from starlette.responses import JSONResponse

from magi_mcp.server.http.scopes import Scope


def refusal(status: int, message: str, *, retry_after_s: int | None = None) -> JSONResponse:
    """A refusal that has nothing to do with who asks."""
    headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
    return JSONResponse(_error(message), status, headers)


def two_ends() -> JSONResponse:
    """400: two headers say where the request ends, and a proxy may have believed the other one.

    What follows on the connection is not to be trusted, so it is closed (RFC 9112, 6.3).
    """
    message = "give Content-Length or Transfer-Encoding, not both"
    return JSONResponse(_error(message), 400, {"Connection": "close"})


def unauthenticated(
    metadata_url: str | None, scopes: Sequence[Scope], *, tried: bool
) -> JSONResponse:
    """401: no token, or one that is not taken, which is all that is said of it (RFC 6750)."""
    error = {"error": "invalid_token"} if tried else {}
    challenge = _challenge({**error, "scope": " ".join(scopes)}, metadata_url)
    message = "the access token is not valid" if tried else "an access token is needed"
    return JSONResponse(_error(message), 401, {"WWW-Authenticate": challenge})


def forbidden(metadata_url: str | None, scope: Scope) -> JSONResponse:
    """403: the token is good, but does not allow this; ``scope`` is what is missing."""
    challenge = _challenge({"error": "insufficient_scope", "scope": scope}, metadata_url)
    message = f"the access token lacks the scope {scope}"
    return JSONResponse(_error(message), 403, {"WWW-Authenticate": challenge})


def _challenge(parts: dict[str, str], metadata_url: str | None) -> str:
    if metadata_url is not None:
        parts = {**parts, "resource_metadata": metadata_url}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in parts.items())


def _error(message: str) -> dict[str, object]:
    error = {"code": INVALID_REQUEST, "message": message}
    return {"jsonrpc": "2.0", "id": None, "error": error}

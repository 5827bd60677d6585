"""Seats: what an address says it offers: an OpenAI-compatible API's models, or an Ollama's.

The one request outside the models' library, and made only for a model that does not exist.
The key goes where the call itself would have taken it, and nowhere else.
"""

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from magi_mcp.seats.catalogue import Whereabouts
from magi_mcp.seats.secrecy import Redactor

PATIENCE_S = 5.0
MAX_NAMES = 5000


class _Named(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Named]


class _Pulled(BaseModel):
    name: str


class _Tags(BaseModel):
    models: list[_Pulled]


class ModelLists:
    """Asks addresses for their models."""

    def __init__(self, environ: Mapping[str, str], redact: Redactor) -> None:
        self._environ = environ
        self._redact = redact

    async def __call__(self, where: Whereabouts) -> tuple[str, ...]:
        """The names, in the address's order; none where it does not say, for whatever reason."""
        if where.address is None or where.lists is None:
            return ()
        import httpx  # comes with the models' library, and takes its time

        path = "/models" if where.lists == "openai" else "/api/tags"
        key = self._environ.get(where.key_env) if where.key_env else None
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                reply = await client.get(where.address.rstrip("/") + path, headers=headers)
            names = _names(reply.raise_for_status().content)
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError, UnicodeError):
            return ()
        # Whoever answers there may say anything, the key it was sent included.
        return tuple(name for name in names[:MAX_NAMES] if self._redact(name) == name)


def _names(body: bytes) -> list[str]:
    """Raises ``ValidationError`` for a body of neither shape."""
    try:
        return [model.id for model in _Models.model_validate_json(body).data]
    except ValidationError:
        return [model.name for model in _Tags.model_validate_json(body).models]

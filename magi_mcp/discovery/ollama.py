"""Discovery: the models of a running Ollama, asked only when a question is put.

Edge: one HTTP request to the address that Ollama's own variables give, or its default.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import anyio
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from magi_mcp.discovery.findings import Found, chosen, seats_found
from magi_mcp.seat_strings import fault_of_model
from magi_mcp.settings.access import ApiBase

PATIENCE_S = 0.5
DEFAULT_ADDRESS = "http://127.0.0.1:11434"

_DEFAULT_PORT = 11434
_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  (what a server listens on, to be called here)
_PREFIX = "ollama_chat/"
_usable: TypeAdapter[str] = TypeAdapter(ApiBase)


class _Tolerant(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Details(_Tolerant):
    family: str = ""


class _Model(_Tolerant):
    name: str
    details: _Details = _Details()

    @property
    def answers(self) -> bool:
        """Whether it writes text: models that only embed are of the BERT family, or say so."""
        return "bert" not in self.details.family.lower() and "embed" not in self.name.lower()


class _Tags(_Tolerant):
    models: list[_Model]


def address_in(environ: Mapping[str, str]) -> str:
    """Where Ollama is: `OLLAMA_API_BASE` as litellm reads it, else `OLLAMA_HOST`, else its default.

    `OLLAMA_HOST` is also what the server listens on: a host, a port or both, and every address
    means this machine.
    """
    base = environ.get("OLLAMA_API_BASE", "").strip()
    if base:
        return base.rstrip("/")
    host = environ.get("OLLAMA_HOST", "").strip()
    if not host:
        return DEFAULT_ADDRESS
    written = host if "://" in host else f"http://{host}"
    parts = urlsplit(written)
    name = parts.hostname or ""
    if name in _EVERYWHERE:
        name = "127.0.0.1"
    usual = _DEFAULT_PORT if "://" not in host else {"https": 443}.get(parts.scheme, 80)
    shown = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{shown}:{parts.port or usual}{parts.path.rstrip('/')}"


async def found_in_ollama(environ: Mapping[str, str]) -> Found:
    """Seats from the models that a running Ollama has; nobody, and why, where there is none."""
    try:
        address = _usable.validate_python(address_in(environ))
    except ValueError:  # not quoted: it may hold a password
        return _nobody("what OLLAMA_API_BASE or OLLAMA_HOST gives", "is no address to be used")
    try:
        tags = await _tags(address)
    except TimeoutError:
        return _nobody(address, f"did not answer within {PATIENCE_S} s")
    except ValidationError:
        return _nobody(address, "answered, but not as Ollama does")
    except ConnectionError as fault:
        return _nobody(address, str(fault))
    names = [_PREFIX + model.name for model in tags.models if model.answers]
    models = chosen([name for name in names if fault_of_model(name) is None])
    if not models:
        return _nobody(address, "has no model that answers questions")
    return seats_found(models, f"the Ollama at {address}", api_base=address)


async def _tags(address: str) -> _Tags:
    """What `GET /api/tags` lists.

    Raises ``TimeoutError``, ``ConnectionError`` with what happened, and ``ValidationError``.
    """
    import httpx  # takes a while, and only few ever need it

    try:
        with anyio.fail_after(PATIENCE_S):
            async with httpx.AsyncClient(timeout=None, trust_env=False) as client:  # noqa: S113
                answer = await client.get(f"{address}/api/tags")
    except httpx.ConnectError as fault:
        raise ConnectionError("cannot be reached") from fault
    except httpx.HTTPError as fault:
        raise ConnectionError("broke off") from fault
    if answer.status_code != httpx.codes.OK:
        raise ConnectionError(f"answered with HTTP {answer.status_code}")
    return _Tags.model_validate_json(answer.content)


def _nobody(address: str, what: str) -> Found:
    return Found((), f"Looked for: an Ollama; {address} {what}.")

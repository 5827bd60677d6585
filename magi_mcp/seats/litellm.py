"""Seats: models reached through litellm. The only module that imports litellm.

litellm takes seconds to import, so it is loaded in a thread, when a process first needs it
or as soon as it has time; nothing here imports it earlier.
"""

import importlib
import os
from collections.abc import Mapping
from typing import Any

import anyio
import anyio.to_thread

from magi_mcp.core.replies import NO_USAGE, FailureKind, Usage
from magi_mcp.seats.completions import Completion, ModelFault, Prompt, ReplyFormat
from magi_mcp.seats.secrecy import Redactor

_DEMANDS: dict[ReplyFormat, dict[str, Any]] = {"json": {"type": "json_object"}, "text": {}}

# A request that was answered with an error status was not served and is not charged for; one
# that broke off may have been, and nobody can tell for how much.
_UNCHARGED = NO_USAGE.model_copy(update={"calls": 1})
_UNKNOWN = Usage()


class LitellmLibrary:
    """litellm, loaded once for the process. Implements ``ModelLibrary``."""

    def __init__(self) -> None:
        self._module: Any = None

    @property
    def loaded(self) -> bool:
        return self._module is not None

    async def load(self) -> None:
        """Load litellm in a thread. The import lock makes simultaneous callers share one load.

        A caller that is cancelled leaves the thread to itself: waiting for it would hold up a
        server that is asked to stop.
        """
        if self._module is None:
            self._module = await anyio.to_thread.run_sync(_import, abandon_on_cancel=True)

    async def module(self) -> Any:  # noqa: ANN401  (litellm's own types are only known to it)
        """The module, loaded."""
        await self.load()
        return self._module


def _import() -> Any:  # noqa: ANN401
    # Otherwise the import fetches a price list over the network, with retries.
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    litellm: Any = importlib.import_module("litellm")
    litellm.suppress_debug_info = True
    return litellm


class LitellmCompletions:
    """Calls models through litellm. Implements ``Completions``.

    ``environ`` is where the providers' keys and addresses stand, under their usual names.
    litellm's own retries are off: who retries, and whether, is decided where it is journaled.
    """

    def __init__(self, library: LitellmLibrary, environ: Mapping[str, str]) -> None:
        self._library = library
        self._environ = environ
        self._redact = Redactor(environ)

    async def strongest_format(self, model: str) -> ReplyFormat:
        """``schema`` for models that support one or of which nothing is known."""
        litellm = await self._library.module()
        info = _info(litellm, model)
        if info is None or info.get("supports_response_schema"):
            return "schema"
        parameters = litellm.get_supported_openai_params(model) or ()
        return "json" if "response_format" in parameters else "text"

    async def complete(self, model: str, prompt: Prompt, timeout_s: float) -> Completion:
        """One call. Raises ``ModelFault`` for whatever goes wrong, secrets removed."""
        litellm = await self._library.module()
        try:
            with anyio.fail_after(timeout_s):
                response = await litellm.acompletion(
                    model=model,
                    messages=[{"role": m.role, "content": m.text} for m in prompt.messages],
                    timeout=timeout_s,
                    num_retries=0,
                    max_retries=0,
                    **_demand(prompt),
                    **_placeholder_key(model, self._environ),
                )
        except TimeoutError:
            detail = f"no answer within {timeout_s:g} s"
            raise ModelFault("timeout", detail, usage=_UNKNOWN, retryable=True) from None
        except Exception as fault:  # noqa: BLE001  (litellm lets foreign errors through)
            raise self._translated(litellm, fault, prompt.format) from None
        return _completion(litellm, model, response)

    async def aclose(self) -> None:
        """Close the connections that calls have left open for reuse."""
        if self._library.loaded:
            litellm = await self._library.module()
            await litellm.close_litellm_async_clients()

    def _translated(self, litellm: Any, fault: Exception, demanded: ReplyFormat) -> ModelFault:  # noqa: ANN401
        failure, retryable = _failure(litellm, fault)
        refused = failure == "bad_request" and demanded != "text" and _is_about_format(fault)
        served = isinstance(getattr(fault, "status_code", None), int) and failure not in (
            "timeout",
            "connection",
        )
        return ModelFault(
            failure,
            self._redact(str(fault)),
            usage=_UNCHARGED if served else _UNKNOWN,
            retryable=retryable,
            format_refused=refused,
        )


def _demand(prompt: Prompt) -> dict[str, Any]:
    if prompt.format == "schema":
        schema = {"name": prompt.name, "schema": prompt.schema, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}
    demand = _DEMANDS[prompt.format]
    return {"response_format": demand} if demand else {}


def _placeholder_key(model: str, environ: Mapping[str, str]) -> dict[str, str]:
    """A server of one's own behind ``OPENAI_API_BASE`` wants no key, but its client wants one."""
    own_server = environ.get("OPENAI_API_BASE") or environ.get("OPENAI_BASE_URL")
    if model.startswith("openai/") and own_server and not environ.get("OPENAI_API_KEY"):
        return {"api_key": "none"}
    return {}


def _info(litellm: Any, model: str) -> dict[str, Any] | None:  # noqa: ANN401
    try:
        return dict(litellm.get_model_info(model))
    except Exception:  # noqa: BLE001  (it raises bare exceptions for models it does not know)
        return None


def _completion(litellm: Any, model: str, response: Any) -> Completion:  # noqa: ANN401
    message = response.choices[0].message if response.choices else None
    text = getattr(message, "content", None) or getattr(message, "reasoning_content", None) or ""
    counted = getattr(response, "usage", None)
    return Completion(
        text=text.encode("utf-8", "replace").decode(),
        served_by=model,
        usage=Usage(
            calls=1,
            tokens_in=getattr(counted, "prompt_tokens", None),
            tokens_out=getattr(counted, "completion_tokens", None),
            cost_usd=_cost(litellm, model, response),
        ),
    )


def _cost(litellm: Any, model: str, response: Any) -> float | None:  # noqa: ANN401
    if _info(litellm, model) is None:
        return None
    try:
        return float(litellm.completion_cost(completion_response=response, model=model))
    except Exception:  # noqa: BLE001  (a price it cannot work out is unknown, not a failed call)
        return None


def _failure(litellm: Any, fault: Exception) -> tuple[FailureKind, bool]:  # noqa: ANN401
    """What a litellm error means, and whether trying again could help."""
    kinds: tuple[tuple[tuple[type[Exception], ...], FailureKind, bool], ...] = (
        ((litellm.Timeout,), "timeout", True),
        ((litellm.AuthenticationError, litellm.PermissionDeniedError), "authentication", False),
        ((litellm.RateLimitError,), "rate_limited", True),
        ((litellm.NotFoundError, litellm.LiteLLMUnknownProvider), "unknown_model", False),
        ((litellm.ContextWindowExceededError,), "context_too_long", False),
        ((litellm.ContentPolicyViolationError,), "refused_content", False),
        ((litellm.BadRequestError, litellm.UnprocessableEntityError), "bad_request", False),
        ((litellm.APIConnectionError,), "connection", True),
    )
    for types, kind, retryable in kinds:
        if isinstance(fault, types):
            return kind, retryable
    return "server", True


def _is_about_format(fault: Exception) -> bool:
    text = str(fault).casefold()
    return any(word in text for word in ("response_format", "json_schema", "json_object", "schema"))

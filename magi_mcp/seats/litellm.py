"""Seats: models reached through litellm. The only module that imports litellm.

litellm takes seconds to import, so it is loaded in a thread, when a process first needs it
or as soon as it has time; nothing here imports it earlier.
"""

import asyncio
import importlib
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

from magi_mcp.core.case import Candidate
from magi_mcp.core.replies import NO_USAGE, Usage
from magi_mcp.logs import logger
from magi_mcp.seats.catalogue import Whereabouts
from magi_mcp.seats.completions import Call, Completion, ModelFacts, ModelFault, Prompt
from magi_mcp.seats.litellm_catalogue import known_models, whereabouts
from magi_mcp.seats.litellm_facts import access_to, facts_of
from magi_mcp.seats.litellm_replies import completion_of
from magi_mcp.seats.secrecy import Redactor

# What litellm would do when it is imported or first used; what the user has set stands.
_DEFAULTS = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # otherwise it fetches a price list, with retries
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",  # and a list of headers
    "LITELLM_MODE": "PRODUCTION",  # otherwise it reads the .env of whatever lies around it
    "LITELLM_DISABLE_BUG_REPORT_LINK": "true",
}
_LOGGERS = ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy")


class LitellmLibrary:
    """litellm, loaded once for the process. Implements ``ModelLibrary``."""

    def __init__(self) -> None:
        self._module: Any = None
        self._loading = threading.Lock()

    @property
    def loaded(self) -> bool:
        return self._module is not None

    async def load(self) -> None:
        """Load litellm in a thread. Simultaneous callers share one load.

        A caller that is cancelled leaves the thread to itself: waiting for it would hold up a
        server that is asked to stop.
        """
        if self._module is None:
            await anyio.to_thread.run_sync(self._load, abandon_on_cancel=True)

    async def module(self) -> Any:  # noqa: ANN401  (litellm's own types are only known to it)
        """The module, loaded."""
        await self.load()
        return self._module

    def _load(self) -> None:
        with self._loading:
            if self._module is None:
                self._module = _import()


def _import() -> Any:  # noqa: ANN401
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    litellm: Any = importlib.import_module("litellm")
    # Left alone it prints advice and logs calls to stdout, where a server speaks its protocol.
    litellm.suppress_debug_info = True
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(logging.CRITICAL)
    _warm_up(litellm)
    return litellm


def _warm_up(litellm: Any) -> None:  # noqa: ANN401
    """Have litellm do now what it would put off until the first call, on the event loop.

    The call is answered by litellm itself and reaches nobody.
    """
    try:
        importlib.import_module("openai.resources.chat.completions")
        message = {"role": "user", "content": "Are you ready?"}
        with _unrecorded():
            litellm.completion(
                model="openai/none", messages=[message], mock_response="Yes.", api_key="none"
            )
    except Exception:  # noqa: BLE001  (the first call will be slow, and say what is wrong)
        logger(__name__).warning("litellm could not be warmed up", exc_info=True)


@contextmanager
def _unrecorded() -> Iterator[None]:
    """Spare litellm its records of a call.

    Calls are journaled here. litellm's records cost a quarter of the time it takes for a
    call, and are kept by a task and a thread that outlive it. A litellm without this switch,
    which is its own and not documented, is as good but for that.
    """
    context = sys.modules.get("litellm._internal_context")
    flag = getattr(context, "is_internal_call", None)
    if flag is None:
        yield
        return
    token = flag.set(True)
    try:
        yield
    finally:
        flag.reset(token)


class LitellmCompletions:
    """Calls models through litellm. Implements ``Completions``.

    ``environ`` is the process's environment, where litellm finds the providers' keys and
    addresses under their usual names, and we those that a seat names. ``redact`` is what every
    fault's words go through. litellm's own retries are off: who retries, and whether, is
    decided where it is journaled.
    """

    def __init__(self, library: LitellmLibrary, environ: Mapping[str, str]) -> None:
        self.redact = Redactor(environ)
        self._library = library
        self._environ = environ
        self._facts: dict[str, ModelFacts] = {}

    async def facts(self, model: str) -> ModelFacts:
        """What litellm's lists say of a model.

        Raises ``ModelFault`` where litellm knows no provider for the model.
        """
        if model not in self._facts:
            litellm = await self._loaded()
            self._facts[model] = await anyio.to_thread.run_sync(
                facts_of, litellm, model, abandon_on_cancel=True
            )
        return self._facts[model]

    async def whereabouts(self, candidate: Candidate) -> Whereabouts:
        """Where the calls of a model go, as litellm finds it; the model's provider is known."""
        litellm = await self._loaded()
        return whereabouts(litellm, candidate.model, candidate.access, self._environ)

    async def known_models(self, provider: str | None) -> tuple[str, ...]:
        """The model strings of litellm's list, of one provider or of all."""
        return known_models(await self._loaded(), provider)

    async def complete(self, call: Call) -> Completion:
        """One call. Raises ``ModelFault`` for whatever goes wrong, secrets removed."""
        litellm = await self._loaded()
        model = call.candidate.model
        facts = await self.facts(model)
        arguments = self._arguments(litellm, call, facts)
        try:
            # litellm's own time-out starts anew with every byte that arrives.
            with anyio.fail_after(call.timeout_s), _unrecorded():
                response = await litellm.acompletion(**arguments)
        except TimeoutError:
            detail = f"no answer within {call.timeout_s:g} s"
            raise ModelFault("timeout", detail, usage=Usage(), retryable=True) from None
        except Exception as error:  # noqa: BLE001  (litellm lets foreign errors through)
            from magi_mcp.seats.litellm_faults import fault_of

            demanded = call.prompt.format
            raise fault_of(litellm, error, demanded, self.redact, time.time()) from None
        return completion_of(response, model=model, free=facts.free, redact=self.redact)

    def _arguments(
        self,
        litellm: Any,  # noqa: ANN401
        call: Call,
        facts: ModelFacts,
    ) -> dict[str, Any]:
        """What litellm is told. A seat's key is in here, and nowhere that outlives the call."""
        model, access = call.candidate.model, call.candidate.access
        if access.api_key_env:
            self.redact.guard(access.api_key_env)
        optional = {
            "temperature": access.temperature,
            "max_tokens": call.max_tokens,
            "extra_body": dict(access.extra_body) or None,
        }
        return {
            "model": model,
            "messages": [{"role": m.role, "content": m.text} for m in call.prompt.messages],
            # The same for every call: litellm keeps a client for each value.
            "timeout": call.timeout_s,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": True,
            **_demand(call.prompt),
            **{name: value for name, value in optional.items() if value is not None},
            **access_to(litellm, model, access, facts.provider, self._environ),
        }

    async def aclose(self) -> None:
        """Close the connections that calls in this event loop have left open for reuse."""
        if self._library.loaded:
            litellm = await self._library.module()
            with anyio.CancelScope(shield=True):
                await _close_clients(litellm.in_memory_llm_clients_cache)

    async def _loaded(self) -> Any:  # noqa: ANN401
        """The library. Raises ``ModelFault`` where it cannot be loaded; the next call retries."""
        try:
            return await self._library.module()
        except Exception as error:  # a broken install raises whatever it meets
            what = self.redact(f"{type(error).__name__}: {error}")
            detail = f"litellm cannot be loaded ({what}): reinstall magi-mcp with its dependencies"
            raise ModelFault("server", detail, usage=NO_USAGE) from error


async def _close_clients(cache: Any) -> None:  # noqa: ANN401
    """Close litellm's clients of the running event loop, and forget them.

    litellm's own way closes those of other loops too, and goes on handing out closed ones.
    """
    ours = f"-{id(asyncio.get_running_loop())}"
    for key in [key for key in cache.cache_dict if key.endswith(ours)]:
        client = cache.cache_dict.pop(key)
        cache.ttl_dict.pop(key, None)
        await client.close()
        del client
    # A client that is let go schedules one more closing of itself.
    await anyio.lowlevel.checkpoint()


def _demand(prompt: Prompt) -> dict[str, Any]:
    match prompt.format:
        case "schema":
            schema = {"name": prompt.name, "schema": prompt.schema, "strict": True}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case "json":
            return {"response_format": {"type": "json_object"}}
        case "text":
            return {}

"""Seats: one tiny call that tells whether a model would serve. Implements ``checks.Prober``.

Knows no provider library. What it finds it tells as a value; what is to be done about it is
not its business.
"""

import json
from dataclasses import replace

import anyio
from pydantic import JsonValue

from magi_mcp.checks import EMPTY, Probed, SchemaSupport
from magi_mcp.core.case import Candidate
from magi_mcp.core.errors import CallerError
from magi_mcp.core.families import SCRIPTED
from magi_mcp.seats.catalogue import Catalogue, ListedModels
from magi_mcp.seats.completions import (
    Call,
    Completion,
    Completions,
    Message,
    ModelFacts,
    ModelFault,
    Prompt,
    ReplyFormat,
)
from magi_mcp.seats.scripts import playbook

MAX_TOKENS = 1024
"""A word is asked for; models that reason before they say it need some room for that."""

_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"ready": {"type": "string"}},
    "required": ["ready"],
    "additionalProperties": False,
}
_QUESTION = 'Are you ready? Reply with the JSON object {"ready": "yes"} and nothing else.'


class ModelProber:
    """Tries models, each with one real call."""

    def __init__(
        self, completions: Completions, catalogue: Catalogue, listed: ListedModels
    ) -> None:
        self._completions = completions
        self._catalogue = catalogue
        self._listed = listed

    async def probe(self, candidate: Candidate, timeout_s: float) -> Probed:
        """One call with a JSON schema; where that is refused, one more without it.

        A model that does not exist costs a look at what its address offers instead. All of it
        ends within ``timeout_s`` seconds.
        """
        if candidate.model.startswith(SCRIPTED):
            return _scripted(candidate.model)
        known = Probed("timeout", f"no answer within {timeout_s:.0f} s")
        with anyio.move_on_after(timeout_s):
            try:
                facts = await self._completions.facts(candidate.model)
            except ModelFault as fault:
                return await self._unplaced(_told(fault, known))
            known = await self._placed(candidate, facts, known)
            try:
                return await self._called(candidate, facts, timeout_s, known)
            except ModelFault as fault:
                known = _told(fault, known)
            if known.outcome == "unknown_model":
                return await self._with_alternatives(candidate, known)
        return known

    async def _unplaced(self, known: Probed) -> Probed:
        """Of a model string whose provider nobody knows: what would be right."""
        if known.outcome != "unknown_model":
            return known
        return replace(known, known_models=await self._catalogue.known_models(None))

    async def _placed(self, candidate: Candidate, facts: ModelFacts, known: Probed) -> Probed:
        where = await self._catalogue.whereabouts(candidate)
        return replace(
            known,
            provider=facts.provider,
            address=where.shown_address,
            address_env=where.address_env,
            key_env=where.key_env,
            usd_per_token_in=facts.usd_per_token_in,
            usd_per_token_out=facts.usd_per_token_out,
        )

    async def _called(
        self, candidate: Candidate, facts: ModelFacts, timeout_s: float, known: Probed
    ) -> Probed:
        """Raises ``ModelFault`` where no call is answered."""
        demanded = facts.strongest_format
        began = anyio.current_time()
        try:
            completion = await self._complete(candidate, demanded, timeout_s)
        except ModelFault as fault:
            if not fault.format_refused:
                raise
            demanded, began = "text", anyio.current_time()
            completion = await self._complete(candidate, demanded, timeout_s)
        return replace(
            known,
            outcome="answered",
            detail="" if completion.text.strip() or completion.cut_short else EMPTY,
            elapsed_s=anyio.current_time() - began,
            json_schema=_support(demanded, completion),
        )

    async def _complete(
        self, candidate: Candidate, demanded: ReplyFormat, timeout_s: float
    ) -> Completion:
        question = (Message("user", _QUESTION),)
        prompt = Prompt(question, format=demanded, name="readiness", schema=_SCHEMA)
        return await self._completions.complete(Call(candidate, prompt, timeout_s, MAX_TOKENS))

    async def _with_alternatives(self, candidate: Candidate, known: Probed) -> Probed:
        """What the address offers in place of a model that it does not know."""
        where = await self._catalogue.whereabouts(candidate)
        prefix = candidate.model.partition("/")[0]
        there = await self._listed(where)
        if there:
            names = tuple(f"{prefix}/{name}" for name in there)
            return replace(known, known_models=names, listed_there=True)
        return replace(known, known_models=await self._catalogue.known_models(known.provider))


def _told(fault: ModelFault, known: Probed) -> Probed:
    """What a failed call adds to what was known before."""
    refused = fault.failure == "rate_limited" and not fault.retryable
    return replace(
        known,
        outcome=fault.failure,
        detail=fault.detail,
        retry_after_s=fault.retry_after_s,
        spent=refused or fault.detail.startswith("HTTP 402"),
    )


def _support(demanded: ReplyFormat, completion: Completion) -> SchemaSupport | None:
    if demanded != "schema":
        return "unsupported"
    if not completion.text.strip():
        return None
    try:
        reply = json.loads(completion.text)
    except ValueError:
        return None if completion.cut_short else "ignored"
    obeyed = isinstance(reply, dict) and isinstance(reply.get("ready"), str)
    return "supported" if obeyed else "ignored"


def _scripted(model: str) -> Probed:
    """A scripted seat is tried by looking whether its script is there."""
    try:
        playbook(model.removeprefix(SCRIPTED))
    except CallerError as unknown:
        return Probed("unknown_model", unknown.problem, provider="scripted")
    return Probed(
        "answered", "scripted: no model is asked", usd_per_token_in=0, usd_per_token_out=0
    )

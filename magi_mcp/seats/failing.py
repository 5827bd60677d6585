"""Seats: models that fail on purpose, each always in the same way. A public fake.

Layer: adapter. They stand where real models do, behind ``Completions``: what is made of their
faults, tries, repairs, breakers, fallbacks and records, is what is made of real ones. Knows
neither seats nor scripts, calls nobody and costs nothing.
"""

from collections.abc import Mapping

from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.replies import FailureKind
from magi_mcp.seats.completions import Call, Completion, ModelFacts, ModelFault
from magi_mcp.seats.scripted import FREE

MALFORMED = "malformed"
"""The kind of fault that is none of the provider's: words come back that nobody can read."""

_DETAILS: Mapping[FailureKind, str] = {
    "timeout": "no answer in time",
    "connection": "connection lost: the provider hung up",
    "server": "HTTP 500: something went wrong on our side",
    "rate_limited": "HTTP 429: too many requests",
    "authentication": "HTTP 401: this key is not valid",
    "unknown_model": "HTTP 404: there is no such model",
    "refused_content": "HTTP 400: refused by the content policy",
    "context_too_long": "HTTP 400: the prompt is longer than the context window",
    "bad_request": "HTTP 400: a parameter of this request is not supported",
}
_MAY_PASS: frozenset[FailureKind] = frozenset({"timeout", "connection", "server", "rate_limited"})
_UNREADABLE = "Well, that rather depends."
_FACTS = ModelFacts(
    provider=SCRIPTED.rstrip("/"),
    strongest_format="schema",
    free=True,
    usd_per_token_in=0.0,
    usd_per_token_out=0.0,
)

FAULT_KINDS: tuple[str, ...] = (*_DETAILS, MALFORMED)
"""Every kind in which a model can be made to fail."""

_MODELS: Mapping[str, FailureKind | None] = {
    **{f"{SCRIPTED}failing-{kind}": kind for kind in _DETAILS},
    f"{SCRIPTED}failing-{MALFORMED}": None,
}
FAILING_NAMES: tuple[str, ...] = tuple(model.removeprefix(SCRIPTED) for model in _MODELS)
"""What follows ``scripted/`` in the model strings of those that fail."""


def failing_model(kind: str) -> str:
    """The model string of the model that fails in this way, one of ``FAULT_KINDS``."""
    return f"{SCRIPTED}failing-{kind}"


def is_failing(model: str) -> bool:
    """Whether a model string is that of a model which fails on purpose."""
    return model in _MODELS


def fault_of(model: str) -> ModelFault | None:
    """The fault that a call to a failing model meets; None where it answers unreadably."""
    kind = _MODELS[model]
    if kind is None:
        return None
    return ModelFault(kind, _DETAILS[kind], usage=FREE, retryable=kind in _MAY_PASS)


class FailingModels:
    """All models that fail on purpose. Implements ``Completions``."""

    async def facts(self, model: str) -> ModelFacts:  # noqa: ARG002  (the same of all)
        """What is known of each: it is free, and promises to obey a JSON schema."""
        return _FACTS

    async def complete(self, call: Call) -> Completion:
        """Fail in the way that the model's name tells."""
        fault = fault_of(call.candidate.model)
        if fault is not None:
            raise fault
        return Completion(_UNREADABLE, served_by=call.candidate.model, usage=FREE)

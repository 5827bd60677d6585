"""Doctor: from what a probe told of a model to what is wrong with it, and the exact mend.

Pure. Whatever a provider said has been freed of secrets before it arrives here; of keys only
the variables are known that hold them.
"""

import re
from dataclasses import dataclass
from math import ceil
from typing import assert_never

from magi_mcp.checks import Probed
from magi_mcp.core.words import plural, seconds
from magi_mcp.doctor.guesses import guesses
from magi_mcp.doctor.subjects import Subject

OLLAMA = ("ollama", "ollama_chat")
"""The names under which models of an Ollama are reached."""

_MAX_LISTED = 5
_LOST = "connection lost"
_INNARDS = re.compile(r"\[.*\]$")
"""What follows the words of a failed connection: calls and tuples."""


@dataclass(frozen=True)
class Ailment:
    """What is wrong, and what to do about it: a phrase and a sentence."""

    problem: str
    mend: str


def ailment(subject: Subject, probed: Probed, timeout_s: float) -> Ailment | None:
    """What keeps a model from serving; None where it answered in time.

    ``timeout_s`` is what one call may take in a deliberation.
    """
    match probed.outcome:
        case "answered":
            return _too_slow(probed, timeout_s)
        case "unknown_model":
            return _unknown(subject, probed)
        case "authentication":
            return _unauthorized(subject, probed)
        case "connection":
            return _unreachable(subject, probed)
        case "rate_limited" | "bad_request" if probed.spent:
            return Ailment(
                f"out of credit{_said(probed)}",
                f"Add credit to the account {_of_key(probed)}, or name another model in "
                f"{_places(subject)}.",
            )
        case "rate_limited":
            return _limited(subject, probed)
        case "timeout":
            return _silent(subject, probed, timeout_s)
        case "server":
            return _broken(subject, probed)
        case "bad_request" | "context_too_long":
            return Ailment(
                f"refuses a plain request{_said(probed)}",
                f"Check what {_places(subject)} sends along (temperature, extra_body), or name "
                "another model there.",
            )
        case "refused_content":
            return Ailment(
                f"refuses to answer a harmless question{_said(probed)}",
                f"Name another model in {_places(subject)}.",
            )
        case "late" | "budget" | "skipped" | "exhausted":
            return Ailment(probed.detail, f"Name another model in {_places(subject)}.")
        case _:
            assert_never(probed.outcome)


def _too_slow(probed: Probed, timeout_s: float) -> Ailment | None:
    if probed.elapsed_s is None or probed.elapsed_s <= timeout_s:
        return None
    return Ailment(
        f"answered only after {seconds(probed.elapsed_s)}, and a call may take "
        f"{timeout_s:g} s (limits.timeout_s)",
        f"Raise limits.timeout_s (MAGI_TIMEOUT_S) well above {seconds(probed.elapsed_s)}.",
    )


def _unknown(subject: Subject, probed: Probed) -> Ailment:
    model = subject.candidate.model
    provider, slash, name = model.partition("/")
    meant = guesses(model, probed.known_models)
    change = f"Change it in {_places(subject)}."
    if probed.provider is None:
        problem = f"unknown provider {provider}" if slash else f"{model} names no provider"
        if meant:
            return Ailment(problem, f"Did you mean {_either(meant)}? {change}")
        return Ailment(
            problem,
            "Write provider/model, such as openai/gpt-4o-mini or "
            f"openrouter/deepseek/deepseek-v3.2. {change}",
        )
    if probed.provider in OLLAMA:
        instead = f"Or did you mean {_either(meant)}? {change}" if meant else ""
        return Ailment(
            f"Ollama has no model {name}", f"Pull it: ollama pull {name}. {instead}".strip()
        )
    problem = f"unknown model {name}"
    if model in probed.known_models:
        # It exists, or existed: whose key it is decides.
        return Ailment(
            f"{name} is not to be had, or no longer{_said(probed)}",
            f"See whether the account {_of_key(probed)} may use it, or name another model in "
            f"{_places(subject)}.",
        )
    if meant:
        return Ailment(problem, f"Did you mean {_either(meant)}? {change}")
    if probed.listed_there and probed.known_models:
        return Ailment(problem, f"{_offered(probed)} {change}")
    where = _address_place(subject, probed)
    doubt = (
        f" If the name is right, the address may be wrong: check {where}; most end in /v1."
        if where
        else ""
    )
    return Ailment(f"{problem}{_said(probed)}", f"Check its name. {change}{doubt}")


def _offered(probed: Probed) -> str:
    names = probed.known_models
    more = len(names) - _MAX_LISTED
    rest = f" and {plural(more, 'other')}" if more > 0 else ""
    return f"On offer: {', '.join(names[:_MAX_LISTED])}{rest}."


def _unauthorized(subject: Subject, probed: Probed) -> Ailment:
    variable = subject.candidate.access.api_key_env or probed.key_env
    if probed.detail.startswith("no key"):
        name = variable or "the provider's variable"
        return Ailment(
            f"no key: {name} is not set",
            f"Set {name} in the environment of magi-mcp; for an MCP client that is the env of "
            "its configuration.",
        )
    held = (
        f"Put a valid key into {variable}"
        if variable
        else f"Name the variable that holds its key, with api_key_env, in {_places(subject)}"
    )
    if probed.detail.startswith("HTTP 403"):
        return Ailment(
            f"the key may not be used for this{_said(probed)}",
            f"See what the account {_of_key(probed)} may use. {held}, or name another model in "
            f"{_places(subject)}.",
        )
    return Ailment(f"the key is not accepted{_said(probed)}", f"{held}.")


def _unreachable(subject: Subject, probed: Probed) -> Ailment:
    where = _address_place(subject, probed)
    address = probed.address or "the provider"
    if probed.detail.startswith(_LOST):
        return Ailment(
            f"{address} broke off the connection{_said(probed)}",
            f"Try again; if it stays so, {f'check {where}' if where else 'check the network'}, or "
            f"name a fallback in {_places(subject)}.",
        )
    problem = f"{address} cannot be reached{_said(probed)}"
    if probed.provider in OLLAMA:
        elsewhere = f"; if it runs elsewhere, correct {where}" if where else ""
        moved = "" if where else ", or set OLLAMA_API_BASE to where it runs"
        return Ailment(problem, f"Start Ollama (ollama serve){moved}{elsewhere}.")
    if where:
        return Ailment(problem, f"Correct {where}, or start what should listen there.")
    return Ailment(problem, "Check the network, and HTTPS_PROXY if there is a proxy.")


def _limited(subject: Subject, probed: Probed) -> Ailment:
    asked_s = probed.retry_after_s
    wait = "Wait a little" if asked_s is None else f"Wait {ceil(asked_s)} s"
    return Ailment(
        f"rate limited{_said(probed)}",
        f"{wait} and try again. If it lasts, lower limits.max_concurrent_calls_per_provider, or "
        f"name a fallback in {_places(subject)}.",
    )


def _silent(subject: Subject, probed: Probed, timeout_s: float) -> Ailment:
    raise_it = (
        f" A call may take {timeout_s:g} s: raise limits.timeout_s (MAGI_TIMEOUT_S) if the model "
        "is only slow."
    )
    if probed.provider in OLLAMA:
        return Ailment(
            probed.detail,
            f"A model that is being loaded takes its time: try again in a minute.{raise_it}",
        )
    return Ailment(
        probed.detail,
        f"Try again; if it stays silent, name a fallback or another model in {_places(subject)}."
        f"{raise_it}",
    )


def _broken(subject: Subject, probed: Probed) -> Ailment:
    where = _address_place(subject, probed)
    mend = f"Try again later, or name a fallback in {_places(subject)}."
    if where and not probed.detail.startswith("HTTP 5"):
        mend = (
            f"Try again; if it stays so, check that {where} is the address of an "
            "OpenAI-compatible API; most end in /v1."
        )
    return Ailment(f"the provider fails{_said(probed)}", mend)


def _address_place(subject: Subject, probed: Probed) -> str | None:
    """Where the address was set that a call went to; None for the provider's usual one."""
    if subject.address_place is not None:
        return f"api_base in {subject.address_place}"
    return probed.address_env


def _said(probed: Probed) -> str:
    """What the world said, behind a problem in our own words."""
    words = _INNARDS.sub("", probed.detail).strip().rstrip(".")
    return f" ({words})" if words else ""


def _of_key(probed: Probed) -> str:
    return f"behind {probed.key_env}" if probed.key_env else "of your key"


def _places(subject: Subject) -> str:
    """Where it was configured; a model that several use stands in several places."""
    return " and ".join(dict.fromkeys(use.place for use in subject.uses))


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)

"""Doctor: from what a probe told of a model to what is wrong with it, and the exact mend.

Pure. Whatever a provider said has been freed of secrets before it arrives here; of keys only
the variables are known that hold them.
"""

from dataclasses import dataclass
from typing import assert_never

from magi_mcp.checks import Probed
from magi_mcp.core.words import plural, seconds
from magi_mcp.doctor.guesses import guesses
from magi_mcp.doctor.subjects import Subject

OLLAMA = ("ollama", "ollama_chat")
"""The names under which models of an Ollama are reached."""

_MAX_LISTED = 5


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
                f"out of credit ({probed.detail})",
                f"Add credit to the account {_of_key(probed)}, or name another model in "
                f"{_places(subject)}.",
            )
        case "rate_limited":
            return _limited(subject, probed)
        case "timeout":
            return _silent(subject, probed, timeout_s)
        case "server":
            return _broken(subject, probed)
        case "bad_request" | "refused_content" | "context_too_long":
            return Ailment(
                f"refuses a plain request ({probed.detail})",
                f"Check what {_places(subject)} sends along (temperature, extra_body), or name "
                "another model there.",
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
            f"{name} is not offered, or no longer ({probed.detail})",
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
    return Ailment(f"{problem} ({probed.detail})", f"Check its name. {change}{doubt}")


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
            f"the key may not be used for this ({probed.detail})",
            f"See what the account {_of_key(probed)} may use. {held}, or name another model in "
            f"{_places(subject)}.",
        )
    return Ailment(f"the key is not accepted ({probed.detail})", f"{held}.")


def _unreachable(subject: Subject, probed: Probed) -> Ailment:
    where = _address_place(subject, probed)
    problem = f"{probed.address or 'the provider'} cannot be reached ({probed.detail})"
    if probed.provider in OLLAMA:
        elsewhere = f"; if it runs elsewhere, correct {where}" if where else ""
        moved = "" if where else ", or set OLLAMA_API_BASE to where it runs"
        return Ailment(problem, f"Start Ollama (ollama serve){moved}{elsewhere}.")
    if where:
        return Ailment(problem, f"Correct {where}, or start what should listen there.")
    return Ailment(problem, "Check the network, and HTTPS_PROXY if there is a proxy.")


def _limited(subject: Subject, probed: Probed) -> Ailment:
    wait = (
        "Wait a little" if probed.retry_after_s is None else f"Wait {seconds(probed.retry_after_s)}"
    )
    return Ailment(
        f"rate limited ({probed.detail})",
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
        mend = f"Check that {where} is the address of an OpenAI-compatible API; most end in /v1."
    return Ailment(f"the provider fails ({probed.detail})", mend)


def _address_place(subject: Subject, probed: Probed) -> str | None:
    """Where the address was set that a call went to; None for the provider's usual one."""
    if subject.candidate.access.api_base is not None:
        return f"api_base in {_places(subject)}"
    return probed.address_env


def _of_key(probed: Probed) -> str:
    return f"behind {probed.key_env}" if probed.key_env else "of your key"


def _places(subject: Subject) -> str:
    """Where it was configured; a model that several use stands in several places."""
    return " and ".join(dict.fromkeys(use.place for use in subject.uses))


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)

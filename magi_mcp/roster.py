"""Roster: the models that may be named, and how a seat's chain of models is put together.

Layer: pure helper of the edges (council, convening). It must not know settings, nor which model
strings lead anywhere. The rules are those of semantics, "limits", and of decision 0016.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import Access, Candidate, Lens, Seat
from magi_mcp.core.errors import CallerError, quoted

_ADDRESS = "://"
_MAX_LISTED = 15


@dataclass(frozen=True)
class Roster:
    """The models of the configuration, each as it is reached there, and what else may be named.

    ``allowed`` are model strings in which ``*`` stands for any characters; an address that a
    model string holds, such as ``huggingface/https://...``, has to be written out before it.
    """

    configured: tuple[Candidate, ...] = ()
    allowed: tuple[str, ...] = ()

    def candidates(self, models: Sequence[str]) -> tuple[Candidate, ...]:
        """A model that was named and its fallbacks, each as configured where it is.

        So a model of the owner's own server is asked there, and nowhere else, whoever names it.
        """
        known = {each.model: each for each in reversed(self.configured)}
        leader, *fallbacks = models
        first = known.get(leader, Candidate(model=leader))
        return (first, *(known.get(model) or sharing(first, model) for model in fallbacks))

    def check(self, argument: str, candidates: Iterable[Candidate]) -> None:
        """Raises ``CallerError`` for the first model that is neither configured nor allowed.

        The caller itself may be named by anybody: it costs the owner nothing.
        """
        configured = list(dict.fromkeys(each.model for each in self.configured))
        for model in (each.model for each in candidates):
            if model in (*configured, CALLER) or any(
                _matches(pattern, model) for pattern in self.allowed
            ):
                continue
            may = [*configured, *(pattern for pattern in self.allowed if pattern not in configured)]
            listed = ", ".join(may[:_MAX_LISTED]) + (", ..." if len(may) > _MAX_LISTED else "")
            raise CallerError(
                argument,
                f"{quoted(model)} is not a model that may be named here. Allowed: "
                f"{listed or 'none'}. Name one of these or leave it out; the owner of this "
                "server allows others with allowed_models or MAGI_ALLOWED_MODELS.",
            )


NOTHING_CONFIGURED = Roster()


def sharing(leader: Candidate, model: str) -> Candidate:
    """A fallback that is only a model string, behind ``leader``, whose access it may share.

    Address, key and extra fields belong to a provider, so only a model of the same one gets
    them: a key must not reach another provider. Temperature and reply length are the seat's.
    """
    if _provider(model) is not None and _provider(model) == _provider(leader.model):
        return Candidate(model=model, access=leader.access)
    own = leader.access
    return Candidate(
        model=model, access=Access(temperature=own.temperature, max_tokens=own.max_tokens)
    )


def seated(
    name: str, candidates: Sequence[Candidate], *, lens: Lens | None = None, trust: float = 0.0
) -> Seat:
    """The seat that these candidates serve, the first of them first."""
    leader, *fallbacks = candidates
    return Seat(
        name=name,
        model=leader.model,
        access=leader.access,
        family=leader.family,
        fallbacks=tuple(fallbacks),
        lens=lens,
        trust=trust,
    )


def of_other_families(
    substitutes: tuple[Candidate, ...], seats: tuple[Seat, ...]
) -> tuple[tuple[Candidate, ...], tuple[str, ...]]:
    """The substitutes that bring another family to the council, and a warning of the others.

    A family that nobody knows counts as another.
    """
    seated_families = {seat.candidates[0].known_family for seat in seats} - {None}
    fit, warnings = [], []
    for substitute in substitutes:
        if substitute.known_family in seated_families:
            warnings.append(
                f"substitute {substitute.model}: left out, for the council already has a seat of "
                f"its family, {substitute.known_family}."
            )
        else:
            fit.append(substitute)
    return tuple(fit), tuple(warnings)


def _provider(model: str) -> str | None:
    """What a model string says of its provider; None where it is a model's name alone."""
    provider, slash, _ = model.partition("/")
    return provider if slash else None


def _matches(pattern: str, model: str) -> bool:
    # Some providers are sent to the address that a model string holds, with the owner's key.
    if _ADDRESS in model and _ADDRESS not in pattern.partition("*")[0]:
        return False
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), model) is not None

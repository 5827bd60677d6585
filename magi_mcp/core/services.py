"""Core: what serves the rounds of each method: the asks by which it counts and concludes.

Declared here so that they can be reckoned with before anything is asked; the procedures
themselves never read it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from magi_mcp.core.asks import BALLOT_PURPOSES, Purpose
from magi_mcp.core.case import METHODS, Case, MethodName
from magi_mcp.core.methods.ruling import asked_for


@dataclass(frozen=True)
class Service:
    """Asks that serve a round: one to one of the seats, one to each, or one to the arbiter.

    ``always`` says that it is asked even where all seats agree at once.
    """

    purpose: Purpose
    to: Literal["one", "each", "arbiter"]
    always: bool = True


@dataclass(frozen=True)
class _Custom:
    """``counting`` serves every round, in this order; who writes and who settles, the end."""

    counting: tuple[Service, ...] = ()
    written: Literal["always", "on_demand", "never"] = "never"
    may_be_settled: bool = False


_GROUPED = (Service("grouping", "one", always=False),)
_CUSTOMS: Mapping[MethodName, _Custom] = {
    "yes_no": _Custom(written="on_demand", may_be_settled=True),
    "options": _Custom(written="on_demand", may_be_settled=True),
    "probability": _Custom(written="on_demand"),
    "majority": _Custom(_GROUPED, written="always", may_be_settled=True),
    "consensus": _Custom((Service("draft", "one"), Service("ratification", "each"))),
    "minority": _Custom(_GROUPED, written="always"),
    "synthesis": _Custom(_GROUPED, written="always"),
    "compose": _Custom((Service("rating", "each"),)),
}
assert set(_CUSTOMS) == set(METHODS)

_ESCALATING = ("escalate", "adaptive")


def counting(case: Case) -> tuple[Service, ...]:
    """What it takes to count a round, in the order in which it is asked."""
    # Who is alone has nobody else's draft to rate.
    alone = len(case.seats) == 1
    services = _CUSTOMS[case.method].counting
    return tuple(each for each in services if not (alone and each.purpose == "rating"))


def concluding(case: Case) -> tuple[Service, ...]:
    """What it takes to come from the last count to the verdict."""
    custom = _CUSTOMS[case.method]
    services: list[Service] = []
    if case.arbiter is not None and custom.may_be_settled and case.protocol in _ESCALATING:
        services.append(Service("arbitration", "arbiter", always=False))
    if custom.written == "always" or (custom.written == "on_demand" and asked_for(case)):
        services.append(Service("ruling", "one"))
    return tuple(services)


def following(case: Case, purpose: Purpose) -> tuple[Service, ...]:
    """What may still be asked after a round of ``purpose`` without any further ballots."""
    services = (*counting(case), *concluding(case))
    if purpose in BALLOT_PURPOSES:
        return services
    purposes = [service.purpose for service in services]
    return services[purposes.index(purpose) + 1 :] if purpose in purposes else ()


def rebuttals_at_most(case: Case) -> int:
    """How many rounds of rebuttal the protocol may hold; who is alone has nobody to answer."""
    if len(case.seats) == 1:
        return 0
    most = case.limits.max_rounds
    return min(1, most) if case.protocol == "escalate" else most


def rebuttals_at_least(case: Case) -> int:
    """How many of them are held even where all seats agree at once."""
    if case.protocol == "vote":
        return 0
    least = min(case.limits.min_rounds, rebuttals_at_most(case))
    # Two authors rate one draft each and compare nothing, so nothing is settled at once.
    uncompared = case.method == "compose" and len(case.seats) == 2
    return max(least, min(1, rebuttals_at_most(case))) if uncompared else least

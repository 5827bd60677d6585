"""Core: the method ``probability``. Each seat's probability, brought together in one estimate.

Source: semantics, "probability". The headline is the mean; recorded forecasts showed the
mean or the log-odds mean of three to beat the average member, and extremising not to help.
Distances are taken between the decimals that were written, exactly.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean, median, pstdev

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import minority_entry, plain
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm, Closed, Probability
from magi_mcp.core.method import Steps, ballot_form, stated, tally_of
from magi_mcp.core.methods.ruling import asked_for, with_written_answer
from magi_mcp.core.rapporteur import by_claim
from magi_mcp.core.verdict import BlindVote, Estimate, Findings, MinorityReport
from magi_mcp.core.words import seat_titles, sentence, shortened

NEAR = Fraction(1, 10)
"""How far from the median a ballot still agrees with it; also the range that is settled."""

FAR = Fraction(1, 5)
"""How far from the median a ballot is a minority."""

DIVERGENCE = "The estimates range from"
"""How the part of the answer begins that follows the leading argument."""

_REASON = 160
"""Characters of an outlying argument that the answer repeats."""


@dataclass(frozen=True)
class Estimates(Count):
    """A count of numbers: nobody leads, so there is no margin that a vote could undo."""

    @property
    def margin(self) -> None:
        """None."""
        return None


class ProbabilityMethod:
    """How likely it is that the answer is yes."""

    name = "probability"

    def form(self, case: Case, *, revision: bool) -> BallotForm:
        """A ballot whose position is a probability."""
        return ballot_form(case, Probability(), revision=revision)

    def question_words(self, case: Case) -> Mapping[str, str]:
        """Nothing beside the question."""
        return {}

    def count(self, case: Case, floor: Floor) -> Steps[Count]:
        """Agreement is nearness to the median; settled is a narrow range of enough voices."""
        yield from ()
        values = _values(floor)
        tally = tally_of(case, {seat: p.position for seat, p in floor.positions().items()})
        quorate = tally.outcome != "no_quorum"
        return Estimates(
            tally=tally,
            labels={position: position for position in stated(floor)},
            share=Fraction(len(_near(values)), len(case.seats)),
            settled=quorate and max(values.values()) - min(values.values()) <= NEAR,
            won=quorate,
        )

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: an estimate has no sides."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The estimate; the reasoning of the seat at the median leads, divergence is explained.

        Below quorum there is none: a lone number is shown as what it is, one seat's.
        """
        findings = findings.model_copy(
            update={
                "ruling": None,
                "decided_by": "none",
                "pivotal_seats": (),
                "blind_vote": _blind(findings.blind_vote),
            }
        )
        values = _values(floor)
        if floor.count is None or not floor.count.won:
            agreement = len(_near(values)) / len(values) if values else None
            update = {"outcome": "no_quorum", "agreement": agreement}
            return findings.model_copy(update=update), floor
        estimate, warnings = _estimate(values)
        floor = floor.warned(*warnings)
        speakers = _at_median(case, floor, values)
        argument = plain(floor, speakers[0]).argument
        findings = findings.model_copy(
            update={
                "outcome": "estimate",
                "decided_by": "votes",
                "probability": estimate.mean,
                "estimate": estimate,
                "answer": argument or None,
                "agreement": len(_near(values)) / len(values),
                "minority_report": tuple(_minority(case, floor, values)),
            }
        )
        if asked_for(case):
            result = (
                f"An estimate of {estimate.mean:g}, the mean of the members' probabilities "
                f"that the answer is yes; their median is {estimate.median:g}."
            )
            findings, floor = yield from with_written_answer(
                case, floor, findings, result, speakers
            )
        answer = f"{findings.answer or ''} {_divergence(case, floor, values)}".strip()
        return findings.model_copy(update={"answer": answer or None}), floor


def _values(floor: Floor) -> dict[str, Fraction]:
    """The standing probabilities by seat, as the decimals that were written."""
    return {seat: Fraction(p.position) for seat, p in floor.positions().items()}


def _near(values: Mapping[str, Fraction]) -> list[str]:
    middle = median(values.values()) if values else Fraction(0)
    return [seat for seat, value in values.items() if abs(value - middle) <= NEAR]


def _blind(votes: BlindVote | None) -> BlindVote | None:
    """The blind estimates: numbers that happen to be equal have not ruled anything."""
    if votes is None or votes.outcome == "no_quorum":
        return votes
    return votes.model_copy(update={"outcome": "estimate", "ruling": None})


def _estimate(values: Mapping[str, Fraction]) -> tuple[Estimate, list[str]]:
    shares = [float(value) for value in values.values()]
    certain = [seat for seat, value in values.items() if value in (0, 1)]
    warnings = [f"No log-odds mean: {seat_titles(certain)} stated a certainty."] if certain else []
    estimate = Estimate(
        mean=float(sum(values.values()) / len(values)),
        median=float(median(values.values())),
        log_odds_mean=None if certain else _log_odds_mean(shares),
        min=min(shares),
        max=max(shares),
        spread=pstdev(shares),
    )
    return estimate, warnings


def _log_odds_mean(shares: Sequence[float]) -> float:
    """The probability whose log-odds are the mean of the log-odds (logistic pooling)."""
    mean = fmean(math.log(share) - math.log1p(-share) for share in shares)
    # Of the two forms the one that cannot overflow; never outside of what was stated.
    pooled = 1 / (1 + math.exp(-mean)) if mean >= 0 else math.exp(mean) / (1 + math.exp(mean))
    return min(max(pooled, min(shares)), max(shares))


def _at_median(case: Case, floor: Floor, values: Mapping[str, Fraction]) -> list[str]:
    """The seats nearest to the median, the one that claims to be surest first."""
    middle = median(values.values())
    nearest = min(abs(value - middle) for value in values.values())
    positions = floor.positions()
    return by_claim(
        case, {s: positions[s] for s, value in values.items() if abs(value - middle) == nearest}
    )


def _divergence(case: Case, floor: Floor, values: Mapping[str, Fraction]) -> str:
    """Where the estimates part, what the lowest and the highest rest on; "" where they do not."""
    low, high = min(values.values()), max(values.values())
    if high - low <= NEAR:
        return ""
    lowest, highest = _reasoned(case, floor, values, low), _reasoned(case, floor, values, high)
    return f"{DIVERGENCE} {lowest} to {highest}."


def _reasoned(case: Case, floor: Floor, values: Mapping[str, Fraction], value: Fraction) -> str:
    seats = [seat for seat in values if values[seat] == value]
    positions = floor.positions()
    best = plain(floor, by_claim(case, {seat: positions[seat] for seat in seats})[0])
    reason = f": {sentence(shortened(best.argument, _REASON))}" if best.argument else ""
    return f"{best.position} ({seat_titles(seats)}{reason})"


def _minority(case: Case, floor: Floor, values: Mapping[str, Fraction]) -> list[MinorityReport]:
    """Every number that stands far from the median, with its holders' own reasoning."""
    middle = median(values.values())
    far: dict[str, list[str]] = {}
    for seat, value in values.items():
        if abs(value - middle) >= FAR:
            far.setdefault(floor.positions()[seat].position, []).append(seat)
    return [minority_entry(case, floor, number, tuple(seats)) for number, seats in far.items()]

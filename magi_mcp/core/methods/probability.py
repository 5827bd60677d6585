"""Core: the method ``probability``. Each seat's probability, brought together in one estimate.

Source: semantics, "probability". The headline is the mean; recorded forecasts showed the
mean or the log-odds mean of three to beat the average member, and extremising not to help.
"""

import math
from collections.abc import Mapping
from fractions import Fraction
from statistics import fmean, median, pstdev

from magi_mcp.core.case import Case
from magi_mcp.core.conclusion import minority_entry, plain
from magi_mcp.core.floor import Count, Floor
from magi_mcp.core.forms import BallotForm, Closed, Probability
from magi_mcp.core.method import Steps, ballot_form, stated, tally_of
from magi_mcp.core.methods.ruling import with_written_answer
from magi_mcp.core.rapporteur import by_claim
from magi_mcp.core.verdict import Estimate, Findings, MinorityReport
from magi_mcp.core.words import seat_titles

NEAR = Fraction(1, 10)
"""How far from the median a ballot still agrees with it; also the range that is settled."""

FAR = Fraction(1, 5)
"""How far from the median a ballot is a minority."""


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
        """Agreement is nearness to the median; settled is a narrow range."""
        yield from ()
        labels = {position: position for position in stated(floor)}
        values = _values(floor)
        tally = tally_of(case, {seat: str(p.position) for seat, p in floor.positions().items()})
        near = len(_near(values))
        span = max(values.values()) - min(values.values()) if values else None
        return Count(
            tally=tally,
            labels=labels,
            share=Fraction(near, len(case.seats)),
            settled=span is not None and span <= NEAR,
            won=tally.outcome != "no_quorum",
        )

    def arbiters_choice(self, case: Case, floor: Floor) -> Closed | None:
        """Nothing: an estimate has no sides."""
        return None

    def conclude(
        self, case: Case, floor: Floor, findings: Findings
    ) -> Steps[tuple[Findings, Floor]]:
        """The estimate; the reasoning of the seat at the median leads."""
        values = _values(floor)
        if not values:
            return findings, floor
        estimate, warnings = _estimate(values)
        quorate = findings.outcome != "no_quorum"
        findings = findings.model_copy(
            update={
                "outcome": "estimate" if quorate else "no_quorum",
                "ruling": None,
                "decided_by": "votes" if quorate else "none",
                "probability": estimate.mean if quorate else None,
                "estimate": estimate,
                "answer": _answer(case, floor, values),
                "agreement": len(_near(values)) / len(values),
                "minority_report": _minority(case, floor, values),
                "pivotal_seats": (),
            }
        )
        floor = floor.warned(*warnings)
        if case.rapporteur != "always" and not case.rapporteur_prompt:
            return findings, floor
        return (yield from with_written_answer(case, floor, findings))


def _values(floor: Floor) -> dict[str, Fraction]:
    """The standing probabilities by seat, as the decimals that were written."""
    return {seat: Fraction(p.position) for seat, p in floor.positions().items()}


def _near(values: Mapping[str, Fraction]) -> list[str]:
    middle = median(values.values()) if values else Fraction(0)
    return [seat for seat, value in values.items() if abs(value - middle) <= NEAR]


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


def _log_odds_mean(shares: list[float]) -> float:
    """The probability whose log-odds are the mean of the log-odds (logistic pooling)."""
    mean = fmean(math.log(share) - math.log1p(-share) for share in shares)
    return 1 / (1 + math.exp(-mean))


def _answer(case: Case, floor: Floor, values: Mapping[str, Fraction]) -> str | None:
    middle = median(values.values())
    nearest = min(abs(value - middle) for value in values.values())
    at_median = [seat for seat, value in values.items() if abs(value - middle) == nearest]
    positions = floor.positions()
    speaker = by_claim(case, {seat: positions[seat] for seat in at_median})[0]
    argument = plain(floor, speaker).argument
    low, high = min(values.values()), max(values.values())
    if high - low <= NEAR:
        return argument or None
    lowest = [seat for seat, value in values.items() if value == low]
    highest = [seat for seat, value in values.items() if value == high]
    divergence = (
        f"The estimates range from {float(low):g} ({seat_titles(lowest)}) to {float(high):g} "
        f"({seat_titles(highest)})."
    )
    return f"{argument} {divergence}".strip()


def _minority(
    case: Case, floor: Floor, values: Mapping[str, Fraction]
) -> tuple[MinorityReport, ...]:
    """Every seat that stands far from the median, with its own reasoning."""
    middle = median(values.values())
    return tuple(
        minority_entry(case, floor, floor.positions()[seat].position, (seat,))
        for seat, value in values.items()
        if abs(value - middle) >= FAR
    )

"""Core: what a panel of judges arrived at. Keys and their order are the contract's."""

from collections.abc import Mapping
from typing import Literal

from magi_mcp.core.frozen import Frozen
from magi_mcp.core.verdict import AnyDecision

JudgementOutcome = Literal[
    "scored",  # one answer, without a threshold
    "passed",
    "not_passed",
    "winner",  # one of several answers stands alone in the first place
    "tie",
    "no_quorum",  # too few judges for a judgement
]
PairKind = Literal[
    "preference",  # the same answer in both orders: the one kind that is counted
    "level",  # neither, in both orders
    "flipped",  # the preference went with the order
    "abstained",
    "unreadable",
    "failed",
]


class Spread(Frozen):
    """Scores brought together, on the scale from 1 to 10."""

    median: float
    min: float
    max: float


class CriterionSpread(Frozen):
    """The scores for one criterion; None where nobody gave one."""

    name: str
    median: float | None
    min: float | None
    max: float | None


class PairBallot(Frozen):
    """What a judge holds of two answers, read in both orders.

    ``prefers`` is the number of the answer it prefers in both; anything else is its
    abstention, or was lost.
    """

    answers: tuple[int, int]
    kind: PairKind
    prefers: int | None


class JudgeRecord(Frozen):
    """One judge: its scores by criterion, None where it gave none, or its ballots on pairs.

    ``overall`` is its overall score; ``rationale`` holds its reasons, by criterion or by the
    order in which it read two answers (``2v1``). ``model`` and ``served_by`` are None where the
    case is anonymous.
    """

    seat: str
    model: str | None
    served_by: str | None
    scores: Mapping[str, int | None] | None = None
    overall: float | None = None
    pairs: tuple[PairBallot, ...] | None = None
    rationale: Mapping[str, str]


class RankedAnswer(Frozen):
    """An answer in its place; those of equal ``share`` share theirs.

    ``wins`` are the counted ballots that prefer it, ``share`` their part in all counted ballots
    that compare it with another; None where there is none.
    """

    place: int
    answer_no: int
    wins: int
    share: float | None


class Dissent(Frozen):
    """What some judges hold against the others, with the reasons of the first of them.

    ``position`` says it in words. ``criterion``, ``score`` and ``median`` are there for a score
    that lies 3 or more from the median.
    """

    position: str
    seats: tuple[str, ...]
    argument: str
    criterion: str | None = None
    score: float | None = None
    median: float | None = None


class Agreement(Frozen):
    """How far the judges agree beyond chance. None where it cannot be told."""

    value: float | None
    coefficient: str


class Scored(Frozen):
    """Of one answer: the scores. None of it is there for several."""

    passed: bool | None = None
    winner: int | None = None
    overall: Spread | None = None
    criteria: tuple[CriterionSpread, ...] | None = None


class Panel(Frozen):
    """Who judged what; of several answers also the ranking, and how many preferences flipped."""

    judges: tuple[JudgeRecord, ...] = ()
    ranking: tuple[RankedAnswer, ...] | None = None
    order_flips: int | None = None
    minority_report: tuple[Dissent, ...] = ()


class JudgementFindings(Panel, Scored):
    """What the judges arrived at: the part of a judgement that follows from their replies."""

    outcome: JudgementOutcome


class JudgementDecision(AnyDecision):
    """What a panel of judges came to."""

    kind: Literal["judgement"] = "judgement"
    findings: JudgementFindings

    @property
    def status(self) -> Literal["decided", "undecided"]:
        return "undecided" if self.findings.outcome in ("tie", "no_quorum") else "decided"

    @property
    def outcome(self) -> str:
        return self.findings.outcome

    @property
    def ruling(self) -> str | None:
        """What was found, on one line: ``8 of 10``, ``answer 2``."""
        findings = self.findings
        if self.status == "undecided":
            return None
        if findings.winner is not None:
            return f"answer {findings.winner}"
        return f"{findings.overall.median:g} of 10" if findings.overall else None

    @property
    def argument(self) -> str:
        """All that the judges gave as reasons."""
        reasons = (text for judge in self.findings.judges for text in judge.rationale.values())
        return " ".join(reasons)

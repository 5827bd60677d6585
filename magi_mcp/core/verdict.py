"""Core: the result shapes of the contract. Keys and their order are what clients see."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict, Field

from magi_mcp.core.ballots import BallotKind
from magi_mcp.core.case import Kind
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.tallies import TallyEntry

Status = Literal[
    "running",
    "awaiting_replies",  # of the caller, who plays the seats
    "decided",
    "undecided",
    "interrupted",
    "cancelled",
    "failed",
]
"""The states of a deliberation."""

UNDER_WAY: tuple[Status, ...] = ("running", "awaiting_replies")
"""The states from which a deliberation goes on without being resumed."""


def status_of_open(*, delegated: bool) -> Status:
    """That of a deliberation without an end; ``delegated`` where the caller plays the seats."""
    return "awaiting_replies" if delegated else "running"


Outcome = Literal[
    "unanimous",
    "majority",
    "plurality",
    "tie",
    "below_threshold",
    "no_quorum",
    "forced",
    "estimate",
    "synthesis",
    "ranking",
]
DecidedBy = Literal["votes", "arbiter", "trusted_seat", "none"]
UNDECIDED: tuple[Outcome, ...] = ("tie", "below_threshold", "no_quorum")
"""The outcomes under which the council has said nothing that may be passed on as its own."""

UNPRICED = "The price of at least one call is unknown, so there is no total cost."
"""The warning of a result whose ``cost_usd`` is unknown."""

UNBOUND = (
    "The price of {models} is unknown: there is no total cost, and max_cost_usd cannot bind it, "
    "only max_tokens can."
)
"""The same where a limit of cost was set (semantics R7)."""

RESUMED = "Resumed: "
"""How the warnings begin that a deliberation was broken off and gone on with."""

_NO_CAUSES = ("The price of ", RESUMED)
"""How the warnings begin that say nothing of why a council failed."""


class Envelope(Frozen):
    """What every result starts with. Unknown is None, never 0.

    A plan has no dossier: nothing was opened.
    """

    schema_version: Literal["1"] = "1"
    kind: Kind
    dossier_id: str | None
    dossier_uri: str | None
    status: Literal["planned"] | Status
    degraded: bool
    provisional: bool
    warnings: tuple[str, ...]
    rounds: int
    calls: int
    tokens_in: int | None
    tokens_out: int | None
    cost_usd: float | None
    elapsed_s: float | None
    next_step: str | None
    omitted: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[str, ...]:
        """Those of the warnings that say why a council failed, which prices and legs do not."""
        if self.status != "failed":
            return ()
        return tuple(each for each in self.warnings if not each.startswith(_NO_CAUSES))

    @property
    def cautions(self) -> tuple[str, ...]:
        """The warnings that are no causes."""
        return tuple(warning for warning in self.warnings if warning not in self.causes)


class Confidence(Frozen):
    """How often a council that split like this one was right; never a model's own claim."""

    value: float | None = Field(ge=0, le=1)
    basis: str


class Arbiter(Frozen):
    """The arbiter's choice on a split, and whether the ruling differs because of it.

    ``model`` is None where the case is anonymous.
    """

    model: str | None
    position: str
    changed: bool


class Estimate(Frozen):
    """Probabilities brought together. ``spread`` is their standard deviation (population).

    ``log_odds_mean`` is the probability at the mean of the log-odds; None where a seat
    stated 0 or 1, whose log-odds are infinite.
    """

    mean: float
    median: float
    log_odds_mean: float | None
    min: float
    max: float
    spread: float


class RankedDraft(Frozen):
    """A draft in its place. ``adjusted`` is its mean score without the raters' own levels."""

    draft: int
    seat: str
    adjusted: float | None
    mean: float | None
    text: str


class Synthesis(Frozen):
    """One account of all views."""

    consensus: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()
    partial_coverage: tuple[str, ...] = ()
    unique_insights: tuple[str, ...] = ()
    blind_spots: tuple[str, ...] = ()


class BallotRecord(Frozen):
    """The ballot that stands for one seat; ``summary`` is its argument.

    ``model`` is None where the case is anonymous.
    """

    seat: str
    persona: str | None
    model: str | None
    served_by: str | None
    round: int
    kind: BallotKind
    position: str | None
    stated_confidence: float | None
    summary: str


class BlindVote(Frozen):
    """The vote before anybody had read anybody."""

    outcome: Outcome
    ruling: str | None
    tally: tuple[TallyEntry, ...]


class MinorityReport(Frozen):
    """A position that lost, argued in its holders' own words.

    ``base_rate`` is how often a dissenter in this place was right on recorded examinations,
    None where nothing was measured.
    """

    position: str
    seats: tuple[str, ...]
    argument: str
    would_flip: str | None
    base_rate: float | None


class MindChange(Frozen):
    """A seat's step from one position to another; None stands for an abstention."""

    model_config = ConfigDict(populate_by_name=True)

    seat: str
    round: int
    from_: str | None = Field(alias="from")
    to: str | None
    because: str | None


class SeatPlan(Frozen):
    """A seat's part: its models in the order in which they are tried, and its price at most.

    An ask to one of the seats, whichever it will be, is reckoned to each of them here, so
    that these prices add up to more than the whole. None: a price is unknown. ``models`` is
    empty where the case is anonymous.
    """

    seat: str
    models: tuple[str, ...]
    cost_usd: float | None


Affordable = Literal[
    "all",
    "part",  # the first round and a conclusion; later rounds may not be asked
    "none",  # not even the first round, so that nobody would be asked
]
"""How much of a plan fits what may be spent."""


class Plan(Frozen):
    """What a deliberation takes at most, if nothing has to be asked twice.

    ``least_calls`` are enough where all seats agree at once. ``tokens`` are those in and out
    together; ``cost_usd`` is None where a price is unknown. ``exceeds`` says in words which
    limits the whole of it does not fit, as far as prices are known.
    """

    calls: int
    least_calls: int
    tokens: int
    cost_usd: float | None
    seats: tuple[SeatPlan, ...]
    affordable: Affordable = "all"
    exceeds: tuple[str, ...] = ()


class Progress(Frozen):
    """How far a running deliberation has come. ``of`` is the most rounds it may take.

    What serves a round is told in words alone: ``doing`` says what the council does, ``heard``
    and ``awaited`` who has replied in it and who has not, by the names they are shown by.
    """

    round: int
    of: int
    answered: int
    seats: int
    seconds_left: float | None
    doing: str = Field(default="", exclude=True)
    heard: tuple[str, ...] = Field(default=(), exclude=True)
    awaited: tuple[str, ...] = Field(default=(), exclude=True)


class OpenAsk(Frozen):
    """An ask that the caller has to answer: all that a seat would have been sent.

    ``system`` and ``prompt`` are None, and absent from results, where there was no room for them.
    """

    ask_id: str
    seat: str
    system: str | None = None
    prompt: str | None = None


class Actual(Frozen):
    """What really happened, as somebody told it at the moment ``at`` (seconds since the epoch).

    ``answer`` is the option that proved right, or ``correct`` or ``wrong``; ``correct`` says
    whether the ruling was, None where there was none.
    """

    answer: str
    correct: bool | None
    note: str
    at: float


class Findings(Frozen):
    """What the council arrived at: the part of a verdict that follows from the ballots."""

    route: tuple[str, ...] = ()
    outcome: Outcome | None = None
    ruling: str | None = None
    decided_by: DecidedBy = "none"
    arbiter: Arbiter | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    estimate: Estimate | None = None
    answer: str | None = None
    agreement: float | None = Field(default=None, ge=0, le=1)
    confidence: Confidence | None = None
    tally: tuple[TallyEntry, ...] = ()
    blind_vote: BlindVote | None = None
    ballots: tuple[BallotRecord, ...] = ()
    minority_report: tuple[MinorityReport, ...] = ()
    mind_changes: tuple[MindChange, ...] = ()
    pivotal_seats: tuple[str, ...] = ()
    ranking: tuple[RankedDraft, ...] | None = None
    synthesis: Synthesis | None = None
    open_questions: tuple[str, ...] = ()


class AnyDecision(Frozen, ABC):
    """The end of a procedure of any kind: all that qualifies the authority of what was found."""

    kind: Kind
    rounds: int
    degraded: bool
    provisional: bool
    warnings: tuple[str, ...] = ()

    @property
    @abstractmethod
    def status(self) -> Literal["decided", "undecided"]:
        """Whether anything was found that may be passed on as the council's own."""

    @property
    @abstractmethod
    def outcome(self) -> str | None:
        """What came of it, in the one word that lists show and searches filter by."""

    @property
    @abstractmethod
    def ruling(self) -> str | None:
        """What was ruled, on one line; None without a ruling."""

    @property
    @abstractmethod
    def argument(self) -> str:
        """What was said for it and against it that searches are to find; may be empty."""


class Decision(AnyDecision):
    """What a deliberation came to.

    ``labels`` maps every position that was stated to the position it was counted for.
    """

    kind: Literal["deliberation"] = "deliberation"
    findings: Findings
    labels: Mapping[str, str]

    @property
    def status(self) -> Literal["decided", "undecided"]:
        return "undecided" if self.findings.outcome in UNDECIDED else "decided"

    @property
    def outcome(self) -> str | None:
        return self.findings.outcome

    @property
    def ruling(self) -> str | None:
        return self.findings.ruling

    @property
    def argument(self) -> str:
        return self.findings.answer or ""


class _Subject(Frozen):
    question: str
    method: str
    protocol: str


class Planned(Findings, _Subject, Envelope):
    """The contract's result of a deliberation that was only reckoned with: it found nothing."""

    dossier_id: None = None
    dossier_uri: None = None
    status: Literal["planned"] = "planned"
    plan: Plan


class Verdict(Findings, _Subject, Envelope):
    """The contract's result of a deliberation, in every state it can be in."""

    dossier_id: str
    dossier_uri: str
    status: Status
    progress: Progress | None = None
    actual: Actual | None = None
    asks: tuple[OpenAsk, ...] | None = None

"""Records a journal for every procedure that has none: ``python -m tests.histories.recording``.

What is recorded touches every kind of step that the procedure knows: positions of one
meaning, a changed mind, an abstention, an unreadable and a failed reply, a seat that was late,
whoever serves a round failing once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from magi_mcp.core.asks import Ask, Purpose
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import (
    METHODS,
    PROTOCOLS,
    Access,
    Candidate,
    Case,
    Lens,
    Limits,
    MethodName,
    ProtocolName,
)
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import (
    Cancelled,
    CaseOpened,
    Event,
    LateReply,
    RoundAsked,
    RoundRefused,
)
from magi_mcp.core.playing import HandedIn, open_asks
from magi_mcp.core.protocols import procedure_name
from magi_mcp.core.replies import Answered, Attempt, Reply, Usage
from tests.callers.stage import Paper as CallersPaper
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    Line,
    a_case,
    authors_shown,
    entries,
    failed,
    from_own_model,
    grouped,
    rated,
    round_number,
    said,
    voted,
    wrote,
)
from tests.histories import path_of

SEATS = ("melchior", "balthasar", "casper", "dora", "emil")
HOUSES = (*MODELS, "mistral/mistral-large-latest")
LATE = "r2/emil"
FALLEN_BACK, FALLBACK = "melchior", "openai/house-model"
SHORTAGE = "its worst case, $0.03, is more than the $0.02 left of max_cost_usd, $0.05"
OPTIONS = ("Ship on Friday", "Postpone to Monday")
OPEN = ("Ship on Friday", "Wait until Monday", "Postpone to Monday")
STANCES: Mapping[MethodName, Sequence[str]] = {
    "yes_no": ("yes", "no", "No."),
    "options": ("Ship on Friday", "B", "postpone to monday."),
    "probability": ("0.7", "0.2", "20 %"),
    "majority": OPEN,
    "consensus": OPEN,
    "minority": OPEN,
    "synthesis": OPEN,
}
SCORES: Mapping[str, Mapping[str, float]] = {
    "melchior": {"balthasar": 4, "casper": 7, "dora": 6},
    "balthasar": {"melchior": 8, "casper": 7},
    "casper": {"melchior": 7, "balthasar": 6, "dora": 3},
    "dora": {"melchior": 9, "balthasar": 2.5, "casper": 8},
}
"""What each rater scores each author; who is left out goes unrated."""


Variant = Literal[
    "arbiter",  # an arbiter settles the split
    "fallback",  # a seat is served by another model than its own
    "late",  # a reply comes after its round was closed
    "budget",  # a round could not be paid for
    "resumed",  # it was cancelled in its first round, and forsaken before its second
    "early",  # a round is closed early, as nothing could change the ruling
    "played",  # its caller plays the seats
]


@dataclass(frozen=True)
class Scene:
    """A procedure to record, as it usually goes or in a variant."""

    method: MethodName
    protocol: ProtocolName
    variant: Variant | None = None

    @property
    def path(self) -> Path:
        """Where its journal lies."""
        return path_of(procedure_name(self.method, self.protocol), self.variant)


def scenes() -> Iterable[Scene]:
    """Every method with every protocol, and every variant once."""
    yield from (Scene(method, protocol) for method in METHODS for protocol in PROTOCOLS)
    yield Scene("options", "escalate", "arbiter")
    yield Scene("consensus", "vote", "fallback")
    yield Scene("majority", "vote", "late")
    yield Scene("yes_no", "critique", "budget")
    yield Scene("yes_no", "critique", "early")
    yield Scene("majority", "critique", "resumed")
    yield Scene("yes_no", "critique", "played")


def case_of(scene: Scene) -> Case:
    """A case in which there is something to argue."""
    case = a_case(
        scene.method,
        scene.protocol,
        seats=SEATS,
        models=(CALLER,) if scene.variant == "played" else HOUSES,
        lenses=(Lens(name="Melchior", text="Look at it as an engineer would."), None),
        options=OPTIONS if scene.method == "options" else (),
        context="4.2 adds two columns.\nThe partner launches on Monday.",
        seed=f"history of {scene.method}/{scene.protocol}",
        limits=_limits(scene.variant),
        arbiter="anthropic/claude-opus-4.5" if scene.variant == "arbiter" else None,
        trust=(0.0, 0.0, 1.0),
    )
    if scene.variant != "fallback":
        return case
    fallback = Candidate(model=FALLBACK, access=Access(api_key_env="HOUSE_KEY"), family="house")
    seats = [
        seat.model_copy(update={"fallbacks": (fallback,) if seat.name == FALLEN_BACK else ()})
        for seat in case.seats
    ]
    return case.model_copy(update={"seats": tuple(seats)})


def _limits(variant: Variant | None) -> Limits:
    match variant:
        case "budget":
            return Limits(max_rounds=2, min_rounds=1, max_cost_usd=0.05, max_tokens=20_000)
        case "early":
            return Limits(max_rounds=1, min_rounds=1, early_close=True)
        case _:
            return Limits(max_rounds=2, min_rounds=1)


def script_of(method: MethodName) -> dict[str, list[Line]]:
    """A tie of two and two that one changed mind resolves."""
    if method == "compose":
        return drafts()
    ship, wait, postpone = STANCES[method]
    return {
        "melchior": [voted(ship, "The lock is short.", confidence=0.8, needs=["The log"])],
        "balthasar": [
            voted(wait, "Nobody is on call.", would_flip="A name."),
            voted(ship, "It needs nobody.", because="the rehearsal log"),
        ],
        "casper": [voted(postpone, "Rows are lost.\nFor good.", would_flip="Proof.")],
        "dora": [voted(ship, "Waiting costs."), failed("rate_limited", "429"), ABSTAINED],
        "emil": [said("It depends."), "late", voted("abstain", "I cannot tell.")],
    }


def drafts() -> dict[str, list[Line]]:
    """Drafts that tell their authors, one of them revised, one empty."""
    return {
        "melchior": [wrote("Draft by melchior: we ship.")],
        "balthasar": [wrote("Draft by balthasar: we wait."), wrote("Draft by balthasar: we ship.")],
        "casper": [wrote("Draft by casper.\n\nWe postpone.")],
        "dora": [wrote("Draft by dora."), failed("rate_limited", "429"), ABSTAINED],
        "emil": [wrote(""), "late", ABSTAINED],
    }


def service(ask: Ask) -> Reply:
    """What is said to an ask that serves a round; whoever is asked first fails."""
    purpose: Purpose = ask.purpose
    match purpose:
        case "grouping":
            by_meaning = grouped(("Wait until Monday", "Postpone to Monday"))
            return said("no idea") if "grouping1" in ask.ask_id else by_meaning(ask)
        case "draft" | "ruling":
            first = ask.ask_id.partition("/")[0].endswith("1")
            points = {"consensus": ["It ships."], "blind_spots": ["The log.", "Who is on call."]}
            return failed("server", "500") if first else wrote("We ship, watched.", **points)
        case "ratification":
            if ask.seat == "emil":
                return said("It depends.")
            wants_more = ask.seat == "casper" or round_number(ask) == 1
            vote = "object" if wants_more and ask.seat in ("balthasar", "casper") else "accept"
            return voted(vote, "Rows may be lost.", would_flip="A rehearsal.")
        case "rating":
            shown = authors_shown(ask, SEATS)
            assert shown, "every draft names its author"
            return rated(SCORES)(ask) if ask.seat in SCORES else said("no idea")
        case _:
            return voted("B", "Rows cannot be had back.")


def served(case: Case, ask: Ask, reply: Reply) -> Reply:
    """The reply by whatever model serves the seat, with all that was tried for it."""
    if not case.seat(ask.seat).fallbacks or not isinstance(reply, Answered):
        return from_own_model(case, ask, reply)
    usage = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=0.001)
    attempts = (
        Attempt(
            model=case.seat(ask.seat).model,
            outcome="authentication",
            detail="HTTP 401: no such key",
            elapsed_s=0.2,
        ),
        Attempt(model=FALLBACK, outcome="answered", waited_s=0.1, elapsed_s=1.2, usage=usage),
    )
    return reply.model_copy(update={"served_by": FALLBACK, "attempts": attempts})


class Paper:
    """A journal that is written on paper while its deliberation goes on."""

    def __init__(self, case: Case) -> None:
        self.deliberation = Deliberation(case)
        self.events: list[Event] = [CaseOpened(case=case)]

    def take(self, event: Event) -> None:
        self.deliberation.apply(event)
        self.events.append(event)

    def stop(self, by: Event) -> None:
        """Have the leg ended by an event, and begin another one."""
        self.take(by)
        for event in self.deliberation.resumption("the user"):
            self.take(event)


def answer(case: Case, ask: Ask) -> Reply:
    """What the script of the case's method has for an ask."""
    if ask.purpose not in ("answer", "rebuttal"):
        return service(ask)
    lines = script_of(case.method)[ask.seat]
    line = lines[min(round_number(ask), len(lines)) - 1]
    return voted(line) if isinstance(line, str) else line


def journal_of(case: Case, variant: Variant | None) -> list[Event]:
    """The journal of a deliberation on paper, in which one seat is late."""
    if variant == "played":
        return played(case)
    paper = Paper(case)
    deliberation = paper.deliberation
    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        round_id = due.round_id if isinstance(due, RoundAsked) else None
        if variant == "budget" and round_id == "r3":
            paper.take(RoundRefused(round_id="r3", reason="budget", detail=SHORTAGE))
            continue
        if variant == "resumed" and round_id == "r2":
            paper.stop(RoundRefused(round_id="r2", reason="cancelled"))
        paper.take(due)
        for ask in reversed(deliberation.pending):
            if ask.ask_id != LATE:
                paper.take(deliberation.received(ask, served(case, ask, answer(case, ask))))
            if variant == "resumed" and ask.ask_id == "r1/casper":
                paper.stop(Cancelled(by="the user"))
        if deliberation.pending:
            paper.take(deliberation.closed("settled" if deliberation.foregone else "deadline"))
            if variant == "late":
                words = voted(STANCES[case.method][0], "I would have shipped.")
                paper.take(LateReply(ask_id=LATE, seat="emil", reply=words))
    return paper.events


def played(case: Case) -> list[Event]:
    """The same with the caller on every seat, one reply at a time, and all of them readable."""
    paper = CallersPaper(case)
    while asks := open_asks(paper.entries):
        ask = asks[-1]
        reply = answer(case, ask)
        if not isinstance(reply, Answered) or ask.form.fault(reply.text):
            reply = voted("yes", "Waiting costs.")
        model = "" if ask.seat == "emil" else HOUSES[SEATS.index(ask.seat)]
        paper.hand_in(HandedIn(ask.ask_id, reply.text, model))
    return [entry.event for entry in paper.entries]


def record() -> None:
    """Write the journals that are missing; never touch one that is there."""
    for scene in scenes():
        if not scene.path.exists():
            journal = entries(journal_of(case_of(scene), scene.variant))
            lines = [entry.model_dump_json(by_alias=True) for entry in journal]
            scene.path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()

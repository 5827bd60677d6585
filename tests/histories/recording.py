"""Records a journal for every procedure that has none: ``python -m tests.histories.recording``.

What is recorded touches every kind of step that the procedure knows: positions of one
meaning, a changed mind, an abstention, an unreadable and a failed reply, a seat that was late.
"""

from collections.abc import Iterable

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import METHODS, PROTOCOLS, Case, Lens, Limits, MethodName, ProtocolName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.events import CaseOpened, Event, RoundClosed
from magi_mcp.core.replies import Reply
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    Line,
    a_case,
    entries,
    failed,
    from_own_model,
    grouped,
    said,
    voted,
)
from tests.histories import path_of

SEATS = ("melchior", "balthasar", "casper", "dora", "emil")
LATE = "r2/emil"
STANCES = {
    "yes_no": ("yes", "no", "No."),
    "options": ("Ship on Friday", "B", "postpone to monday."),
    "majority": ("Ship on Friday", "Wait until Monday", "Postpone to Monday"),
}


def case_of(method: MethodName, protocol: ProtocolName) -> Case:
    """A case in which there is something to argue."""
    return a_case(
        method,
        protocol,
        seats=SEATS,
        models=(*MODELS, "mistral/mistral-large-latest"),
        lenses=(Lens(name="Melchior", text="Look at it as an engineer would."), None),
        options=("Ship on Friday", "Postpone to Monday") if method == "options" else (),
        context="4.2 adds two columns.\nThe partner launches on Monday.",
        seed=f"history of {method}/{protocol}",
        limits=Limits(max_rounds=2, min_rounds=1),
    )


def script_of(method: MethodName) -> dict[str, list[Line]]:
    """A tie of two and two that one changed mind resolves."""
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


def journal_of(case: Case) -> list[Event]:
    """The journal of a deliberation on paper, in which one seat is late."""
    script = script_of(case.method)
    by_meaning = grouped(("Wait until Monday", "Postpone to Monday"))

    def answer(ask: Ask) -> Reply:
        if ask.purpose == "grouping":
            return said("no idea") if "grouping1" in ask.ask_id else by_meaning(ask)
        lines = script[ask.seat]
        number = int(ask.ask_id[1])
        line = lines[min(number, len(lines)) - 1]
        return voted(line) if isinstance(line, str) else line

    deliberation = Deliberation(case)
    events: list[Event] = [CaseOpened(case=case)]

    def take(event: Event) -> None:
        deliberation.apply(event)
        events.append(event)

    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        take(due)
        for ask in reversed(deliberation.pending):
            if ask.ask_id != LATE:
                take(deliberation.received(ask, from_own_model(case, ask, answer(ask))))
        if deliberation.pending:
            take(RoundClosed(round_id="r2", reason="deadline", missing=(LATE,)))
    return events


def procedures() -> Iterable[tuple[MethodName, ProtocolName]]:
    """Every method with every protocol."""
    return [(method, protocol) for method in METHODS for protocol in PROTOCOLS]


def record() -> None:
    """Write the journals that are missing; never touch one that is there."""
    for method, protocol in procedures():
        case = case_of(method, protocol)
        path = path_of(case.procedure)
        if not path.exists():
            lines = [entry.model_dump_json(by_alias=True) for entry in entries(journal_of(case))]
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    record()

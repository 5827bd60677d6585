"""Real cases and events, and a clock that stands still until it is told to move."""

from magi_mcp.core.ballots import Position
from magi_mcp.core.case import Case, Lens, Seat
from magi_mcp.core.events import CaseOpened, Event, ReplyReceived, VerdictReached
from magi_mcp.core.replies import Answered
from magi_mcp.core.verdict import Decision, Findings

OPENED_AT = 1_700_000_000.0


class ManualClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self._now = OPENED_AT

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += seconds


def dossier_id(number: int, end: str = "00000000") -> str:
    """A UUIDv7; a greater number is a younger dossier. ``end`` are its last 8 characters."""
    return f"{number:08x}-0000-7000-8000-0000{end}"


def case(dossier: str, question: str = "Should we ship?", context: str = "") -> Case:
    return Case(
        dossier_id=dossier,
        question=question,
        context=context,
        method="yes_no",
        protocol="vote",
        procedure="vote@1",
        seats=(
            Seat(name="casper", model="scripted/c", lens=Lens(name="casper", text="Doubt. " * 60)),
            Seat(name="melchior", model="scripted/m"),
        ),
        seed="0" * 64,
        prompts={"yes_no": "Answer yes or no. " * 30},
    )


def opened(dossier: str, question: str = "Should we ship?", context: str = "") -> CaseOpened:
    return CaseOpened(case=case(dossier, question, context))


def reply(text: str) -> ReplyReceived:
    return ReplyReceived(
        ask_id="r1/casper",
        seat="casper",
        reply=Answered(text=text, served_by="scripted/c", elapsed_s=0.1),
        ballot=Position(position="yes", argument=text),
    )


def verdict(ruling: str | None) -> VerdictReached:
    findings = Findings(outcome="tie" if ruling is None else "majority", ruling=ruling)
    return VerdictReached(
        decision=Decision(findings=findings, rounds=1, labels={}, degraded=False, provisional=True)
    )


def texts(events: list[Event]) -> list[str]:
    """What the replies among ``events`` say."""
    return [
        event.reply.text
        for event in events
        if isinstance(event, ReplyReceived) and isinstance(event.reply, Answered)
    ]

"""Server: waiting for a verdict, and telling whoever waits how far the council has come.

Only the waiting call reports, so a client that stops reading holds up nobody but itself. No
report tells how anybody voted.
"""

from typing import assert_never

from magi_mcp.core.activity import activity, how_closed, why_not_asked
from magi_mcp.core.anonymity import Mask
from magi_mcp.core.case import Case
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.events import (
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Event,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import Reply
from magi_mcp.core.words import plural, seat_title
from magi_mcp.runtime.chamber import Sitting
from magi_mcp.server.arguments import Ctx

LOADING = "loading models"


class Headway:
    """Steps done and steps known of: each round that goes out is one, and each reply.

    ``done`` grows with every event that has something to tell, as the protocol demands.
    """

    def __init__(self, case: Case) -> None:
        self._mask = Mask(case)
        self.done = 0
        self.total = 0
        self._round: RoundAsked | None = None
        self._replies = 0

    def after(self, event: Event) -> str | None:
        """Take one more event; what to tell a person about it, None for nothing."""
        match event:
            case RoundAsked():
                self._round, self._replies = event, 0
                self.done += 1
                self.total += 1 + len(event.asks)
                return self._asking(event)
            case ReplyReceived():
                self._replies += 1
                self.done += 1
                return self._replied(event.seat, event.reply)
            case RoundClosed():
                self.done = self.total
                return f"{self._name}: {how_closed(event.reason)}, {self._share}"
            case RoundRefused():
                self.total += 1
                self.done = self.total
                return why_not_asked(event.reason)
            case CaseOpened() | LateReply() | VerdictReached() | CouncilFailed() | Cancelled():
                return None
            case OutcomeRecorded():
                return None
            case _:
                assert_never(event)

    @property
    def _name(self) -> str:
        assert self._round is not None, "replies follow a round"
        return activity(self._round.purpose, self._round.number)

    @property
    def _share(self) -> str:
        assert self._round is not None, "replies follow a round"
        return f"{self._replies} of {len(self._round.asks)}"

    def _asking(self, event: RoundAsked) -> str:
        if event.purpose == "arbitration":
            return self._name
        return f"{self._name}: asking {plural(len(event.asks), 'seat')}"

    def _replied(self, seat: str, reply: Reply) -> str:
        match reply.kind:
            case "answered" | "abstained":
                heard = "has answered"
            case "failed":
                heard = "could not answer"
        return f"{self._name}: {seat_title(self._mask.name(seat))} {heard}, {self._share}"


async def until_the_end(sitting: Sitting, ctx: Ctx) -> Dossier:
    """Wait for the end of a sitting, reporting every round and every reply.

    Raises what broke the deliberation off, if it did not end.
    """
    council = ctx.request_context.lifespan_context
    if council.must_load_models(sitting.dossier.case):
        await ctx.report_progress(0, None, LOADING)
    headway = Headway(sitting.dossier.case)
    async for entry in sitting.ledger.follow():
        told = headway.after(entry.event)
        if told is not None:
            await ctx.report_progress(headway.done, headway.total, told)
    return await sitting.wait()

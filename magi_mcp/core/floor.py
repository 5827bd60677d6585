"""Core: the floor, everything that has been said so far, and which ballots stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from magi_mcp.core.asks import RefusalReason, Replies
from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.replies import Abstained, Answered, Failed, Reply
from magi_mcp.core.tallies import Tally


@dataclass(frozen=True)
class Heard:
    """One seat's ballot in one round, and the model that really gave it."""

    seat: str
    round_number: int
    ballot: Ballot
    served_by: str | None


@dataclass(frozen=True)
class Count:
    """The standing ballots, counted.

    ``labels`` maps every position stated so far to the position it counts for: itself, or
    the label of its group where positions are open.
    """

    tally: Tally
    labels: Mapping[str, str]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Floor:
    """Rounds of ballots by seat, the first being the blind one.

    ``tally`` is the count after the newest round, None until it is counted; ``labels`` maps
    every position counted so far as in :class:`Count`; ``halted`` says why no further round
    was asked, where one was due.
    """

    rounds: tuple[Mapping[str, Heard], ...] = ()
    tally: Tally | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    halted: RefusalReason | None = None
    _standing: dict[str, Heard] = field(default_factory=dict, repr=False)

    def heard(self, replies: Replies, form: BallotForm) -> "Floor":
        """The floor after one more round, its replies read by ``form``."""
        number = len(self.rounds) + 1
        spoken = {
            seat: Heard(seat, number, read(reply, form), _served_by(reply))
            for seat, reply in replies.by_seat.items()
        }
        standing = {**self._standing}
        for seat, heard in spoken.items():
            standing[seat] = _stands(standing.get(seat), heard)
        return replace(self, rounds=(*self.rounds, spoken), tally=None, _standing=standing)

    def counted(self, count: Count) -> "Floor":
        return replace(
            self,
            tally=count.tally,
            labels=count.labels,
            warnings=(*self.warnings, *count.warnings),
        )

    def halt(self, reason: RefusalReason) -> "Floor":
        return replace(self, halted=reason)

    @property
    def number(self) -> int:
        """How many rounds have been heard; also the number of the newest."""
        return len(self.rounds)

    @property
    def standing(self) -> Mapping[str, Heard]:
        """The ballot that counts for each seat (semantics R1), in seat order."""
        return self._standing

    @property
    def blind(self) -> Mapping[str, Heard]:
        return self.rounds[0]

    def positions(self, heard: Mapping[str, Heard] | None = None) -> dict[str, Position]:
        """The positions among ``heard``, by default among the standing ballots, by seat."""
        return {
            seat: said.ballot
            for seat, said in (self._standing if heard is None else heard).items()
            if isinstance(said.ballot, Position)
        }

    @property
    def everyone_failed(self) -> bool:
        return all(isinstance(said.ballot, Missing) for said in self.blind.values())

    @property
    def debaters(self) -> list[str]:
        """The seats that may answer their peers: they spoke blind, and have a peer to read.

        A seat that failed the blind round stays out (semantics R1): it has no independent
        view that its peers could have moved.
        """
        voices = self.positions()
        return [
            seat
            for seat, said in self.blind.items()
            if not isinstance(said.ballot, Missing) and any(peer != seat for peer in voices)
        ]

    @property
    def flawed(self) -> bool:
        """Whether any seat failed or was unreadable in any round."""
        return any(
            isinstance(said.ballot, Missing | Unreadable)
            for spoken in self.rounds
            for said in spoken.values()
        )

    def before(self, round_number: int) -> Mapping[str, Heard]:
        """The ballots that stood before a round."""
        standing: dict[str, Heard] = {}
        for spoken in self.rounds[: round_number - 1]:
            for seat, heard in spoken.items():
                standing[seat] = _stands(standing.get(seat), heard)
        return standing

    def label(self, ballot: Ballot) -> str | None:
        """What a ballot counts for; None for anything but a position."""
        return self.labels[ballot.position] if isinstance(ballot, Position) else None

    @property
    def moved(self) -> bool:
        """Whether the newest round changed what any seat's ballot counts for."""
        before = self.before(self.number)
        return any(
            self.label(said.ballot) != self.label(before[seat].ballot)
            for seat, said in self._standing.items()
        )


def read(reply: Reply, form: BallotForm) -> Ballot:
    """The ballot in a reply, read by the form it was asked in."""
    match reply:
        case Answered():
            return form.read(reply.text)
        case Abstained():
            return Abstention(reason=reply.reason)
        case Failed():
            return Missing(reason=f"{reply.failure}: {reply.detail}")


def _stands(earlier: Heard | None, later: Heard) -> Heard:
    readable = isinstance(later.ballot, Position | Abstention)
    return later if earlier is None or readable else earlier


def _served_by(reply: Reply) -> str | None:
    return None if isinstance(reply, Failed) else reply.served_by

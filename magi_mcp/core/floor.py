"""Core: the floor, everything that has been said so far, and which ballots stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from magi_mcp.core.asks import Refused, Replies
from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.fallbacks import attempts_of
from magi_mcp.core.forms import BallotReader
from magi_mcp.core.replies import Abstained, Answered, Attempt, Failed, Reply
from magi_mcp.core.tallies import Tally
from magi_mcp.core.verdict import Arbiter


@dataclass(frozen=True)
class Heard:
    """One seat's ballot in one round, the model that really gave it, and all that were tried."""

    seat: str
    round_number: int
    ballot: Ballot
    served_by: str | None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True)
class Count:
    """The standing ballots, counted.

    ``labels`` maps every position stated so far to the position it counts for: itself, or
    the label of its group where positions are open. ``share`` is the routing share
    (semantics R3), ``settled`` whether nothing is left to argue about, ``won`` whether the
    count decides the case as it stands. ``of_positions`` is False where the votes are not the
    seats' own positions but, say, what they think of a draft. Methods whose votes are of another
    kind say in a subclass what their votes rest on. ``ungrouped`` are positions that no seat
    could group: they count for themselves, and nobody has told them apart. ``carried`` says
    that it is the count of an earlier round, since the newest could not be counted.
    """

    tally: Tally
    labels: Mapping[str, str]
    share: Fraction
    settled: bool
    won: bool
    warnings: tuple[str, ...] = ()
    of_positions: bool = True
    ungrouped: frozenset[str] = frozenset()
    carried: bool = False

    @property
    def voices(self) -> int:
        """How many seats were counted."""
        return self.tally.counted

    @property
    def margin(self) -> int | None:
        """By how many votes the result leads; None where it is none that a vote could undo."""
        return self.tally.margin

    def ballots(self, standing: Mapping[str, Heard]) -> Mapping[str, Heard]:
        """The ballots that were counted or could have been, by seat."""
        return standing

    def missing(self, standing: Mapping[str, Heard]) -> int:
        """How many ballots were lost."""
        return sum(
            isinstance(heard.ballot, Missing | Unreadable)
            for heard in self.ballots(standing).values()
        )

    def stance(self, ballot: Ballot) -> str | None:
        """What a ballot holds, equal for ballots between which nobody has moved."""
        return self.labels[ballot.position] if isinstance(ballot, Position) else None


@dataclass(frozen=True)
class Settlement:
    """How a split was settled otherwise than by votes."""

    ruling: str
    decided_by: Literal["votes", "arbiter", "trusted_seat"]
    argument: str
    arbiter: Arbiter | None = None
    seat: str | None = None
    provisional: str | None = None


@dataclass(frozen=True)
class Floor:
    """Rounds of ballots by seat, the first being the blind one.

    ``names`` holds for each round the pseudonyms under which its readers saw their peers.
    ``count`` is the newest count; ``halted`` says why no further round was asked, where one
    was due; ``settlement`` how a split was settled without votes. ``unheard`` are the seats
    that the newest round was not kept open for: their earlier ballots stand.
    """

    rounds: tuple[Mapping[str, Heard], ...] = ()
    names: tuple[Mapping[str, str], ...] = ()
    count: Count | None = None
    warnings: tuple[str, ...] = ()
    halted: Refused | None = None
    settlement: Settlement | None = None
    arbiter_asked: bool = False
    unheard: tuple[str, ...] = ()
    _standing: dict[str, Heard] = field(default_factory=dict, repr=False)

    def heard(
        self, replies: Replies, form: BallotReader, names: Mapping[str, str] | None = None
    ) -> "Floor":
        """The floor after one more round, its replies read by ``form``."""
        number = len(self.rounds) + 1
        spoken = {
            seat: heard_in(number, seat, reply, form) for seat, reply in replies.by_seat.items()
        }
        standing = {**self._standing}
        for seat, heard in spoken.items():
            standing[seat] = _stands(standing.get(seat), heard)
        return replace(
            self,
            rounds=(*self.rounds, spoken),
            names=(*self.names, names or {}),
            unheard=replies.unheard,
            _standing=standing,
        )

    def counted(self, count: Count) -> "Floor":
        return replace(self, count=count).warned(*count.warnings)

    def warned(self, *warnings: str) -> "Floor":
        return replace(self, warnings=(*self.warnings, *warnings))

    def with_arbiter_asked(self) -> "Floor":
        return replace(self, arbiter_asked=True)

    def settled_by(self, settlement: Settlement) -> "Floor":
        return replace(self, settlement=settlement)

    def halt(self, refused: Refused) -> "Floor":
        return replace(self, halted=refused)

    @property
    def labels(self) -> Mapping[str, str]:
        """What each position counted for when it was last counted."""
        return self.count.labels if self.count else {}

    @property
    def grouped(self) -> Mapping[str, str]:
        """The labels of positions that a seat has sorted into groups, or told apart."""
        ungrouped = self.count.ungrouped if self.count else ()
        return {p: label for p, label in self.labels.items() if p not in ungrouped}

    @property
    def number(self) -> int:
        """How many rounds have been heard; also the number of the newest."""
        return len(self.rounds)

    @property
    def standing(self) -> Mapping[str, Heard]:
        """The ballot that counts for each seat (semantics R1), in seat order."""
        return self._standing

    @property
    def ballots(self) -> Mapping[str, Heard]:
        """The ballots on which the newest count rests: as a rule, the standing ones."""
        return self.count.ballots(self.standing) if self.count else self.standing

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
        """Whether a seat failed or was unreadable in any round, or what served the last failed."""
        count = self.count
        return bool(
            count and (count.missing(self.standing) or count.ungrouped or count.carried)
        ) or any(
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
        """Whether the newest round changed what any seat holds."""
        count = self.count
        before = self.before(self.number)
        return count is not None and any(
            count.stance(said.ballot) != count.stance(before[seat].ballot)
            for seat, said in self._standing.items()
        )


def read(reply: Reply, form: BallotReader) -> Ballot:
    """The ballot in a reply, read by the form it was asked in."""
    match reply:
        case Answered():
            return form.read(reply.text)
        case Abstained():
            return Abstention(reason=reply.reason)
        case Failed():
            return Missing(reason=f"{reply.failure}: {reply.detail}")


def heard_in(round_number: int, seat: str, reply: Reply, form: BallotReader) -> Heard:
    """What a seat's reply comes to, read by the form it was asked in."""
    served_by = None if isinstance(reply, Failed) else reply.served_by
    return Heard(seat, round_number, read(reply, form), served_by, attempts_of(reply))


def _stands(earlier: Heard | None, later: Heard) -> Heard:
    readable = isinstance(later.ballot, Position | Abstention)
    return later if earlier is None or readable else earlier

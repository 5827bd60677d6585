"""Core: what seats said in the two rounds of a review, read by the forms they were asked in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Ask
from magi_mcp.core.fallbacks import attempts_of
from magi_mcp.core.replies import Answered, Attempt, Failed, Reply
from magi_mcp.core.reviewing.anchoring import place_of
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.claims import Raised
from magi_mcp.core.reviewing.forms import FindingsForm


@dataclass(frozen=True)
class Said:
    """One seat's reply about one part. ``fault`` says why none of it counts; None where it does.

    ``flaws`` say in words what of it could not be read.
    """

    seat: str
    part: int
    served_by: str | None
    attempts: tuple[Attempt, ...]
    raised: tuple[Raised, ...] = ()
    flaws: tuple[str, ...] = ()
    fault: str | None = None
    failed: bool = False


@dataclass(frozen=True)
class Reviewed:
    """The round of findings: what every seat said of every part, in the order of the asks."""

    said: tuple[Said, ...]

    @property
    def readers(self) -> dict[str, Said]:
        """The seats that were heard on some part at least, each with what it said there first."""
        readers: dict[str, Said] = {}
        for each in self.said:
            if each.fault is None:
                readers.setdefault(each.seat, each)
        return readers

    def readers_of(self, part: int) -> tuple[str, ...]:
        """The seats that were heard on one part."""
        return tuple(each.seat for each in self.said if each.part == part and each.fault is None)

    @property
    def raised(self) -> tuple[Raised, ...]:
        """Everything that was raised."""
        return tuple(raised for each in self.said for raised in each.raised)


def findings_of(
    case: ReviewCase, asked: Sequence[tuple[Ask, int]], replies: Mapping[str, Reply]
) -> Reviewed:
    """The findings in the replies to asks, each of which is about the part of that number."""
    heard = ((ask.seat, part, replies[ask.ask_id]) for ask, part in asked if ask.ask_id in replies)
    return Reviewed(tuple(_said(case, *each) for each in heard))


def _said(case: ReviewCase, seat: str, part: int, reply: Reply) -> Said:
    served_by = None if isinstance(reply, Failed) else reply.served_by
    attempts = attempts_of(reply)
    match reply:
        case Answered():
            read = FindingsForm(case.min_severity).read(reply.text)
        case Failed():
            read = f"{reply.failure}: {reply.detail}"
        case _:
            read = f"it abstained. {reply.reason}".strip()
    if isinstance(read, str):
        failed = isinstance(reply, Failed)
        return Said(seat, part, served_by, attempts, fault=read, failed=failed)
    files = case.parts[part - 1].files
    raised = tuple(
        Raised(seat=seat, part=part, claim=claim, place=place_of(claim, files))
        for claim in read.given
    )
    return Said(seat, part, served_by, attempts, raised=raised, flaws=read.unreadable)


def faults_in(case: ReviewCase, said: Iterable[Said]) -> Iterator[str]:
    """What could not be read of what seats said, one sentence for each."""
    for each in said:
        where = f", part {each.part}" if len(case.parts) > 1 else ""
        if each.fault is not None:
            what = "failed" if each.failed else "was unreadable"
            yield f"{each.seat} {what} in round 1{where}: {each.fault}"
        for flaw in each.flaws:
            yield f"{each.seat} was unreadable in round 1{where}, in part: {flaw}"

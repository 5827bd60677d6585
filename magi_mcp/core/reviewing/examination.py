"""Core: cross-examination. Each defect goes, without its author, to the other seats.

They see the quoted code again, and of each finding what is claimed, in words that name nobody.
A seat examines what was found in one part at once: whoever pays reads the code once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.method import Steps
from magi_mcp.core.names import identities, unsigned
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import nonce
from magi_mcp.core.replies import Answered, Failed, Reply
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.change import ChangedFile, Hunk
from magi_mcp.core.reviewing.claims import Examined
from magi_mcp.core.reviewing.forms import ExaminationForm
from magi_mcp.core.reviewing.hearing import Said
from magi_mcp.core.reviewing.layout import shown
from magi_mcp.core.reviewing.sorting import Defect
from magi_mcp.core.seeding import shuffled

AT_ONCE = 20
"""So many findings are examined in one reply; of more, the last are looked at less."""


@dataclass(frozen=True)
class Heard:
    """What seats hold of each defect, by the defect's place in the list; and who was not heard.

    ``held`` says whether there was such a round at all.
    """

    opinions: Mapping[int, tuple[Examined, ...]]
    held: bool = False
    warnings: tuple[str, ...] = ()
    flawed: bool = False


@dataclass(frozen=True)
class _Paper:
    """What one ask lays before its seat: defects by their places in the list, in this order."""

    ask: Ask
    defects: tuple[int, ...]


def examine(
    case: ReviewCase, defects: Sequence[Defect], readers: Mapping[str, Said]
) -> Steps[Heard]:
    """Have every defect that stands in the change examined by the readers who did not raise it."""
    papers = [
        paper
        for seat in case.seats
        if seat.name in readers
        for paper in _papers(case, seat.name, defects, readers)
    ]
    if not papers:
        return Heard({})
    replies = yield Round("r2", 2, "examination", tuple(paper.ask for paper in papers))
    if isinstance(replies, Refused):
        why = f"the {replies.reason} did not allow it{replies.because}"
        return Heard({}, warnings=(f"The findings were not cross-examined: {why}.",), flawed=True)
    opinions: dict[int, list[Examined]] = {}
    warnings = []
    for paper in papers:
        read = _read(paper, replies.by_ask[paper.ask.ask_id])
        if isinstance(read, str):
            warnings.append(f"{paper.ask.seat} {read}")
            continue
        for index, examined in read:
            opinions.setdefault(index, []).append(examined)
    heard = {index: tuple(each) for index, each in opinions.items()}
    told = tuple(dict.fromkeys(warnings))
    return Heard(heard, held=True, warnings=told, flawed=bool(warnings))


def _papers(
    case: ReviewCase, seat: str, defects: Sequence[Defect], readers: Mapping[str, Said]
) -> Iterable[_Paper]:
    batches: list[tuple[int, list[int]]] = []
    for part in range(1, len(case.parts) + 1):
        open_to = [
            index
            for index, each in enumerate(defects)
            if each.part == part and each.place is not None and seat not in each.raisers
        ]
        order = shuffled(
            open_to, case.seed, "examination", seat, key=lambda index: str(defects[index].order)
        )
        batches += [(part, order[at : at + AT_ONCE]) for at in range(0, len(order), AT_ONCE)]
    for number, (part, indexes) in enumerate(batches, start=1):
        ask_id = f"r2/{seat}" if len(batches) == 1 else f"r2/{seat}/{number}"
        yield _Paper(
            _ask(case, ask_id, seat, part, [defects[i] for i in indexes], readers), tuple(indexes)
        )


def _ask(
    case: ReviewCase,
    ask_id: str,
    seat: str,
    part: int,
    defects: Sequence[Defect],
    readers: Mapping[str, Said],
) -> Ask:
    form = ExaminationForm(len(defects))
    code = shown(_excerpts(case.parts[part - 1].files, defects))
    listed = "\n\n".join(
        f"{number}. {_stated(case, each, readers)}" for number, each in enumerate(defects, start=1)
    )
    marker = nonce(case.seed, ask_id, code, listed)
    return Ask(
        ask_id=ask_id,
        seat=seat,
        purpose="examination",
        system=system_prompt(case, case.seat(seat).lens, "review_system"),
        prompt=render(
            case.prompts["examination"],
            code=fenced("change", code, marker),
            findings=fenced("findings", listed, marker),
            reply_form=form.instructions(),
        ),
        form=form,
    )


def _stated(case: ReviewCase, each: Defect, readers: Mapping[str, Said]) -> str:
    """A defect without its author: where it is said to be, what, and the code it quotes."""
    author, claim, place = each.members[0].seat, each.words, each.place
    assert place is not None, "what stands nowhere is examined by nobody"
    names = identities(case.seat(author), readers[author].served_by)
    kept = "\n".join(case.wording)
    where = f", lines {place.line_start}-{place.line_end}" if place.line_start else ""
    lines = (
        f"{one_line(place.file)}{where}: {unsigned(claim.title, names, kept=kept)}",
        unsigned(claim.explanation, names, kept=kept),
        "Quoted:",
        *(f"    {line}" for line in claim.quote.splitlines()),
    )
    return "\n".join(lines)


def _excerpts(files: Iterable[ChangedFile], defects: Sequence[Defect]) -> list[ChangedFile]:
    """Of the files, the hunks that findings are about; all hunks of a file that is gone."""
    excerpts = []
    for file in files:
        places = [each.place for each in defects if each.place and each.place.file == file.path]
        spans = [(p.line_start, p.line_end) for p in places if p.line_start and p.line_end]
        whole = len(spans) < len(places)
        hunks = tuple(h for h in file.hunks if whole or any(_touches(h, *span) for span in spans))
        if hunks:
            excerpts.append(file.model_copy(update={"hunks": hunks}))
    return excerpts


def _touches(hunk: Hunk, start: int, end: int) -> bool:
    """Whether lines are in a hunk, or right beside one that only removes."""
    return start <= hunk.new_lines.stop and end >= hunk.new_start - 1


def _read(paper: _Paper, reply: Reply) -> list[tuple[int, Examined]] | str:
    """Opinions by the defects' places in the list, or why there are none, for a warning."""
    match reply:
        case Failed():
            return f"failed in round 2: {reply.failure}: {reply.detail}"
        case Answered():
            read = ExaminationForm(len(paper.defects)).read(reply.text)
        case _:
            return f"abstained in round 2. {reply.reason}".strip()
    if isinstance(read, str):
        return f"was unreadable in round 2: {read}"
    return [
        (
            paper.defects[each.number - 1],
            Examined(seat=paper.ask.seat, opinion=each.opinion, reason=each.reason),
        )
        for each in read
    ]

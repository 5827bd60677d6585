"""Core: what served a round, as Markdown: groupings, drafts, acceptances, ratings, rulings.

Everything is read from the dossier's replies by the same forms that asked for them; nothing
here counts or decides.
"""

from collections.abc import Iterator
from typing import assert_never

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.ballots import Abstention, Missing, Position, Unreadable
from magi_mcp.core.deliberated import case_of
from magi_mcp.core.dossier import Dossier, RoundRecord
from magi_mcp.core.forms import Rating, RatingForm, Statement, StatementForm
from magi_mcp.core.markup import cell, escaped, inline, paragraphs
from magi_mcp.core.methods.grouping import in_vain
from magi_mcp.core.names import restored
from magi_mcp.core.replies import Abstained, Answered, Failed, Reply
from magi_mcp.core.words import failure_in_words, model_title, seat_title, sentence

_LISTING = ("synthesis", "minority")
"""Methods whose rapporteur adds lists of points to its text."""


def what_served(dossier: Dossier, round_number: int, mask: Mask) -> Iterator[str]:
    """What was asked beside the ballots of a round, each as a paragraph of its own."""
    for record in dossier.rounds:
        if record.number != round_number:
            continue
        scene = _Scene(dossier, record, mask)
        match record.purpose:
            case "answer" | "rebuttal" | "scores" | "comparison" | "findings" | "examination":
                continue
            case "grouping":
                lines = scene.grouping()
            case "draft":
                lines = scene.draft()
            case "ratification":
                lines = scene.ratification()
            case "rating":
                lines = scene.rating()
            case "arbitration":
                lines = scene.arbitration()
            case "ruling":
                lines = scene.ruling()
            case _:
                assert_never(record.purpose)
        yield ""
        yield from lines


class _Scene:
    """One record, told to people: seats by the names of the mask, texts in those names."""

    def __init__(self, dossier: Dossier, record: RoundRecord, mask: Mask) -> None:
        self._dossier = dossier
        self._record = record
        self._mask = mask

    def grouping(self) -> Iterator[str]:
        """Who compared the positions; what came of it stands in a section of its own."""
        number = self._record.number
        attempts = [
            r for r in self._dossier.rounds if (r.number, r.purpose) == (number, "grouping")
        ]
        decision = self._dossier.decision
        none = in_vain(number, decision.warnings if decision else ())
        for seat in self._record.seats:
            failed = none or self._record is not attempts[-1]
            what = (
                "was asked to sort the positions by meaning, in vain"
                if failed
                else ("sorted the positions by meaning")
            )
            yield f"{self._who(seat)} {what}."

    def draft(self) -> Iterator[str]:
        """The draft of the common ground as it was written, and by whom."""
        for seat in self._record.seats:
            statement = self._statement(seat)
            if statement is None:
                yield f"{self._who(seat)} drafted nothing: {inline(self._absence(seat))}"
            else:
                yield f"**Draft of the common ground**, by {self._who(seat)}:"
                yield from paragraphs(self._said(statement.text))

    def ratification(self) -> Iterator[str]:
        """Who accepted the draft and who objected, each with its reason."""
        yield "**Acceptances and objections**"
        yield ""
        for seat in self._record.seats:
            response = self._record.responses.get(seat)
            match response.ballot if response else None:
                case Position(position=vote, argument=argument, would_flip=would_flip):
                    line = f"{vote}s. {escaped(sentence(self._said(argument)))}"
                    if would_flip and vote == "object":
                        wish = escaped(sentence(self._said(would_flip)))
                        line += f" *What would win acceptance:* {wish}"
                case Abstention(reason=reason):
                    line = f"abstained. {escaped(sentence(self._said(reason)))}"
                case Unreadable(reason=reason) | Missing(reason=reason):
                    line = f"neither: {inline(self._mask.told(failure_in_words(reason)))}"
                case None:
                    line = "no reply."
            yield f"- {self._who(seat)} {line}".rstrip()

    def rating(self) -> Iterator[str]:
        """Who scored which draft how highly, and why."""
        authors = {name: seat for seat, name in self._record.pseudonyms.items()}
        drafts = sorted(authors.values(), key=self._number)
        given = {seat: self._ratings(seat) for seat in self._record.seats}
        yield "**Ratings**, from 0 to 10"
        yield ""
        yield f"| Rater | {' | '.join(f'Draft {self._number(seat)}' for seat in drafts)} |"
        yield f"|---{'|---' * len(drafts)}|"
        for rater, ratings in given.items():
            by_author = {authors[rating.draft]: rating for rating in ratings}
            cells = ("own" if seat == rater else _score(by_author.get(seat)) for seat in drafts)
            yield f"| {self._who(rater)} | {' | '.join(cells)} |"
        yield ""
        for rater, ratings in given.items():
            for rating in sorted(ratings, key=lambda each: self._number(authors[each.draft])):
                number = self._number(authors[rating.draft])
                why = escaped(sentence(self._said(rating.why))) or "No reason was given."
                yield f"- {self._who(rater)} on draft {number}: {why}"
            if not ratings:
                yield f"- {self._who(rater)} rated nothing: {inline(self._absence(rater))}"

    def arbitration(self) -> Iterator[str]:
        """What the arbiter chose and why; never a ballot."""
        for seat in self._record.seats:
            response = self._record.responses.get(seat)
            reply = self._reply(seat)
            model = ""
            if isinstance(reply, Answered) and not self._dossier.case.anonymous:
                model = f" ({inline(model_title(reply.served_by))})"
            match response.ballot if response else None:
                case Position(position=position, argument=argument):
                    yield f"**The arbiter**{model}: {cell(self._said(position), 300)}"
                    yield from paragraphs(self._said(argument))
                case _:
                    yield f"**The arbiter**{model} settled nothing: {inline(self._absence(seat))}"

    def ruling(self) -> Iterator[str]:
        """Who put the result into words; they stand at the top."""
        for seat in self._record.seats:
            yield (
                f"{self._who(seat)} wrote nothing: {inline(self._absence(seat))}"
                if self._statement(seat) is None
                else f"{self._who(seat)} put the result into words."
            )

    def _who(self, seat: str) -> str:
        return escaped(seat_title(self._mask.name(seat)))

    def _said(self, text: str) -> str:
        return self._mask.said(restored(text, self._record.pseudonyms))

    def _number(self, seat: str) -> int:
        return self._mask.place(seat) + 1

    def _statement(self, seat: str) -> Statement | None:
        """What a rapporteur wrote; None where its reply is no such text."""
        listed = case_of(self._dossier).method in _LISTING and self._record.purpose == "ruling"
        form = StatementForm("", lists=(("points", ""),) if listed else ())
        reply = self._reply(seat)
        read = form.read(reply.text) if isinstance(reply, Answered) else None
        return read if isinstance(read, Statement) else None

    def _ratings(self, seat: str) -> tuple[Rating, ...]:
        names = (name for author, name in self._record.pseudonyms.items() if author != seat)
        reply = self._reply(seat)
        read = RatingForm(tuple(names)).read(reply.text) if isinstance(reply, Answered) else ""
        return () if isinstance(read, str) else read.given

    def _absence(self, seat: str) -> str:
        """Why a seat's reply is of no use."""
        match self._reply(seat):
            case Answered():
                return "its reply could not be read."
            case Abstained(reason=reason):
                return f"it abstained. {reason}".strip()
            case Failed(failure=failure, detail=detail):
                return self._mask.told(failure_in_words(f"{failure}: {detail}"))
            case None:
                return "no reply."

    def _reply(self, seat: str) -> Reply | None:
        response = self._record.responses.get(seat)
        return response.reply if response else None


def _score(rating: Rating | None) -> str:
    return "–" if rating is None else f"{float(rating.score):g}"

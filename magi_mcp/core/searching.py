"""Core: what is searched for among dossiers, and what of a dossier can be found.

Words are compared without case, accents and punctuation. In scripts that put no blanks
between words each character is a word. Three letters with which a word begins find it.
Nothing a caller writes is an operator.
"""

import re
import unicodedata
from dataclasses import dataclass

from magi_mcp.core.ballots import Abstention, Position
from magi_mcp.core.events import CaseOpened, Event, ReplyReceived, VerdictReached
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.heads import Head
from magi_mcp.core.verdict import UNDER_WAY

MAX_WORDS = 16
"""Different words of a search that are looked for; the rest of a long one is not."""

_OPEN_ENDED_FROM = 3
"""Letters from which on a word is taken for the beginning of others."""

_WORD_CHARS = 64
"""Characters of a word that are compared; what is longer is data and no word."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")

Phrase = tuple[str, ...]
"""Words that stand one after another; what follows the last of them may be more of it."""


class Search(Frozen):
    """Which dossiers are wanted. Moments are seconds since the epoch; None sets no bound.

    ``since`` is the first moment of opening that counts, ``until`` the first that does not.
    Without ``phrases`` every dossier within the bounds is wanted.
    """

    phrases: tuple[Phrase, ...] = ()
    kind: str | None = None
    outcome: str | None = None
    since: float | None = None
    until: float | None = None

    @property
    def least_hits(self) -> int:
        """How many of the phrases a dossier must hold: of more than two at least half."""
        count = len(self.phrases)
        return count if count <= 2 else (count + 1) // 2

    def admits(self, head: Head) -> bool:
        """Whether a dossier is within the bounds, whatever it says."""
        return (
            (self.kind is None or self.kind == head.kind)
            and (self.outcome is None or self.outcome == head.outcome)
            and (self.since is None or head.opened_at >= self.since)
            and (self.until is None or head.opened_at < self.until)
        )


class Find(Frozen):
    """A dossier that was found, and how many of the phrases it holds.

    Finds are in order: those that hold more come first, of equals the newest.
    """

    hits: int
    head: Head

    @property
    def place(self) -> tuple[int, str]:
        """Where the find stands among all of its search; greater comes first."""
        return self.hits, self.head.dossier_id


@dataclass(frozen=True)
class Findable:
    """The words of a dossier that a search looks through, each text as words and blanks."""

    question: str = ""
    ruling: str = ""
    arguments: str = ""

    @property
    def texts(self) -> tuple[str, str, str]:
        return self.question, self.ruling, self.arguments

    def __add__(self, other: "Findable") -> "Findable":
        pairs = zip(self.texts, other.texts, strict=True)
        return Findable(*(" ".join(filter(None, pair)) for pair in pairs))

    def shown_in(self, head: Head) -> "Findable":
        """What can be found while the dossier is as ``head`` tells: of one under way its question.

        Else a search for a position would tell whether anybody has voted for it.
        """
        return Findable(question=self.question) if head.status in UNDER_WAY else self

    def holds(self, phrase: Phrase) -> bool:
        """Whether one of the texts holds the phrase."""
        wanted = " ".join(phrase) + ("" if open_ended(phrase) else " ")
        return any(f" {wanted}" in f" {text} " for text in self.texts)


NOTHING_FINDABLE = Findable()


def phrases_of(query: str) -> tuple[Phrase, ...]:
    """The different phrases of what somebody typed: one for each stretch without blanks."""
    phrases = (tuple(words_of(stretch)) for stretch in query.split())
    return tuple(dict.fromkeys(filter(None, phrases)))[:MAX_WORDS]


def open_ended(phrase: Phrase) -> bool:
    """Whether the last word of a phrase stands for all that begin with it."""
    return len(phrase[-1]) >= _OPEN_ENDED_FROM


def words_of(text: str) -> list[str]:
    """The words of a text, as they are compared."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(each for each in folded if not unicodedata.combining(each))
    found = _WORD.findall(unicodedata.normalize("NFC", bare))
    return [word[:_WORD_CHARS] for word in found]


def findable(event: Event) -> Findable:
    """What an event adds to what can be found of its dossier."""
    match event:
        case CaseOpened(case=case):
            return Findable(question=_plain(case.question))
        case ReplyReceived(ballot=Position() as said):
            told = (said.position, said.argument, said.would_flip or "", said.because or "")
            return Findable(arguments=_plain(" ".join(told)))
        case ReplyReceived(ballot=Abstention(reason=reason)):
            return Findable(arguments=_plain(reason))
        case VerdictReached(decision=decision):
            return Findable(
                ruling=_plain(decision.ruling or ""), arguments=_plain(decision.argument)
            )
        case _:
            return NOTHING_FINDABLE


def _plain(text: str) -> str:
    return " ".join(words_of(text))

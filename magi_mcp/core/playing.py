"""Core: a council whose seats the caller plays, carried from one hand-in to the next. Pure.

Nobody drives it in between. So whatever follows from a hand-in, the next round or the verdict,
is journaled together with it: a journal of such a council always ends in open asks or in an end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Ask
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import check_text
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import short_id
from magi_mcp.core.errors import CallerError, ProcedureError, quoted
from magi_mcp.core.events import CaseOpened, Entry, Event, ReplyReceived, RoundAsked
from magi_mcp.core.journaled import JournaledCase
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.replies import Answered, Attempt, Usage
from magi_mcp.core.words import seat_title

MAX_REPLY_CHARS = 50_000
MAX_MODEL_CHARS = 256


@dataclass(frozen=True)
class HandedIn:
    """A reply as whoever plays a seat hands it in.

    ``model`` is the model that gave it, in any of its names; empty where nobody says.
    """

    ask_id: str
    text: str
    model: str = ""


@dataclass(frozen=True)
class Taken:
    """The events that a hand-in comes to, and in words what of it was not taken, and why.

    Without events all of it had been handed in before.
    """

    events: tuple[Event, ...]
    refused: tuple[str, ...] = ()


def opening(case: JournaledCase) -> tuple[Event, ...]:
    """The events with which such a council begins: the case, and its first round."""
    return (CaseOpened(case=case), *_onward(Deliberation(case)))


def reopening(
    deliberation: Deliberation, by: str, warnings: tuple[str, ...] = ()
) -> tuple[Event, ...]:
    """The events with which one goes on that somebody had stopped (semantics R8)."""
    again = deliberation.resumption(by, warnings)
    for event in again:
        deliberation.apply(event)
    return (*again, *_onward(deliberation))


def open_asks(entries: Sequence[Entry]) -> tuple[Ask, ...]:
    """The asks that the caller has to answer by this journal; none where it plays no seats.

    None either where this version can no longer work out their words: what the journal tells can
    be read all the same.
    """
    first = entries[0].event
    if not (isinstance(first, CaseOpened) and first.case.is_callers):
        return ()
    try:
        deliberation = Deliberation.restore(entry.event for entry in entries)
    except ProcedureError:
        return ()
    return () if deliberation.ended else deliberation.pending


def take(entries: Sequence[Entry], handed_in: Sequence[HandedIn], now: float) -> Taken:
    """What a hand-in comes to after ``entries``, at the moment ``now`` (epoch seconds).

    Whatever can be taken is: the same text handed in again is there already, and the others are
    refused by name. Raises ``CallerError`` where nothing could be taken, and where nothing is
    awaited any more.
    """
    _check_is_callers(entries)
    if not handed_in:
        raise CallerError("replies", "none given; hand in {ask_id, text, model} for each ask.")
    deliberation = Deliberation.restore(entry.event for entry in entries)
    reading = _Reading.of(entries, deliberation)
    received: list[Event] = []
    refused: dict[str, str] = {}
    repeated = False
    for each in handed_in:
        fault = reading.fault_of(each)
        if fault is not None:
            refused.setdefault(each.ask_id, f"{quoted(each.ask_id)}: {fault}")
        elif each.ask_id in reading.answered:
            repeated = True
        else:
            event = deliberation.received(reading.awaited[each.ask_id], reading.reply(each, now))
            deliberation.apply(event)
            reading.answered[each.ask_id] = each.text
            received.append(event)
    if not received and not repeated:
        raise CallerError("replies", _nothing_taken(refused, reading, deliberation))
    onward = tuple(_onward(deliberation)) if received else ()
    return Taken((*received, *onward), tuple(refused.values()))


def _onward(deliberation: Deliberation) -> Iterator[Event]:
    """What follows at once from what has been said, applied: until asks are open, or the end."""
    while not deliberation.ended:
        if deliberation.foregone:
            event: Event | None = deliberation.closed("settled")
        else:
            event = deliberation.due()
        if event is None:
            return
        deliberation.apply(event)
        yield event


def _check_is_callers(entries: Sequence[Entry]) -> None:
    first = entries[0].event
    assert isinstance(first, CaseOpened), "a journal begins with its case"
    if not first.case.is_callers:
        raise CallerError(
            "dossier_id",
            f"{short_id(first.case.dossier_id)} is answered by models, and awaits no replies of "
            "yours; get_dossier tells how far it has come.",
        )


def _nothing_taken(
    refused: Mapping[str, str], reading: "_Reading", deliberation: Deliberation
) -> str:
    name = short_id(deliberation.case.dossier_id)
    if deliberation.final:
        awaited = f'It has its verdict: get_dossier("{name}").'
    elif deliberation.ended:
        awaited = f'It was stopped; control_dossier("{name}", "resume") goes on with it.'
    else:
        awaited = f"Open: {', '.join(reading.awaited)}."
    forms = dict.fromkeys(
        reading.awaited[each].form.instructions() for each in refused if each in reading.awaited
    )
    return "\n".join((f"nothing was taken. {' '.join(refused.values())} {awaited}", *forms))


@dataclass
class _Reading:
    """What replies are read against.

    ``awaited`` are the asks that await one, ``issued`` all that ever went out, ``answered`` the
    texts that were taken, each by its ask.
    """

    awaited: Mapping[str, Ask]
    issued: Mapping[str, float]
    answered: dict[str, str]

    @classmethod
    def of(cls, entries: Sequence[Entry], deliberation: Deliberation) -> "_Reading":
        issued: dict[str, float] = {}
        answered: dict[str, str] = {}
        for entry in entries:
            match entry.event:
                case RoundAsked(asks=asks):
                    issued |= {ask.ask_id: entry.at for ask in asks}
                case ReplyReceived(ask_id=ask_id, reply=Answered(text=text)):
                    answered[ask_id] = text
                case _:
                    pass
        pending = () if deliberation.ended else deliberation.pending
        return cls({ask.ask_id: ask for ask in pending}, issued, answered)

    def fault_of(self, given: HandedIn) -> str | None:
        """Why a reply cannot be taken, as a sentence; None where it can, or was before."""
        taken = self.answered.get(given.ask_id)
        if taken is not None:
            if taken.strip() == given.text.strip():
                return None
            return "it has its reply, and a second one would not be its first word."
        ask = self.awaited.get(given.ask_id)
        if ask is not None:
            return _fault_of_text(given.text, ask) or _fault_of_model(given.model)
        if given.ask_id in self.issued:
            return "no reply to it is awaited any more."
        return "there is no such ask."

    def reply(self, given: HandedIn, now: float) -> Answered:
        """The reply as it is journaled. What it cost is the caller's to know."""
        elapsed_s = max(0.0, now - self.issued[given.ask_id])
        unknown = Usage(calls=1)
        return Answered(
            text=given.text,
            served_by=one_line(given.model) or CALLER,
            usage=unknown,
            elapsed_s=elapsed_s,
            # Told of the caller, so that nobody takes it for how a model of that name fares.
            attempts=(
                Attempt(model=CALLER, outcome="answered", elapsed_s=elapsed_s, usage=unknown),
            ),
        )


def _fault_of_text(text: str, ask: Ask) -> str | None:
    if not text.strip():
        return f"its text is empty; answer as {seat_title(ask.seat)}."
    if len(text) > MAX_REPLY_CHARS:
        return f"its text has {len(text)} characters, more than {MAX_REPLY_CHARS}; shorten it."
    try:
        check_text("text", text)
    except CallerError as fault:
        return f"its text {fault.problem}"
    unreadable = ask.form.fault(text)
    if unreadable is not None:
        return f"it cannot be read: {unreadable} Keep to the form that its prompt describes."
    return None


def _fault_of_model(model: str) -> str | None:
    if len(model) > MAX_MODEL_CHARS:
        return f"its model has {len(model)} characters, more than {MAX_MODEL_CHARS}; name it."
    return None

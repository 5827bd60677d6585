"""Core: the rounds every protocol is composed of: the blind one, and the rebuttal."""

from magi_mcp.core.asks import Ask, Purpose, Refused, Round
from magi_mcp.core.ballots import Abstention, Position
from magi_mcp.core.case import Case, Seat
from magi_mcp.core.floor import Floor, Heard
from magi_mcp.core.forms import BallotForm
from magi_mcp.core.methods.base import Method, Steps
from magi_mcp.core.prompts import fenced, render
from magi_mcp.core.pseudonyms import Blinding, blinding, nonce


def blind_round(case: Case, method: Method) -> Steps[Floor]:
    """Ask every seat alone; read and count the ballots."""
    form = method.form(case, revision=False)
    asks = [
        _ask(case, seat, 1, "answer", _task(case, method, f"r1/{seat.name}", form), form)
        for seat in case.seats
    ]
    asked = Round("r1", 1, "answer", tuple(asks))
    return (yield from _held(case, method, Floor(), asked, form))


def rebuttal_round(case: Case, method: Method, floor: Floor) -> Steps[Floor]:
    """Let every debater read its peers' standing arguments and answer them."""
    number = floor.number + 1
    form = method.form(case, revision=True)
    blinded = blinding(case.seed, number, floor.positions())
    asks = [
        _ask(case, seat, number, "rebuttal", _rebuttal(case, method, floor, seat, blinded), form)
        for seat in case.seats
        if seat.name in floor.debaters
    ]
    asked = Round(f"r{number}", number, "rebuttal", tuple(asks), blinded.names)
    return (yield from _held(case, method, floor, asked, form))


def _held(case: Case, method: Method, floor: Floor, asked: Round, form: BallotForm) -> Steps[Floor]:
    replies = yield asked
    if isinstance(replies, Refused):
        return floor.halt(replies.reason)
    floor = floor.heard(replies, form)
    return floor.counted((yield from method.count(case, floor)))


def _ask(
    case: Case, seat: Seat, number: int, purpose: Purpose, prompt: str, form: BallotForm
) -> Ask:
    lens = f"Your lens: {seat.lens.text}" if seat.lens else ""
    return Ask(
        ask_id=f"r{number}/{seat.name}",
        seat=seat.name,
        purpose=purpose,
        system=render(case.prompts["system"], lens=lens),
        prompt=prompt,
        form=form,
    )


def _task(case: Case, method: Method, ask_id: str, form: BallotForm | None) -> str:
    context = ""
    if case.context.strip():
        marker = nonce(case.seed, ask_id, case.context)
        context = f"Context given with the question:\n{fenced('context', case.context, marker)}"
    return render(
        case.prompts[method.name],
        question=case.question,
        context=context,
        reply_form=form.instructions() if form else "",
        **method.question_words(case),
    )


def _rebuttal(case: Case, method: Method, floor: Floor, seat: Seat, blinded: Blinding) -> str:
    ask_id = f"r{floor.number + 1}/{seat.name}"
    positions = floor.positions()
    peers = [(name, positions[peer]) for peer, name in blinded.peers_of(seat.name)]
    marker = nonce(
        case.seed, ask_id, *(text for _, p in peers for text in (p.position, p.argument))
    )
    return render(
        case.prompts["rebuttal"],
        task=_task(case, method, ask_id, form=None),
        own=_own(floor.standing[seat.name]),
        peers="\n\n".join(fenced(f"answer of {name}", _view(p), marker) for name, p in peers),
        reply_form=method.form(case, revision=True).instructions(),
    )


def _own(heard: Heard) -> str:
    match heard.ballot:
        case Position() as position:
            return _view(position)
        case Abstention(reason=reason):
            return f"You abstained. {reason}".strip()
        case _:
            return "None of your answers could be read so far."


def _view(position: Position) -> str:
    """What a peer sees of a ballot: position and argument, never tallies or confidence."""
    return f"Position: {position.position}\n{position.argument}".rstrip()

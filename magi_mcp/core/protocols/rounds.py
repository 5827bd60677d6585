"""Core: the rounds every protocol is composed of: the blind one, and the rebuttal."""

from magi_mcp.core.asks import Ask, Purpose, Refused, Round
from magi_mcp.core.case import Case, Seat
from magi_mcp.core.floor import Floor
from magi_mcp.core.foregone import NextRebuttal, enough_said
from magi_mcp.core.forms import BallotReader
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.prompts import render, system_prompt
from magi_mcp.core.pseudonyms import Blinding, blinding
from magi_mcp.core.views import context_view, own_view, peer_views, spoken


def blind_round(case: Case, method: Method) -> Steps[Floor]:
    """Ask every seat alone; read and count the ballots."""
    form = method.form(case, revision=False)
    asks = tuple(
        seat_ask(case, seat, 1, "answer", task(case, method, f"r1/{seat.name}", form), form)
        for seat in case.seats
    )
    return (yield from _held(case, method, Floor(), Round("r1", 1, "answer", asks), form))


def rebuttal_round(
    case: Case, method: Method, floor: Floor, *, another: NextRebuttal
) -> Steps[Floor]:
    """Let every debater read its peers' standing arguments and answer them."""
    number = floor.number + 1
    form = method.form(case, revision=True)
    blinded = blinding(case.seed, number, floor.positions(), spoken=spoken(case, floor))
    asks = tuple(
        seat_ask(
            case, seat, number, "rebuttal", _rebuttal(case, method, floor, seat, blinded), form
        )
        for seat in case.seats
        if seat.name in floor.debaters
    )
    enough = enough_said(case, floor, form, another=another)
    asked = Round(f"r{number}", number, "rebuttal", asks, blinded.names, enough)
    return (yield from _held(case, method, floor, asked, form))


def _held(
    case: Case, method: Method, floor: Floor, asked: Round, form: BallotReader
) -> Steps[Floor]:
    replies = yield asked
    if isinstance(replies, Refused):
        return floor.halt(replies)
    floor = floor.heard(replies, form, asked.pseudonyms)
    return floor.counted((yield from method.count(case, floor)))


def seat_ask(
    case: Case, seat: Seat, number: int, purpose: Purpose, prompt: str, form: BallotReader
) -> Ask:
    """An ask in a numbered round to a seat that looks through its lens."""
    return Ask(
        ask_id=f"r{number}/{seat.name}",
        seat=seat.name,
        purpose=purpose,
        system=system_prompt(case, seat.lens),
        prompt=prompt,
        form=form,
    )


def task(case: Case, method: Method, ask_id: str, form: BallotReader | None) -> str:
    """The question as the method puts it; ``form`` adds how to reply."""
    return render(
        case.prompts[method.name],
        question=case.question,
        context=context_view(case, ask_id),
        reply_form=form.instructions() if form else "",
        **method.question_words(case),
    )


def _rebuttal(case: Case, method: Method, floor: Floor, seat: Seat, blinded: Blinding) -> str:
    ask_id = f"r{floor.number + 1}/{seat.name}"
    peers = blinded.peers_of(seat.name)
    return render(
        case.prompts["revision" if case.method == "compose" else "rebuttal"],
        task=task(case, method, ask_id, form=None),
        own=own_view(case, floor, seat.name, peers),
        peers=peer_views(case, floor, peers, ask_id),
        reply_form=method.form(case, revision=True).instructions(),
    )

"""Core: how a split is settled otherwise than by votes: by the arbiter, or by trust.

The arbiter is a stronger model that is asked only on a split. It is never a ballot: the
tally stands beside its choice, unchanged.
"""

from magi_mcp.core.asks import Ask, Refused, Round
from magi_mcp.core.ballots import Position
from magi_mcp.core.case import ARBITER, Case
from magi_mcp.core.choices import Choices
from magi_mcp.core.fallbacks import stand_in
from magi_mcp.core.floor import Floor, Settlement, read
from magi_mcp.core.forms import BallotForm, Closed
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.names import restored
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import blinding, nonce
from magi_mcp.core.replies import Answered
from magi_mcp.core.verdict import Arbiter
from magi_mcp.core.views import context_view, impersonal, peer_views, question_view, spoken


def arbitrated(case: Case, method: Method, floor: Floor) -> Steps[Floor]:
    """Ask the arbiter, once, over the standing arguments; the floor with its settlement.

    Where there is no arbiter, where the method leaves it nothing to settle, where it was
    asked before and where it takes no position, nothing is settled. Below quorum it is not
    asked: a lone voice and an arbiter are no council.
    """
    scale = method.arbiters_choice(case, floor)
    if case.arbiter is None or scale is None or floor.arbiter_asked or _below_quorum(floor):
        return floor
    form = BallotForm(scale)
    asked = _round(case, method, floor, scale, form)
    replies = yield asked
    floor = floor.with_arbiter_asked()
    if isinstance(replies, Refused):
        return floor.warned(
            f"The arbiter was not asked: the {replies.reason} did not allow it{replies.because}."
        )
    reply = replies.by_seat[ARBITER]
    choice = read(reply, form)
    if not isinstance(choice, Position) or not isinstance(reply, Answered):
        reason = choice.reason if not isinstance(choice, Position) else "no answer"
        return floor.warned(f"The arbiter settled nothing ({choice.kind}): {reason}")
    told = stand_in(case.arbiter, reply.served_by, reply.attempts)
    floor = floor.warned(told) if told else floor
    return floor.settled_by(_settlement(floor, choice, reply.served_by, asked))


def trusted(case: Case, method: Method, floor: Floor) -> Floor:
    """The standing position of the most trusted seat rules; equal trust: the first listed.

    Below quorum nobody rules: trust is no substitute for voices.
    """
    if _below_quorum(floor) or method.arbiters_choice(case, floor) is None:
        return floor
    voices = [seat for seat in case.seats if seat.name in floor.positions()]
    most = max(seat.trust for seat in voices)
    leaders = [seat.name for seat in voices if seat.trust == most]
    ruler = leaders[0]
    position = floor.positions()[ruler]
    equal = len(leaders) > 1
    return floor.settled_by(
        Settlement(
            ruling=floor.labels[position.position],
            decided_by="trusted_seat",
            argument=position.argument,
            seat=ruler,
            provisional=(
                f"Provisional: the split was settled by {ruler}, the first listed of "
                f"{len(leaders)} equally trusted seats."
                if equal
                else None
            ),
        )
    )


def _below_quorum(floor: Floor) -> bool:
    return floor.count is None or floor.count.tally.outcome == "no_quorum"


def _settlement(floor: Floor, choice: Position, model: str, asked: Round) -> Settlement:
    assert floor.count is not None
    winner = floor.count.tally.ruling
    changed = choice.position != winner
    return Settlement(
        ruling=choice.position,
        decided_by="arbiter" if changed else "votes",
        argument=restored(choice.argument, asked.pseudonyms),
        arbiter=Arbiter(model=model, position=choice.position, changed=changed),
    )


def _round(case: Case, method: Method, floor: Floor, scale: Closed, form: BallotForm) -> Round:
    round_id = f"r{floor.number}.arbitration"
    ask_id = f"{round_id}/{ARBITER}"
    blinded = blinding(case.seed, floor.number + 1, floor.positions(), spoken=spoken(case, floor))
    choices = scale.choices
    words = method.question_words(case)
    views = peer_views(case, floor, list(blinded.names.items()), ask_id)
    if words or choices.ids == choices.labels:
        task = render(
            case.prompts[method.name],
            question=case.question,
            context=context_view(case, ask_id),
            reply_form="",
            **words,
        )
    else:
        # The members worded these positions, so the method's own task cannot show their ids;
        # and it asks for an answer in one's own words, which is not the arbiter's to give.
        task = question_view(case, ask_id)
        shown = [impersonal(case, floor, label) for label in choices.labels]
        positions = str(Choices(shown, choices.ids))
        marker = nonce(case.seed, f"{ask_id}/positions", positions)
        views += f"\n\n{fenced('positions by their ids', positions, marker)}"
    prompt = render(
        case.prompts["arbitration"],
        task=task,
        views=views,
        reply_form=form.instructions(),
    )
    ask = Ask(ask_id, ARBITER, "arbitration", system_prompt(case, None), prompt, form)
    return Round(round_id, floor.number, "arbitration", (ask,), blinded.names)

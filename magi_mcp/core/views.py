"""Core: what one reader is shown of others and of documents: quoted material, between markers.

Peers see positions and arguments, never tallies, confidences or whose they are (semantics
R11, R12).
"""

from collections.abc import Mapping, Sequence

from magi_mcp.core.ballots import Abstention, Position
from magi_mcp.core.case import AnyCase, Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.names import identities, renamed, unsigned
from magi_mcp.core.prompts import fenced
from magi_mcp.core.pseudonyms import nonce


def context_view(case: AnyCase, ask_id: str) -> str:
    """The context and documents given with the question, quoted; nothing where there are none."""
    return "\n\n".join(filter(None, (_context(case, ask_id), _documents(case, ask_id))))


def _context(case: AnyCase, ask_id: str) -> str:
    if not case.context.strip():
        return ""
    marker = nonce(case.seed, ask_id, case.context)
    return f"Context given with the question:\n{fenced('context', case.context, marker)}"


def _documents(case: AnyCase, ask_id: str) -> str:
    """The documents; readers refer to their lines by file and number."""
    if not case.documents:
        return ""
    shown = [(f"file {each.title}", each.numbered) for each in case.documents]
    marker = nonce(case.seed, ask_id, *(text for file in shown for text in file))
    told = (
        "Files given with the question. Each line stands behind its number; name file and line "
        "where you rest on one."
    )
    return "\n\n".join((told, *(fenced(title, text, marker) for title, text in shown)))


def question_view(case: Case, ask_id: str) -> str:
    """The question with its context, for readers who are not asked to answer it."""
    return f"Question:\n{case.question}\n\n{context_view(case, ask_id)}".rstrip()


def peer_views(case: Case, floor: Floor, voices: Sequence[tuple[str, str]], ask_id: str) -> str:
    """The standing answers of ``voices`` (seat, pseudonym), quoted one by one."""
    positions = floor.positions()
    names = dict(voices)
    shown = [(name, _blinded(case, floor, seat, positions[seat], names)) for seat, name in voices]
    marker = nonce(case.seed, ask_id, *(text for _, text in shown))
    return "\n\n".join(fenced(f"answer of {name}", text, marker) for name, text in shown)


def impersonal(case: Case, floor: Floor, text: str) -> str:
    """``text`` by any of the seats, without a clause in which one of them names itself."""
    everyone = [identities(case.seat(seat), h.served_by) for seat, h in floor.standing.items()]
    return unsigned(text, frozenset[str]().union(*everyone), kept=_kept(case))


def spoken(case: Case, floor: Floor) -> list[str]:
    """All texts that a reader of the standing answers may meet, and the names of the seats."""
    answers = (text for p in floor.positions().values() for text in (p.position, p.argument))
    reasons = (
        heard.ballot.reason
        for heard in floor.standing.values()
        if isinstance(heard.ballot, Abstention)
    )
    told = (*case.wording, case.instructions, case.rapporteur_prompt)
    lenses = (text for s in case.seats if s.lens for text in (s.lens.name, s.lens.text))
    return [*told, *(seat.name for seat in case.seats), *lenses, *answers, *reasons]


def own_view(case: Case, floor: Floor, seat: str, voices: Sequence[tuple[str, str]] = ()) -> str:
    """What a seat is shown of its own standing answer, by the names it now reads of others."""
    heard = floor.standing[seat]
    match heard.ballot:
        case Position() as position:
            text = _view(case, position.position, position.argument)
        case Abstention(reason=reason):
            text = f"You abstained. {reason}".strip()
        case _:
            return "None of your answers could be read so far."
    return renamed(text, floor.names[heard.round_number - 1], dict(voices))


def _blinded(
    case: Case, floor: Floor, seat: str, position: Position, names: Mapping[str, str]
) -> str:
    """A peer's answer without its author, speaking of others by the names of this round."""
    heard = floor.standing[seat]
    own = identities(case.seat(seat), heard.served_by)
    said, argued = (
        unsigned(text, own, kept=_kept(case)) for text in (position.position, position.argument)
    )
    return renamed(_view(case, said, argued), floor.names[heard.round_number - 1], names)


def _kept(case: Case) -> str:
    """The question's own words, whose names are subjects and never signatures."""
    return "\n".join(case.wording)


def _view(case: Case, position: str, argument: str) -> str:
    if case.method == "compose":
        return argument
    return f"Position: {position}\n{argument}".rstrip()

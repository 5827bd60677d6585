"""Core: the rapporteur, the seat that puts a result into words. It never decides anything.

The seat asked first is the one on the winning side that claims to be surest, the field's
usual rule; where it fails the next one writes, and where all fail nobody does: an error
message is never a summary.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from magi_mcp.core.asks import Ask, Purpose, Refused, Round
from magi_mcp.core.ballots import Missing, Position
from magi_mcp.core.case import Case
from magi_mcp.core.floor import Floor
from magi_mcp.core.forms import Statement, StatementForm
from magi_mcp.core.method import Steps
from magi_mcp.core.names import restored
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import Blinding, blinding, nonce
from magi_mcp.core.replies import Answered
from magi_mcp.core.seeding import draw
from magi_mcp.core.views import context_view, impersonal, peer_views, spoken

NOBODY_WROTE = "No seat could put the {what} into words; the leading answers stand as they are."
UNPAID = "Nobody was asked to put the {what} into words: the budget did not allow it{because}."


@dataclass(frozen=True)
class Written:
    """What a rapporteur wrote, under the pseudonyms in which it read its peers."""

    statement: Statement
    names: Mapping[str, str]

    @property
    def text(self) -> str:
        """The text, with the seats' names instead of pseudonyms."""
        return restored(self.statement.text, self.names)

    @property
    def points(self) -> dict[str, tuple[str, ...]]:
        """The points beside it, with the seats' names."""
        return {
            key: tuple(restored(point, self.names) for point in points)
            for key, points in self.statement.points.items()
        }


@dataclass(frozen=True)
class _Brief:
    form: StatementForm
    purpose: Purpose
    template: str
    material: Mapping[str, str]
    quoted: Mapping[str, str]


@dataclass(frozen=True)
class Unwritten:
    """That nobody wrote; ``refused`` says why nobody was asked any more, where that was so."""

    refused: Refused | None = None

    def told(self, what: str) -> str:
        """Why there is no such text."""
        if self.refused is not None and self.refused.reason == "budget":
            return UNPAID.format(what=what, because=self.refused.because)
        return NOBODY_WROTE.format(what=what)


def by_claim(case: Case, positions: Mapping[str, Position]) -> list[str]:
    """Seats by how sure they claim to be, most first, drawn by the seed on a tie.

    Seats without an argument come last. A claim decides whose words are used, never a vote.
    """
    return sorted(
        positions,
        key=lambda seat: (
            not positions[seat].argument,
            -(positions[seat].confidence or 0.0),
            draw(case.seed, "spokesperson", seat),
        ),
    )


def holders(floor: Floor, label: str | None) -> dict[str, Position]:
    """The standing positions that count for a label, by seat."""
    return {
        seat: position
        for seat, position in floor.positions().items()
        if floor.label(position) == label
    }


def candidates(case: Case, floor: Floor, first: Sequence[str]) -> list[str]:
    """Who may write, in order: ``first``, then everyone else who has spoken."""
    spoke = [seat for seat, heard in floor.blind.items() if not isinstance(heard.ballot, Missing)]
    rest = by_claim(case, {s: p for s, p in floor.positions().items() if s not in first})
    return [*first, *rest, *(s for s in spoke if s not in first and s not in rest)]


def written(
    case: Case,
    floor: Floor,
    writers: Sequence[str],
    form: StatementForm,
    *,
    purpose: Purpose,
    template: str,
    material: Mapping[str, str] | None = None,
    **quoted: str,
) -> Steps[Written | Unwritten]:
    """What the first of ``writers`` that can writes.

    The writer sees every standing answer under pseudonyms, and behind them the texts of
    ``material`` by their kinds. ``quoted`` fills further placeholders of the template: as
    others wrote those texts, they too stand between markers (semantics R11).
    """
    voices = floor.positions()
    names = blinding(case.seed, floor.number + 1, voices, spoken=spoken(case, floor))
    # What is quoted are positions, one a line, some of them in their authors' own words.
    shown = {
        kind: "\n".join(impersonal(case, floor, line) for line in text.splitlines())
        for kind, text in quoted.items()
    }
    brief = _Brief(form, purpose, template, material or {}, shown)
    for attempt, seat in enumerate(writers, start=1):
        asked = _round(case, floor, seat, attempt, names, brief)
        replies = yield asked
        if isinstance(replies, Refused):
            return Unwritten(replies)
        reply = replies.by_seat[seat]
        statement = form.read(reply.text) if isinstance(reply, Answered) else "no answer"
        if isinstance(statement, Statement):
            return Written(statement, names.names)
    return Unwritten()


def _round(
    case: Case, floor: Floor, seat: str, attempt: int, names: Blinding, brief: _Brief
) -> Round:
    round_id = f"r{floor.number}.{brief.purpose}{attempt}"
    ask_id = f"{round_id}/{seat}"
    quoted = {**brief.material, **brief.quoted}
    marker = nonce(case.seed, f"{ask_id}/quoted", *quoted.values())
    views = (
        peer_views(case, floor, list(names.names.items()), ask_id),
        *(fenced(kind, text, marker) for kind, text in brief.material.items()),
    )
    prompt = render(
        case.prompts[brief.template],
        question=case.question,
        context=context_view(case, ask_id),
        views="\n\n".join(views),
        rapporteur_prompt=case.rapporteur_prompt,
        reply_form=brief.form.instructions(),
        **{key: fenced(key, text, marker) for key, text in brief.quoted.items()},
    )
    ask = Ask(ask_id, seat, brief.purpose, system_prompt(case, lens=None), prompt, brief.form)
    return Round(round_id, floor.number, brief.purpose, (ask,), names.names)

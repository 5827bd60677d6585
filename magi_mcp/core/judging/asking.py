"""Core: what a judge is asked: one answer by one criterion, or two answers in one order.

Every judge is asked alone, each criterion and each order by itself. Questions, answers and the
reference are quoted material (semantics R11); of who wrote an answer nothing is told.
"""

from collections.abc import Mapping, Sequence

from magi_mcp.core.asks import Ask, Purpose, Round
from magi_mcp.core.case import Seat
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.criteria import Criterion
from magi_mcp.core.judging.forms import ComparisonForm, ScoreForm
from magi_mcp.core.names import identities, unsigned
from magi_mcp.core.prompts import fenced, render, system_prompt
from magi_mcp.core.pseudonyms import nonce

Pair = tuple[int, int]
"""Two answers by their numbers; where their order matters, in the order shown."""


def score_ask_id(seat: str, number: int) -> str:
    """The id of the ask in which a seat scores by the criterion of that number, from 1."""
    return f"r1/{seat}/{number}"


def comparison_ask_id(round_number: int, seat: str, shown: Pair) -> str:
    """The id of the ask in which a seat reads two answers in that order."""
    return f"r{round_number}/{seat}/{in_order(shown)}"


def in_order(shown: Pair) -> str:
    """Two answers in the order in which they are shown: ``2v1``."""
    return f"{shown[0]}v{shown[1]}"


def both_orders(pair: Pair) -> tuple[Pair, Pair]:
    """A pair in either order."""
    return pair, (pair[1], pair[0])


def scoring_round(case: JudgementCase) -> Round:
    """Every judge scores the one answer by each criterion, one ask for each."""
    asks = tuple(
        _scoring(case, seat, number, criterion)
        for seat in case.seats
        for number, criterion in enumerate(case.criteria, start=1)
    )
    return Round("r1", 1, "scores", asks)


def comparison_round(case: JudgementCase, number: int, pairs: Sequence[Pair]) -> Round:
    """Every judge compares each of the pairs in both orders, one ask for each."""
    asks = tuple(
        _comparison(case, seat, number, shown)
        for seat in case.seats
        for pair in pairs
        for shown in both_orders(pair)
    )
    return Round(f"r{number}", number, "comparison", asks)


def score_form(case: JudgementCase) -> ScoreForm:
    """The form in which scores are given in a case."""
    return ScoreForm(abstain=case.allow_abstain)


def comparison_form(case: JudgementCase) -> ComparisonForm:
    """The form in which answers are compared in a case."""
    return ComparisonForm(neither=case.allow_abstain)


def _scoring(case: JudgementCase, seat: Seat, number: int, criterion: Criterion) -> Ask:
    ask_id = score_ask_id(seat.name, number)
    shown = _Exhibits(case, ask_id, {"answer": case.answer(1)})
    form = score_form(case)
    prompt = render(
        case.prompts["scoring"],
        question=shown.question,
        reference=shown.reference,
        answer=shown["answer"],
        criterion=criterion.name,
        anchors=_anchors(criterion),
        reply_form=form.instructions(),
    )
    return _ask(case, seat, ask_id, "scores", prompt, form)


def _comparison(case: JudgementCase, seat: Seat, number: int, pair: Pair) -> Ask:
    ask_id = comparison_ask_id(number, seat.name, pair)
    first, second = pair
    texts = {"first answer": case.answer(first), "second answer": case.answer(second)}
    shown = _Exhibits(case, ask_id, texts)
    form = comparison_form(case)
    prompt = render(
        case.prompts["comparison"],
        question=shown.question,
        reference=shown.reference,
        answers="\n\n".join(shown[name] for name in texts),
        criteria=_criteria(case),
        reply_form=form.instructions(),
    )
    return _ask(case, seat, ask_id, "comparison", prompt, form)


def _ask(
    case: JudgementCase,
    seat: Seat,
    ask_id: str,
    purpose: Purpose,
    prompt: str,
    form: ScoreForm | ComparisonForm,
) -> Ask:
    system = system_prompt(case, seat.lens, template="judge_system")
    return Ask(ask_id, seat.name, purpose, system, prompt, form)


class _Exhibits:
    """The texts of one ask between markers that none of them can close."""

    def __init__(self, case: JudgementCase, ask_id: str, answers: Mapping[str, str]) -> None:
        self._answers = {name: unnamed(case, text) for name, text in answers.items()}
        self._case = case
        self._marker = nonce(
            case.seed, ask_id, case.question, case.reference, *self._answers.values()
        )

    def __getitem__(self, name: str) -> str:
        return fenced(name, self._answers[name], self._marker)

    @property
    def question(self) -> str:
        return fenced("question", self._case.question, self._marker)

    @property
    def reference(self) -> str:
        if not self._case.reference.strip():
            return ""
        quoted = fenced("reference", self._case.reference, self._marker)
        return (
            "A reference answer, which is taken to be right. Measure by it what is said; other "
            f"words, another order and a different way are no faults:\n{quoted}"
        )


def unnamed(case: JudgementCase, answer: str) -> str:
    """An answer without clauses at its ends in which one of the authors names itself (R12)."""
    authors = (Seat(name=author, model=author) for author in case.authors)
    names = frozenset[str]().union(*(identities(author, author.model) for author in authors))
    return unsigned(answer, names, kept=f"{case.question}\n{case.reference}")


def _anchors(criterion: Criterion) -> str:
    return "\n".join(
        (
            f"1 or 2: {criterion.low}.",
            f"5 or 6: {criterion.middle}.",
            f"10: {criterion.high}.",
            "What lies between two of these earns a score between them.",
        )
    )


def _criteria(case: JudgementCase) -> str:
    named = [each for each in case.criteria if not each.is_overall] or list(case.criteria)
    weighed = len({each.weight for each in named}) > 1
    return "\n".join(
        f"- {each.name}{f' (weight {each.weight:g})' if weighed else ''}: {each.high}"
        for each in named
    )

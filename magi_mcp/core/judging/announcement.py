"""Core: a judgement in about two hundred tokens, for whoever reads text and not JSON.

The first word is the state, then what the caller must know, the dossier's address and the
next step. The shape is the contract's ("content").
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from magi_mcp.core.announcement import ANNOUNCEMENT_CHARS
from magi_mcp.core.details import SHARES, STANDARD_ITEMS, Detail
from magi_mcp.core.judging.findings import JudgeRecord, PairBallot
from magi_mcp.core.judging.headline import flips, headline, scores_rest_on
from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.words import (
    dollars,
    model_title,
    plural,
    seat_title,
    seat_titles,
    seconds,
    sentence,
    shortened,
)

_PASSAGE = 300
_DISSENT = 160
_NOTE = 240
_NOTES = 8
_RANKED = 10
_LEAST = 24

_Cut = Callable[[str, int], str]
"""Shortens a text to so many characters, or to fewer where all would be too long."""
_JUDGES = 9


def announce(judgement: Judgement, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a judgement, whatever state it is in; ``notes`` are for this reader."""
    if detail == "brief":
        return "\n".join(_lines(judgement, notes, _first_dissent(judgement)))
    for share in SHARES:
        text = "\n".join(_lines(judgement, notes, _body(judgement, share)))
        if len(text) <= ANNOUNCEMENT_CHARS:
            break
    return text


def _lines(judgement: Judgement, notes: Sequence[str], body: Iterable[str]) -> Iterator[str]:
    yield headline(judgement)
    yield from body
    yield from (f"Note: {shortened(note, _NOTE)}" for note in notes)
    yield judgement.dossier_uri
    if judgement.next_step:
        yield f"Next: {judgement.next_step}"


def _body(judgement: Judgement, share: float) -> Iterator[str]:
    """All but the first line and the last ones; texts are cut to a share of what is usual."""

    def cut(text: str, characters: int) -> str:
        return shortened(text, max(int(characters * share), _LEAST))

    yield f"Question: {cut(judgement.question, 300)}"
    if judgement.status in ("decided", "undecided"):
        yield from _scores(judgement, cut)
        yield from _ranking(judgement)
        yield from _judges(judgement)
        yield from agreement(judgement)
        yield from _dissents(judgement, cut)
    yield from (f"- {cut(cause, _PASSAGE)}" for cause in judgement.causes)
    if judgement.calls:
        yield _bill(judgement)
    cautions = judgement.cautions
    yield from (f"Note: {cut(each, _NOTE)}" for each in cautions[:_NOTES])
    if cautions[_NOTES:]:
        yield f"And {len(cautions) - _NOTES} more notes."


def _scores(judgement: Judgement, cut: _Cut) -> Iterator[str]:
    if judgement.criteria is None:
        return
    if judgement.outcome == "no_quorum":
        yield f"Overall: {scores_rest_on(judgement)}."
    told = [
        f"{cut(each.name, 60)} "
        + ("none" if each.median is None else f"{each.median:g} ({each.min:g} to {each.max:g})")
        for each in judgement.criteria
    ]
    yield f"Medians: {' | '.join(told)}"


def _ranking(judgement: Judgement) -> Iterator[str]:
    if judgement.ranking is None:
        return
    told = [
        f"{each.place}. answer {each.answer_no}, {plural(each.wins, 'win')}"
        + ("" if each.share is None else f", {each.share:.0%}")
        for each in judgement.ranking[:_RANKED]
    ]
    rest = len(judgement.ranking) - _RANKED
    yield f"Ranking: {' | '.join(told)}{f' | and {rest} more' if rest > 0 else ''}"
    if judgement.winner is None:
        yield f"{flips(judgement)}."


def _judges(judgement: Judgement) -> Iterator[str]:
    told = [f"{_title(judge)} {_said(judge)}" for judge in judgement.judges[:_JUDGES]]
    rest = len(judgement.judges) - _JUDGES
    yield f"Judges: {' | '.join(told)}{f' | and {rest} more' if rest > 0 else ''}"


def _title(judge: JudgeRecord) -> str:
    model = judge.served_by or judge.model
    return f"{seat_title(judge.seat)}{f' ({model_title(model)})' if model else ''}"


def _said(judge: JudgeRecord) -> str:
    if judge.pairs is None:
        return "gave no overall score" if judge.overall is None else f"{judge.overall:g}"
    if len(judge.pairs) == 1:
        return _preference(judge.pairs[0])
    kinds = [pair.kind for pair in judge.pairs]
    counted = kinds.count("preference")
    flipped = kinds.count("flipped")
    return f"counts on {counted} of {len(kinds)}" + (f", flips on {flipped}" if flipped else "")


def _preference(pair: PairBallot) -> str:
    if pair.prefers is not None:
        return f"prefers {pair.prefers}"
    return {"level": "prefers neither", "flipped": "flips"}.get(pair.kind, pair.kind)


def agreement(judgement: Judgement) -> Iterator[str]:
    """How far the judges agree, by the name of the coefficient; nothing where it is not known."""
    agreed = judgement.agreement
    if agreed is not None and agreed.value is not None:
        level = agreed.coefficient.rpartition("_")[2]
        yield (
            f"Agreement: {agreed.value:.2f} (Krippendorff's alpha, {level}; 1 is full, 0 is no "
            "more than chance)."
        )


def _dissents(judgement: Judgement, cut: _Cut) -> Iterator[str]:
    side = "Minority" if judgement.status == "decided" else "Side"
    for each in judgement.minority_report[:STANDARD_ITEMS]:
        yield (
            f"{side}, {cut(each.position, 120)} ({seat_titles(each.seats)}): "
            f"{sentence(cut(each.argument, _PASSAGE)) or 'no reason given.'}"
        )
    rest = len(judgement.minority_report) - STANDARD_ITEMS
    if rest > 0:
        yield f"And {rest} more on record."


def _first_dissent(judgement: Judgement) -> Iterator[str]:
    sides = judgement.minority_report
    if sides:
        more = f" And {len(sides) - 1} more." if sides[1:] else ""
        side = f"{seat_titles(sides[0].seats)}: {sides[0].argument or sides[0].position}"
        yield f"Dissent, {sentence(shortened(side, _DISSENT))}{more}"


def _bill(judgement: Judgement) -> str:
    bill = f"{plural(judgement.calls, 'call')}, {dollars(judgement.cost_usd)}"
    if judgement.elapsed_s is not None:
        bill += f", {seconds(judgement.elapsed_s)}"
    finished = judgement.status in ("decided", "undecided")
    return f"{plural(judgement.rounds, 'round')}; {bill}." if finished else f"So far {bill}."

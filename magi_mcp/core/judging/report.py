"""Core: a judgement as Markdown, for a person who was not there; and its dissent alone.

Whatever models or callers wrote is data: it is escaped.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from magi_mcp.core.anonymity import Mask, mask_of
from magi_mcp.core.costs import council_and_costs, own_prompts
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.fate import what_happened
from magi_mcp.core.incidents import failed_calls, how_it_closed
from magi_mcp.core.judging.announcement import agreement
from magi_mcp.core.judging.case import JudgementCase
from magi_mcp.core.judging.findings import Dissent, JudgeRecord, PairBallot
from magi_mcp.core.judging.headline import found, how, why_not
from magi_mcp.core.judging.result import Judgement, judgement_case
from magi_mcp.core.markup import cell, escaped, inline, paragraphs, quoted
from magi_mcp.core.words import (
    failure_in_words,
    seat_title,
    seat_titles,
    sentence,
    sentence_case,
)


def markdown(dossier: Dossier, judgement: Judgement) -> str:
    """The report: the result, every judge's scores or preferences with reasons, the bill."""
    case, mask = judgement_case(dossier), mask_of(dossier)
    served = {judge.seat: judge.served_by for judge in judgement.judges}
    sections = (
        _title(dossier, case),
        _result(judgement),
        _scores(judgement),
        _ranking(judgement),
        _pairs(judgement),
        what_happened(judgement.actual),
        _dissents(judgement),
        _given(case),
        _reasons(judgement),
        _rounds(dossier),
        _warnings(judgement),
        _panel(case, mask),
        council_and_costs(dossier, judgement, served, mask),
        failed_calls(dossier, mask),
        own_prompts(dossier),
    )
    return "\n\n".join("\n".join(lines) for lines in map(list, sections) if lines) + "\n"


def minority_page(dossier: Dossier, judgement: Judgement) -> str:
    """The dissent alone: who holds what against the judgement, and why."""
    lines = [f"# Minority report: {cell(dossier.case.question, 200)}", "", _against(judgement)]
    for each in judgement.minority_report:
        lines += ["", *_dissent(each)]
    return "\n".join(lines) + "\n"


def _against(judgement: Judgement) -> str:
    match judgement.status:
        case "decided":
            what = "Against" if judgement.minority_report else "Nobody dissents from"
            return f"{what}: {inline(found(judgement))} ({inline(how(judgement))})."
        case "undecided":
            return f"There is no judgement ({inline(why_not(judgement))})."
        case other:
            return f"The judgement is {other}: there is nothing to dissent from."


def _title(dossier: Dossier, case: JudgementCase) -> Iterator[str]:
    opened = datetime.fromtimestamp(dossier.opened_at, UTC)
    what = f"comparison of {len(case.answers)} answers" if case.compares else "scores of one answer"
    yield f"# {cell(case.question, 200)}"
    yield ""
    yield f"{opened:%Y-%m-%d %H:%M} UTC · judgement · {what}"
    if len(case.question) > 200 or "\n" in case.question:
        yield ""
        yield quoted(case.question)


def _result(judgement: Judgement) -> Iterator[str]:
    mark = "Provisional: " if judgement.provisional else ""
    yield "## Judgement"
    yield ""
    match judgement.status:
        case "decided":
            yield f"**{mark}{sentence_case(inline(found(judgement)))}** ({inline(how(judgement))})"
        case "undecided":
            yield f"**{mark}No judgement:** {inline(why_not(judgement))}."
        case "failed":
            asked = "No judge answered" if judgement.rounds else "No judge was asked"
            yield f"**Failed.** {asked}."
        case "running" | "awaiting_replies":
            yield "**Running.** There is no judgement yet."
        case "interrupted":
            yield "**Interrupted.** It stopped before a judgement."
        case "cancelled":
            yield "**Cancelled.** What had arrived until then is kept."
    if judgement.degraded and judgement.status in ("decided", "undecided"):
        yield ""
        yield "**Degraded:** not every judge could be heard; the warnings say which."
    for line in agreement(judgement):
        yield ""
        yield line


def _scores(judgement: Judgement) -> Iterator[str]:
    if judgement.criteria is None:
        return
    judges = judgement.judges
    yield "## Scores"
    yield ""
    titles = " | ".join(escaped(seat_title(judge.seat)) for judge in judges)
    yield f"| Criterion | {titles} | Median | Range |"
    yield f"|---|{'---|' * len(judges)}---|---|"
    for each in judgement.criteria:
        given = (_number((judge.scores or {}).get(each.name)) for judge in judges)
        spread = "–" if each.min is None or each.max is None else f"{each.min:g} to {each.max:g}"
        yield f"| {cell(each.name)} | {' | '.join(given)} | {_number(each.median)} | {spread} |"
    overall = judgement.overall
    if overall is not None and not any(each.name == "overall" for each in judgement.criteria):
        given = (_number(judge.overall) for judge in judges)
        yield (
            f"| **overall, by weight** | {' | '.join(given)} | {overall.median:g} | "
            f"{overall.min:g} to {overall.max:g} |"
        )


def _ranking(judgement: Judgement) -> Iterator[str]:
    if judgement.ranking is None:
        return
    yield "## Ranking"
    yield ""
    yield "| Place | Answer | Wins | Share of counted ballots |"
    yield "|---|---|---|---|"
    for each in judgement.ranking:
        share = "–" if each.share is None else f"{each.share:.0%}"
        yield f"| {each.place} | {each.answer_no} | {each.wins} | {share} |"


def _pairs(judgement: Judgement) -> Iterator[str]:
    judges = [judge for judge in judgement.judges if judge.pairs]
    if not judges:
        return
    yield "## Pairs, each read in both orders"
    yield ""
    yield f"| Pair | {' | '.join(escaped(seat_title(judge.seat)) for judge in judges)} |"
    yield f"|---|{'---|' * len(judges)}"
    for number, pair in enumerate(judges[0].pairs or ()):
        one, two = pair.answers
        held = (_held((judge.pairs or ())[number]) for judge in judges)
        yield f"| {one} and {two} | {' | '.join(held)} |"


def _held(pair: PairBallot) -> str:
    if pair.prefers is not None:
        return f"{pair.prefers}"
    return f"*{'neither' if pair.kind == 'level' else pair.kind}*"


def _dissents(judgement: Judgement) -> Iterator[str]:
    if not judgement.minority_report:
        return
    yield "## Minority report" if judgement.status == "decided" else "## The sides"
    for each in judgement.minority_report:
        yield ""
        yield from _dissent(each)


def _dissent(each: Dissent) -> Iterator[str]:
    yield f"### {sentence_case(cell(each.position, 160))} ({escaped(seat_titles(each.seats))})"
    if each.argument:
        yield ""
        yield escaped(each.argument)


def _given(case: JudgementCase) -> Iterator[str]:
    """What was judged and by what, whole."""
    yield "## What was judged"
    for number, answer in enumerate(case.answers, start=1):
        yield ""
        yield f"**Answer {number}**" if case.compares else "**The answer**"
        yield from paragraphs(answer)
    if case.reference.strip():
        yield ""
        yield "**The reference**"
        yield from paragraphs(case.reference)
    yield ""
    yield "**What earns a 10**" if not case.compares else "**What counts**"
    yield ""
    weighed = len({each.weight for each in case.criteria}) > 1
    for each in case.criteria:
        weight = f" (weight {each.weight:g})" if weighed else ""
        yield f"- {cell(each.name)}{weight}: {inline(each.high)}"
    if case.authors:
        yield ""
        yield f"Authors: {inline(', '.join(case.authors))}. The judges were not told."


def _reasons(judgement: Judgement) -> Iterator[str]:
    told = [judge for judge in judgement.judges if judge.rationale]
    if not told:
        return
    yield "## Reasons"
    for judge in told:
        yield ""
        yield f"### {escaped(seat_title(judge.seat))}"
        yield ""
        for key, text in judge.rationale.items():
            yield f"- **{_said_of(judge, key)}**: {inline(sentence(text)) or 'no reason given.'}"


def _said_of(judge: JudgeRecord, key: str) -> str:
    """What a reason is given for: a score, or two answers in the order in which they stood."""
    if judge.scores is None:
        first, _, second = key.partition("v")
        return f"{first} before {second}"
    return f"{cell(key)}, {_number(judge.scores.get(key))}"


def _rounds(dossier: Dossier) -> Iterator[str]:
    told = [line for record in dossier.ballot_rounds for line in how_it_closed(record) if line]
    told += [
        f"Resumed on {datetime.fromtimestamp(leg.began_at, UTC):%Y-%m-%d %H:%M} UTC by "
        f"{inline(leg.by)}."
        for leg in dossier.legs
    ]
    yield from (line for each in told for line in (each, ""))


def _warnings(judgement: Judgement) -> Iterator[str]:
    if not judgement.warnings:
        return
    yield "## Warnings"
    yield ""
    for warning in judgement.warnings:
        yield f"- {inline(failure_in_words(warning))}"


def _panel(case: JudgementCase, mask: Mask) -> Iterator[str]:
    """Who was recused, and who judged in the place of each."""
    if not case.recusals or case.anonymous:
        return
    yield "## Recusals"
    yield ""
    for each in case.recusals:
        instead = each.substitute or "nobody of another family"
        yield (
            f"- {escaped(seat_title(mask.name(each.seat)))}, {inline(each.model)}: of the family "
            f"{inline(each.family)}, which trained an author. In its place: {inline(instead)}."
        )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"

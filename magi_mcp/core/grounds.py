"""Core: the parts of a report that a result rests on: its firmness, the account, the ranking.

Takes everything from the verdict; knows neither the dossier's rounds nor who was masked.
"""

from collections.abc import Iterable, Iterator

from magi_mcp.core.headline import places
from magi_mcp.core.markup import escaped, inline, quoted
from magi_mcp.core.verdict import RankedDraft, Verdict
from magi_mcp.core.words import seat_title, seat_titles


def firmness(verdict: Verdict) -> Iterator[str]:
    """What a ruling rests on: every voice, the vote before anybody argued, single ballots."""
    yield from _apart(_grounds(verdict))


def _grounds(verdict: Verdict) -> Iterator[str]:
    if verdict.degraded and verdict.status in ("decided", "undecided"):
        yield "**Degraded:** not every voice could be heard; the warnings say which."
    if verdict.ruling is None:
        return
    blind = verdict.blind_vote
    if blind is not None and verdict.rounds > 1:
        split = ", ".join(f"{inline(entry.position)} {entry.votes}" for entry in blind.tally)
        # What an arbiter or a trusted seat forced was changed by them and not by arguing.
        turned = verdict.decided_by == "votes" and blind.ruling != verdict.ruling
        yield f"Blind vote: {split or 'none'}.{' Arguing changed the result.' if turned else ''}"
    votes = "raters" if verdict.method == "compose" else "ballots"
    if verdict.pivotal_seats:
        seats = escaped(seat_titles(verdict.pivotal_seats))
        yield f"Pivotal: {seats}. Without any one of these {votes} the ruling would differ."
    elif verdict.decided_by == "votes":
        yield f"Robust: the ruling would stand without any one of the {votes}."


def _apart(lines: Iterable[str]) -> Iterator[str]:
    """Lines as paragraphs of their own."""
    for number, line in enumerate(lines):
        if number:
            yield ""
        yield line


def account(verdict: Verdict) -> Iterator[str]:
    """The points of a synthesis, by kind; nothing where there is none."""
    if verdict.synthesis is None:
        return
    yield "## The account"
    for kind, points in verdict.synthesis:
        if points:
            yield ""
            yield f"**{kind.replace('_', ' ').capitalize()}**"
            yield ""
            yield from (f"- {inline(point)}" for point in points)


def drafts_ranked(verdict: Verdict) -> Iterator[str]:
    """Every draft in full, the best first; drafts of equal score share their place."""
    if verdict.ranking is None:
        return
    yield "## The drafts, ranked"
    for place, draft in zip(places(verdict.ranking), verdict.ranking, strict=True):
        yield ""
        yield f"### {place}. Draft {draft.draft}, by {escaped(seat_title(draft.seat))}"
        yield ""
        yield _points(draft)
        yield ""
        yield quoted(draft.text)


def _points(draft: RankedDraft) -> str:
    if draft.mean is None:
        return "Nobody rated it."
    if draft.adjusted is None:
        return f"{draft.mean:.2f} of 10 on average."
    return (
        f"{draft.adjusted:.2f} with the raters' own levels taken out, {draft.mean:.2f} of 10 "
        "on average."
    )

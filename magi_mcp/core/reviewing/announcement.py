"""Core: a review in some two hundred tokens, for whoever reads text and not JSON.

The first word is the state, then what the caller must know, the dossier's address and the next
step. The shape is the contract's ("content").
"""

from collections.abc import Iterator, Sequence

from magi_mcp.core.details import STANDARD_ITEMS, Detail
from magi_mcp.core.reviewing.decision import Finding
from magi_mcp.core.reviewing.details import FINDINGS
from magi_mcp.core.reviewing.headline import behind, headline, where
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.words import (
    dollars,
    plural,
    seat_titles,
    seconds,
    sentence,
    shortened,
)

_TITLE = 140
_WHY = 220
_PASSAGE = 300
_NOTE = 240
_NOTES = 8
_FILES = 6
_DISSENT = 160


def announce(review: Review, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a review, whatever state it is in; ``notes`` are for this reader."""
    return "\n".join(_lines(review, notes, short=detail == "brief"))


def _lines(review: Review, notes: Sequence[str], *, short: bool) -> Iterator[str]:
    yield headline(review)
    if short:
        yield from _first_dissent(review)
    else:
        yield from _body(review)
    yield from (f"Note: {shortened(note, _NOTE)}" for note in notes)
    yield review.dossier_uri
    if review.next_step:
        yield f"Next: {review.next_step}"


def _body(review: Review) -> Iterator[str]:
    yield f"Change: {shortened(review.scope, 200)}"
    for finding in review.findings[:FINDINGS]:
        yield from _finding(finding)
    rest = len(review.findings) - FINDINGS
    if rest > 0:
        yield f"And {plural(rest, 'more finding')} on record."
    yield from _dissents(review)
    yield from _skipped(review)
    yield from (f"- {shortened(cause, _PASSAGE)}" for cause in review.causes)
    if review.calls:
        yield _bill(review)
    cautions = review.cautions
    yield from (f"Note: {shortened(each, _NOTE)}" for each in cautions[:_NOTES])
    if cautions[_NOTES:]:
        yield f"And {len(cautions) - _NOTES} more notes."


def _finding(finding: Finding) -> Iterator[str]:
    yield (
        f"{finding.id} {finding.severity}, {finding.standing} ({behind(finding)}): "
        f"{where(finding)} {shortened(finding.title, _TITLE)}"
    )
    if finding.standing in ("confirmed", "disputed"):
        yield f"  {sentence(shortened(finding.explanation, _WHY))}"


def _dissents(review: Review) -> Iterator[str]:
    for each in review.minority_report[:STANDARD_ITEMS]:
        yield (
            f"Minority, {shortened(each.position, 120)} ({seat_titles(each.seats)}): "
            f"{sentence(shortened(each.argument, _PASSAGE)) or 'no reason given.'}"
        )


def _first_dissent(review: Review) -> Iterator[str]:
    sides = review.minority_report
    if sides:
        more = f" And {len(sides) - 1} more." if sides[1:] else ""
        side = f"{seat_titles(sides[0].seats)}: {sides[0].argument or sides[0].position}"
        yield f"Dissent, {sentence(shortened(side, _DISSENT))}{more}"


def _skipped(review: Review) -> Iterator[str]:
    skipped = review.files_skipped
    if skipped:
        told = "; ".join(
            f"{shortened(each.file, 80)} ({shortened(each.why, 60)})" for each in skipped[:_FILES]
        )
        more = f"; and {len(skipped) - _FILES} more" if skipped[_FILES:] else ""
        yield f"Not read: {told}{more}."


def _bill(review: Review) -> str:
    bill = f"{plural(review.calls, 'call')}, {dollars(review.cost_usd)}"
    if review.elapsed_s is not None:
        bill += f", {seconds(review.elapsed_s)}"
    finished = review.status == "decided"
    return f"{plural(review.rounds, 'round')}; {bill}." if finished else f"So far {bill}."

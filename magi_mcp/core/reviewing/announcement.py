"""Core: a review in some two hundred tokens, for whoever reads text and not JSON.

The first word is the state, then what the caller must know, the dossier's address and the next
step. The shape is the contract's ("content").
"""

from collections.abc import Iterator, Sequence

from magi_mcp.core.announcement import ANNOUNCEMENT_CHARS
from magi_mcp.core.details import SHARES, STANDARD_ITEMS, Detail
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
_LEAST = 40
_TERSE = 0.4
"""Where no more than this is left of the lengths, explanations go altogether."""


def announce(review: Review, detail: Detail = "standard", notes: Sequence[str] = ()) -> str:
    """The text form of a review, whatever state it is in; ``notes`` are for this reader."""
    for share in SHARES:
        text = "\n".join(_lines(review, notes, share, short=detail == "brief"))
        if len(text) <= ANNOUNCEMENT_CHARS:
            break
    return text


def _lines(review: Review, notes: Sequence[str], share: float, *, short: bool) -> Iterator[str]:
    yield headline(review)
    if short:
        yield from _first_dissent(review)
    else:
        yield from _body(review, share)
    yield from (f"Note: {shortened(note, _NOTE)}" for note in notes)
    yield review.dossier_uri
    if review.next_step:
        yield f"Next: {review.next_step}"


def _body(review: Review, share: float) -> Iterator[str]:
    """``share`` is how much is left of the lengths that texts may have."""
    yield f"Change: {shortened(review.scope, 200)}"
    for finding in review.findings[:FINDINGS]:
        yield from _finding(finding, share)
    rest = len(review.findings) - FINDINGS
    if rest > 0:
        yield f"And {plural(rest, 'more finding')} on record."
    yield from _dissents(review, share)
    yield from _skipped(review, share)
    yield from (f"- {shortened(cause, _PASSAGE)}" for cause in review.causes)
    if review.calls:
        yield _bill(review)
    cautions, most = review.cautions, max(2, int(_NOTES * share))
    yield from (f"Note: {shortened(each, _left(_NOTE, share))}" for each in cautions[:most])
    if cautions[most:]:
        yield f"And {len(cautions) - most} more notes."


def _finding(finding: Finding, share: float) -> Iterator[str]:
    yield (
        f"{finding.id} {finding.severity}, {finding.standing} ({behind(finding)}): "
        f"{where(finding)} {shortened(finding.title, _left(_TITLE, share))}"
    )
    if finding.standing in ("confirmed", "disputed") and share > _TERSE:
        yield f"  {sentence(shortened(finding.explanation, _left(_WHY, share)))}"


def _dissents(review: Review, share: float) -> Iterator[str]:
    for each in review.minority_report[:STANDARD_ITEMS]:
        argument = sentence(shortened(each.argument, _left(_PASSAGE, share)))
        yield (
            f"Minority, {shortened(each.position, _left(120, share))} "
            f"({seat_titles(each.seats)}): {argument or 'no reason given.'}"
        )


def _first_dissent(review: Review) -> Iterator[str]:
    sides = review.minority_report
    if sides:
        more = f" And {len(sides) - 1} more." if sides[1:] else ""
        side = f"{seat_titles(sides[0].seats)}: {sides[0].argument or sides[0].position}"
        yield f"Dissent, {sentence(shortened(side, _DISSENT))}{more}"


def _skipped(review: Review, share: float) -> Iterator[str]:
    skipped, most = review.files_skipped, max(1, int(_FILES * share))
    if skipped:
        told = "; ".join(
            f"{shortened(each.file, 80)} ({shortened(each.why, 60)})" for each in skipped[:most]
        )
        more = f"; and {len(skipped) - most} more" if skipped[most:] else ""
        yield f"Not read: {told}{more}."


def _left(characters: int, share: float) -> int:
    return max(_LEAST, int(characters * share))


def _bill(review: Review) -> str:
    bill = f"{plural(review.calls, 'call')}, {dollars(review.cost_usd)}"
    if review.elapsed_s is not None:
        bill += f", {seconds(review.elapsed_s)}"
    finished = review.status == "decided"
    return f"{plural(review.rounds, 'round')}; {bill}." if finished else f"So far {bill}."

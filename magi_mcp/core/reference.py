"""Core: what recorded councils were worth, by how they split.

Source: stored answers of three models to the 1,760 multiple-choice items of the MMLU test
sets abstract_algebra, formal_logic and professional_law (semantics R6). Share of right
rulings: unanimous .88, two against one .61, three ways apart (its best member) .34. Share of
right dissenters in a two-against-one split: .19.
"""

from collections.abc import Mapping

from magi_mcp.core.tallies import Tally
from magi_mcp.core.verdict import Confidence, DecidedBy

_RIGHT = {(3,): 0.88, (2, 1): 0.61, (1, 1, 1): 0.34}
_RIGHT_DISSENTER = 0.19
_BASIS = (
    "recorded {split} splits were right {percent:.0f}% of the time (three models on 1,760 "
    "multiple-choice examination items)"
)
_BASIS_BEST = (
    "in recorded 1-1-1 splits the best of the three was right {percent:.0f}% of the time (three "
    "models on 1,760 multiple-choice examination items)"
)
_CLOSED = ("yes_no", "options")


def confidence_of(
    method: str,
    blind: Tally,
    decided_by: DecidedBy,
    families: Mapping[str, str | None],
    *,
    best_member: bool = False,
    turned: bool = False,
) -> Confidence:
    """The reference value for the split of the **blind** vote; null where none applies.

    The figure for three ways apart is that of the best member, so it also holds where the
    member that was known as the best, ``best_member``, settled such a split. Where arguing
    ``turned`` the result there is none: what was recorded is how often the side was right that
    led the blind vote, and that side has lost.
    """
    if decided_by == "none":
        return Confidence(value=None, basis="no ruling, so nothing to be confident of")
    if turned:
        return Confidence(
            value=None, basis="no reference: arguing turned the blind vote that was measured"
        )
    votes = _pattern(blind)
    by_best = decided_by == "trusted_seat" and best_member and votes == (1, 1, 1)
    if decided_by != "votes" and not by_best:
        return Confidence(value=None, basis="no reference: the votes did not decide")
    if method not in _CLOSED or votes not in _RIGHT or blind.council != 3:
        return Confidence(
            value=None,
            basis="no reference: measured only for yes_no and options with three seats counted",
        )
    if len(set(families.values()) - {None}) < 2:
        return Confidence(
            value=None, basis="no reference: needs models of at least two known families"
        )
    split = "-".join(map(str, votes)) if len(votes) > 1 else "3-0"
    words = _BASIS_BEST if votes == (1, 1, 1) else _BASIS
    return Confidence(
        value=_RIGHT[votes], basis=words.format(split=split, percent=100 * _RIGHT[votes])
    )


def dissenter_base_rate(
    method: str, final: Tally, families: Mapping[str, str | None]
) -> float | None:
    """How often the lone dissenter among three was right; None where that was not measured.

    It was measured where the figures of :func:`confidence_of` were: three seats, two known
    families at least, a closed choice.
    """
    split = final.council == 3 and _pattern(final) == (2, 1) and final.ruling is not None
    measured = method in _CLOSED and len(set(families.values()) - {None}) > 1
    return _RIGHT_DISSENTER if split and measured else None


def _pattern(tally: Tally) -> tuple[int, ...]:
    return tuple(entry.votes for entry in tally.entries)

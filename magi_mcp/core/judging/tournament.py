"""Core: who is compared with whom: every pair of a few answers, else a Swiss tournament.

In a Swiss tournament nobody is knocked out. Each round compares answers that have fared alike
so far and have not met; ceil(log2 n) rounds tell n answers apart where judges agree. It takes
about n/2 * log2 n pairs instead of n(n-1)/2. Draws hang on the seed and on the answers' texts,
never on the order in which they were given.
"""

from collections.abc import Sequence
from itertools import combinations

from magi_mcp.core.judging.asking import Pair
from magi_mcp.core.judging.case import MOST_IN_ALL_PAIRS, JudgementCase
from magi_mcp.core.judging.comparing import Bouts
from magi_mcp.core.seeding import draw

_BYE = 0
"""Stands in for an opponent where the number of answers is odd; it is nobody's number."""


def is_tournament(answers: int) -> bool:
    """Whether so many answers are too many to compare every pair of them."""
    return answers > MOST_IN_ALL_PAIRS


def rounds_for(answers: int) -> int:
    """How many rounds it takes to rank so many answers."""
    return (answers - 1).bit_length() if is_tournament(answers) else 1


def pairs_in_round(answers: int) -> int:
    """How many pairs each of these rounds compares."""
    return answers // 2 if is_tournament(answers) else answers * (answers - 1) // 2


def next_pairs(case: JudgementCase, bouts: Bouts) -> list[Pair]:
    """The pairs of the next round."""
    numbers = range(1, len(case.answers) + 1)
    if not is_tournament(len(case.answers)):
        return list(combinations(numbers, 2))
    standings = bouts.standings
    # The bye stands last, so that it falls to who has fared worst and has had none.
    ranked = sorted(numbers, key=lambda n: (-standings[n].merit, _lot(case, n)))
    field = [*ranked, *([_BYE] if len(ranked) % 2 else [])]
    met = bouts.met | _byes(case, bouts)
    paired = _paired(field, met)
    assert paired is not None, "so few rounds leave everybody somebody to meet"
    return [(min(pair), max(pair)) for pair in paired if _BYE not in pair]


def _lot(case: JudgementCase, number: int) -> str:
    return draw(case.seed, "lot", case.answer(number))


def _byes(case: JudgementCase, bouts: Bouts) -> frozenset[frozenset[int]]:
    """Who has sat out a round: where some have been compared less often than others."""
    if len(case.answers) % 2 == 0:
        return frozenset()
    played = {n: sum(n in pair for pair in bouts.met) for n in bouts.standings}
    rounds = max(played.values())
    return frozenset(frozenset((n, _BYE)) for n, times in played.items() if times < rounds)


def _paired(field: Sequence[int], met: frozenset[frozenset[int]]) -> list[tuple[int, int]] | None:
    """The field in pairs that have not met, neighbours first; None where it cannot be paired."""
    if not field:
        return []
    first, *others = field
    for other in others:
        if frozenset((first, other)) in met:
            continue
        rest = _paired([each for each in others if each != other], met)
        if rest is not None:
            return [(first, other), *rest]
    return None

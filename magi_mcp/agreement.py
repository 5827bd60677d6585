"""Edge: how far judges agree beyond chance, by Krippendorff's alpha. Pure, but no part of the core.

The only module that knows the library, which brings numpy: it is loaded when a judgement is
shown and not before. The number follows from the judgement alone.
"""

import math
from collections.abc import Sequence
from typing import Literal

from magi_mcp.core.judging.findings import Agreement, JudgeRecord
from magi_mcp.core.judging.result import Judgement

_Level = Literal[
    "ordinal",  # of scores: a judge is a coder, a criterion a unit
    "nominal",  # of preferences: a judge is a coder, a pair of answers a unit
]
_Table = list[list[float]]
"""For each judge what it gives each unit; NaN for nothing."""


def with_agreement(judgement: Judgement) -> Judgement:
    """The judgement with how far its judges agree; None of it before there are any."""
    if not judgement.judges:
        return judgement
    level: _Level = "ordinal" if judgement.ranking is None else "nominal"
    value = _alpha(_table(judgement.judges), level)
    agreement = Agreement(value=value, coefficient=f"krippendorff_alpha_{level}")
    return judgement.model_copy(update={"agreement": agreement})


def _table(judges: Sequence[JudgeRecord]) -> _Table:
    return [[math.nan if each is None else float(each) for each in _given(j)] for j in judges]


def _given(judge: JudgeRecord) -> list[int | None]:
    if judge.pairs is not None:
        return [pair.prefers for pair in judge.pairs]
    return [*(judge.scores or {}).values()]


def _alpha(table: _Table, level: _Level) -> float | None:
    """Alpha; None where no unit was judged by two judges.

    Where all that was given is the same, chance would agree as well and alpha is not defined:
    nobody disagrees, which is told as 1.
    """
    units = [[each for each in unit if not math.isnan(each)] for unit in zip(*table, strict=True)]
    paired = [each for unit in units if len(unit) > 1 for each in unit]
    if not paired:
        return None
    if len(set(paired)) == 1:
        return 1.0
    import krippendorff

    alpha = krippendorff.alpha(reliability_data=table, level_of_measurement=level)
    return round(float(alpha), 4)

"""How far judges agree: a standard coefficient from a library, by its name."""

import subprocess
import sys

import pytest

from magi_mcp.agreement import with_agreement
from magi_mcp.core.dossier import fold
from magi_mcp.core.judging.findings import Agreement
from magi_mcp.core.judging.result import judgement_of
from tests.core.paper import entries
from tests.judging.bench import (
    Judge,
    a_judgement,
    by_favour,
    by_scores,
    events_of,
    failed,
    prefers,
)


def agreement(*answers: str, judge: Judge | None = None, **scores: dict[str, int] | int) -> float:
    case = a_judgement(*answers)
    events = events_of(case, judge or by_scores(case, scores))
    agreed = with_agreement(judgement_of(fold(entries(events)))).agreement
    assert agreed is not None
    assert agreed.coefficient == f"krippendorff_alpha_{'nominal' if answers else 'ordinal'}"
    assert agreed.value is not None
    return agreed.value


def test_scores_that_rank_the_criteria_alike_agree() -> None:
    alike = {"correctness": 9, "completeness": 6, "clarity": 3, "overall": 6}
    assert agreement(ada=alike, ben=alike, cleo=alike) == 1.0


def test_scores_that_are_all_the_same_agree_though_chance_would_as_well() -> None:
    assert agreement(ada=8, ben=8, cleo=8) == 1.0


def test_scores_that_contradict_each_other_agree_less_than_by_chance() -> None:
    up = {"correctness": 9, "completeness": 7, "clarity": 3, "overall": 5}
    down = {"correctness": 3, "completeness": 5, "clarity": 9, "overall": 7}
    assert agreement(ada=up, ben=down, cleo=up) < 0


def test_preferences_agree_by_the_pairs() -> None:
    same = {"ada": [1, 2, 3], "ben": [1, 2, 3], "cleo": [1, 2, 3]}
    circle = {"ada": [1, 2, 3], "ben": [2, 3, 1], "cleo": [3, 1, 2]}
    assert agreement("a", "b", "c", judge=by_favour(same)) == 1.0
    assert agreement("a", "b", "c", judge=by_favour(circle)) < 0.2


def test_nothing_is_told_where_no_two_judges_gave_anything() -> None:
    case = a_judgement("a", "b")
    events = events_of(case, lambda ask: prefers("first") if ask.seat == "ada" else failed())
    agreed = with_agreement(judgement_of(fold(entries(events)))).agreement
    assert agreed == Agreement(value=None, coefficient="krippendorff_alpha_nominal")


def test_a_judgement_without_judges_has_no_agreement_to_tell_of() -> None:
    case = a_judgement()
    opened = events_of(case, by_scores(case, dict.fromkeys(("ada", "ben", "cleo"), 5)))[:2]
    assert with_agreement(judgement_of(fold(entries(opened)))).agreement is None


@pytest.mark.parametrize("module", ["magi_mcp.server.app", "magi_mcp.cli.main", "magi_mcp.results"])
def test_the_library_is_not_loaded_before_it_is_needed(module: str) -> None:
    program = f"import sys, {module}; print('numpy' in sys.modules, 'krippendorff' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"], done.stderr

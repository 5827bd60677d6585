"""The tests notice each mistake of other councils when it is made here."""

import inspect
from pathlib import Path

import pytest

from tests.mistakes import test_mistakes_of_other_councils as mistakes
from tests.mutants.planting import PACKAGE, copied, plant, run
from tests.mutants.table import MUTANTS, NOT_PLANTED, Mutant

ALWAYS = (
    "an option is matched by substring",
    "votes are summed over all rounds",
    "a tie is broken by the order of a dictionary",
)
"""A tenth of them, the gravest; the others are long runs."""

NOTICING = {
    name for name, _ in inspect.getmembers(mistakes, inspect.isfunction) if name[:5] == "test_"
}


def named(mutant: Mutant) -> str:
    return mutant.mistake


def assert_killed(mutant: Mutant, folder: Path) -> None:
    copied(folder)
    plant(mutant, folder)
    outcome = run(folder, mutant.killed_by)
    assert set(outcome.failed) == set(mutant.killed_by), outcome.told
    # A mutant that merely crashes would be noticed by anything.
    assert all("assert" in why.casefold() for why in outcome.failed.values()), outcome.told


@pytest.mark.parametrize("mutant", MUTANTS, ids=named)
def test_what_a_mutant_replaces_stands_in_the_code_exactly_once(mutant: Mutant) -> None:
    code = (PACKAGE / mutant.file).read_text(encoding="utf-8")
    assert code.count(mutant.text) == 1
    mutated = code.replace(mutant.text, mutant.instead)
    assert mutated != code
    compile(mutated, mutant.file, "exec")


def test_every_mistake_with_a_test_is_planted_and_every_mutant_is_noticed_by_a_test() -> None:
    assert {test for mutant in MUTANTS for test in mutant.killed_by} == NOTICING
    assert all(mutant.killed_by for mutant in MUTANTS)


def test_a_mistake_that_is_not_planted_has_a_reason() -> None:
    assert all(NOT_PLANTED.values())
    assert not NOT_PLANTED.keys() & {mutant.mistake for mutant in MUTANTS}


def test_without_a_mutant_nothing_fails_in_the_copy(tmp_path: Path) -> None:
    outcome = run(copied(tmp_path), tuple(sorted(NOTICING)))
    assert not outcome.failed, outcome.told
    assert " passed" in outcome.told


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.mistake in ALWAYS], ids=named)
def test_the_gravest_mistakes_are_noticed(mutant: Mutant, tmp_path: Path) -> None:
    assert_killed(mutant, tmp_path)


@pytest.mark.soak
@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.mistake not in ALWAYS], ids=named)
def test_every_mistake_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    assert_killed(mutant, tmp_path)

"""Positions that come as JSON numbers: models write probabilities and ids so."""

import json

import pytest

from magi_mcp.core.ballots import Position, Unreadable
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed, Probability, Scale

NUMBERED = Closed(Choices(("red", "green"), ids=("1", "2")))


@pytest.mark.parametrize(
    ("scale", "stated", "read"),
    [(Probability(), 0.35, "0.35"), (Probability(), 1, "1.0"), (NUMBERED, 2, "green")],
)
def test_a_position_may_be_a_number(scale: Scale, stated: float, read: str) -> None:
    ballot = BallotForm(scale).read(json.dumps({"position": stated}))
    assert isinstance(ballot, Position)
    assert ballot.position == read


@pytest.mark.parametrize(("scale", "stated"), [(Probability(), True), (Probability(), 35)])
def test_a_truth_value_and_a_number_off_the_scale_are_no_probability(
    scale: Scale, stated: object
) -> None:
    assert isinstance(BallotForm(scale).read(json.dumps({"position": stated})), Unreadable)

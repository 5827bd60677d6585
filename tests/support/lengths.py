"""How long a run is: all of it among the long ones, a seeded tenth of it in every run."""

import os

import pytest

SEED = int(os.environ.get("MAGI_SEED", "5"))
"""Chance in long runs starts here, so that a run can be repeated; another number tries others."""

by_the_tenth = pytest.mark.parametrize(
    "share",
    [pytest.param(0.1, id="a tenth"), pytest.param(1.0, id="all", marks=pytest.mark.soak)],
)
"""Runs a test with ``share`` 0.1, and with ``share`` 1.0 under ``pytest -m soak``."""

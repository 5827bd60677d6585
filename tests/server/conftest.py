"""Every test that takes ``era`` runs once for each era of the protocol."""

import pytest

from tests.server.meeting import ERAS, Era


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """``auto`` speaks 2026-07-28, ``legacy`` 2025-11-25."""
    chosen: Era = request.param
    return chosen

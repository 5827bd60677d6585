"""What every test of councils that the caller plays may ask for."""

import pytest

from tests.server.meeting import ERAS, Era


@pytest.fixture(params=ERAS)
def era(request: pytest.FixtureRequest) -> Era:
    """The protocol era of the client."""
    era: Era = request.param
    return era

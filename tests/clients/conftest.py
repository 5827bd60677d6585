"""What the clients of other hands run on."""

import pytest

from tests.clients.node_tools import NodeTools, NotInstalled, installed


@pytest.fixture(scope="session")
def node_tools() -> NodeTools:
    """Node and its packages; without a registry to install them from, what needs them skips."""
    try:
        return installed()
    except NotInstalled as why:
        pytest.skip(f"Node's packages cannot be installed: {why}")

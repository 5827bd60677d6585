"""No test depends on whose machine it runs on: no provider's key, no server of its own."""

import os
from collections.abc import Iterator

import pytest

NOBODY_LISTENS = "127.0.0.1:9"
"""Where an Ollama would be looked for, and refuses the connection at once."""


@pytest.fixture(autouse=True, scope="session")
def nobodys_machine() -> Iterator[None]:
    """The environment without keys and addresses, for all tests and their processes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.endswith(("_API_KEY", "_API_BASE", "_BASE_URL")):
                patch.delenv(name)
        patch.setenv("OLLAMA_HOST", NOBODY_LISTENS)
        yield

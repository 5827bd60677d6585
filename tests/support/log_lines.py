"""What our own log lines say, before anything has rendered them."""

from typing import Any

import pytest


def lines_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The facts of every line of ours so far; libraries' lines are texts and left out."""
    return [record.msg for record in caplog.records if isinstance(record.msg, dict)]

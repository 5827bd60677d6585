"""Texts that readers see, kept byte for byte.

A change of wording is a change of these files: ``MAGI_WRITE_SNAPSHOTS=1 uv run pytest
tests/core`` writes them anew, and the diff is what a reviewer reads.
"""

import os
from pathlib import Path

_HERE = Path(__file__).parent


def same_as_snapshot(name: str, text: str) -> bool:
    """Whether ``text`` is what the file ``name`` holds."""
    path = _HERE / name
    if os.environ.get("MAGI_WRITE_SNAPSHOTS"):
        path.write_bytes(text.encode())
    return path.read_bytes() == text.encode()

"""Recorded outputs of real models, which lie beside a checkout and are no part of it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

_BESIDE = Path(__file__).parents[2].parent / "shared"


def recorded(name: str) -> Iterator[dict[str, JsonValue]]:
    """The rows of ``name``; skips the test where the recorded outputs are absent.

    They are looked for in the folder that the environment variable MAGI_SHARED names, else
    in ``shared`` beside the checkout.
    """
    folder = Path(os.environ.get("MAGI_SHARED", _BESIDE)) / "data"
    if not folder.is_dir():
        pytest.skip(f"no recorded outputs in {folder}; set MAGI_SHARED to where they are")
    with (folder / name).open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)

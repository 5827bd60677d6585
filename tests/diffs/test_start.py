"""The parser of diffs is loaded by whoever reviews, and by nobody else."""

import pytest

from tests.architecture.test_imports import loaded_by


@pytest.mark.parametrize("module", ["magi_mcp.server.app", "magi_mcp.cli.app", "magi_mcp.wiring"])
def test_no_surface_loads_the_parser_of_diffs_when_it_is_imported(module: str) -> None:
    assert "unidiff" not in loaded_by(module)


def test_the_search_can_find_it() -> None:
    assert "unidiff" in loaded_by("magi_mcp.diffs.changes")

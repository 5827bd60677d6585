"""The published schemas are those of this version."""

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from magi_mcp.server.complete_schemas import FILES, text_of
from tests.repository.wheel import ROOT


@pytest.mark.parametrize("name", FILES)
def test_a_published_schema_is_current_and_valid(name: str) -> None:
    schema = FILES[name]()
    Draft202012Validator.check_schema(schema)
    told = "run: python -m magi_mcp.server.complete_schemas schemas"
    assert (ROOT / "schemas" / name).read_text(encoding="utf-8") == text_of(schema), told


def test_no_schema_is_published_that_nobody_keeps() -> None:
    assert {path.name for path in (ROOT / "schemas").iterdir()} == set(FILES)

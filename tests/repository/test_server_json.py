"""server.json: what a registry of MCP servers is told about this one."""

import json
import re
import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from magi_mcp.settings.keys import KNOWN_VARIABLES, VARIABLES
from tests.repository.registry_format import ServerJson
from tests.repository.wheel import ROOT


@pytest.fixture
def published() -> dict[str, Any]:
    text = (ROOT / "server.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def test_it_has_the_registrys_format(published: dict[str, Any]) -> None:
    ServerJson.model_validate(published)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "x" * 101),
        ("name", "magi-mcp"),
        ("name", "io.github.magi-mcp/magi/mcp"),
        ("$schema", "https://static.modelcontextprotocol.io/schemas/draft/server.schema.json"),
        ("packages", []),
        ("licence", "MIT"),
    ],
)
def test_the_format_refuses_what_the_registry_would(
    published: dict[str, Any], field: str, value: object
) -> None:
    with pytest.raises(ValidationError, match=re.escape(field)):
        ServerJson.model_validate({**published, field: value})


@pytest.mark.parametrize("version", ["latest", "^0.1.0", ">=0.1", "0.1.x", "0.*"])
def test_a_packages_version_is_neither_a_range_nor_latest(
    published: dict[str, Any], version: str
) -> None:
    published["packages"][0]["version"] = version
    with pytest.raises(ValidationError, match="one version"):
        ServerJson.model_validate(published)


def test_it_names_the_package_and_version_that_is_built(published: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    package = published["packages"][0]
    assert (package["registryType"], package["identifier"]) == ("pypi", project["name"])
    assert published["version"] == package["version"] == project["version"]


def test_the_readme_proves_who_publishes_it(published: dict[str, Any]) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- mcp-name: {published['name']} -->" in readme


def test_every_key_is_marked_secret_and_nothing_else(published: dict[str, Any]) -> None:
    variables = ServerJson.model_validate(published).packages[0].environment_variables
    assert {v.name for v in variables if v.is_secret} == {
        v.name for v in variables if v.name.endswith("_KEY")
    }


def test_our_variables_in_it_are_ones_this_version_uses(published: dict[str, Any]) -> None:
    named = {v["name"] for v in published["packages"][0]["environmentVariables"]}
    ours = {name for name in named if name.startswith("MAGI_")}
    assert ours <= VARIABLES.keys() <= KNOWN_VARIABLES
    assert "MAGI_SEATS" in ours

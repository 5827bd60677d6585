"""The protocol's own conformance suite, over HTTP; what is excepted stands in a file, with why."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.node_tools import NodeTools
from tests.clients.processes import address_told, scripted

BASELINE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "conformance.toml").read_text(encoding="utf-8")
)
ANY_SERVER = [
    (version, scenario)
    for version, scenarios in BASELINE["any_server"].items()
    for scenario in scenarios
]
TASKS: list[str] = BASELINE["tasks"]["scenarios"]
PATIENCE_S = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real server."""
    with scripted(tmp_path_factory.mktemp("served")).on_http() as address:
        yield address


@pytest.fixture(scope="module")
def task_fixtures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the tools that the suite calls."""
    server = scripted(tmp_path_factory.mktemp("fixtures"))
    command = [sys.executable, "-m", "tests.clients.task_fixtures"]
    with address_told(command, server.environment, server.home) as address:
        yield address


def suite(tools: NodeTools, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the suite's command."""
    return subprocess.run(
        [tools.node, tools.package("conformance/dist/index.js"), *arguments],
        cwd=home,
        env=dict(tools.environment(home)),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def complaints(tools: NodeTools, home: Path, *arguments: str) -> dict[str, str]:
    """The checks of one scenario that failed or warned, with what they say."""
    ran = suite(tools, home, "server", "--output-dir", str(home), *arguments)
    written = list(home.glob("*/checks.json"))
    assert len(written) == 1, f"no scenario was run: {ran.stdout}{ran.stderr}"
    checks = json.loads(written[0].read_text(encoding="utf-8"))
    assert checks, "the scenario checked nothing"
    return {
        check["id"]: check.get("errorMessage", "")
        for check in checks
        if check["status"] not in ("SUCCESS", "INFO")
    }


@pytest.mark.parametrize(("version", "scenario"), ANY_SERVER)
def test_the_server_meets_a_scenario_that_fits_any_server(
    node_tools: NodeTools, served: str, version: str, scenario: str, tmp_path: Path
) -> None:
    asked = ["--url", served, "--scenario", scenario, "--spec-version", version]
    excepted = BASELINE["exceptions"].get(f"{version} {scenario}", {})
    complained = complaints(node_tools, tmp_path, *asked)
    assert complained.keys() == excepted.keys(), complained


@pytest.mark.parametrize("scenario", TASKS)
def test_deliberations_as_tasks_meet_a_scenario(
    node_tools: NodeTools, task_fixtures: str, scenario: str, tmp_path: Path
) -> None:
    asked = ["--url", task_fixtures, "--scenario", scenario]
    assert complaints(node_tools, tmp_path, *asked) == {}


def test_every_scenario_of_the_suite_is_run_or_excepted(
    node_tools: NodeTools, tmp_path: Path
) -> None:
    listed = suite(node_tools, tmp_path, "list", "--server").stdout
    known = [line.split()[1] for line in listed.splitlines() if line.startswith("  - ")]
    run = {scenario for _, scenario in ANY_SERVER} | set(TASKS)
    not_run = [scenario for group in BASELINE["not_run"] for scenario in group["scenarios"]]
    assert not run & set(not_run)
    assert sorted([*run, *not_run]) == sorted(known)

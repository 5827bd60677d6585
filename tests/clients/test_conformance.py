"""The protocol's own conformance suite, over HTTP; what is excepted stands in a file, with why."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.clients.node_tools import NodeTools
from tests.clients.processes import address_told, scripted
from tests.clients.token_bearer import token_bearer

BASELINE: dict[str, Any] = tomllib.loads(
    (Path(__file__).parent / "conformance.toml").read_text(encoding="utf-8")
)
ANY_SERVER = [
    (version, scenario)
    for version, scenarios in BASELINE["any_server"].items()
    for scenario in scenarios
]
ALWAYS_WITH_TOKENS = (("2026-07-28", "http-header-validation"), ("2025-11-25", "tools-list"))
"""A tenth of those scenarios; before a server that asks for tokens the others are long runs."""

TASKS: list[str] = BASELINE["tasks"]["scenarios"]
PATIENCE_S = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real server."""
    with scripted(tmp_path_factory.mktemp("served")).on_http() as address:
        yield address


@pytest.fixture(scope="module")
def served_with_tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An address that shows a token for the suite, which has none, to a server that wants one."""
    server = scripted(tmp_path_factory.mktemp("guarded"))
    made = subprocess.run(
        [*server.command, "token", "new", "suite"],
        cwd=server.home,
        env=dict(server.environment),
        capture_output=True,
        text=True,
        check=True,
    )
    with server.on_http() as address:
        assert httpx2.post(address, json={}).status_code == 401
        with token_bearer(address, made.stdout.strip()) as shown:
            yield shown


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
    assert_met(node_tools, served, version, scenario, tmp_path)


@pytest.mark.parametrize(
    ("version", "scenario"),
    [
        pytest.param(*each, marks=[] if each in ALWAYS_WITH_TOKENS else [pytest.mark.soak])
        for each in ANY_SERVER
    ],
)
def test_a_server_that_asks_for_tokens_meets_it_as_well(
    node_tools: NodeTools, served_with_tokens: str, version: str, scenario: str, tmp_path: Path
) -> None:
    assert_met(node_tools, served_with_tokens, version, scenario, tmp_path)


def assert_met(tools: NodeTools, address: str, version: str, scenario: str, home: Path) -> None:
    """Fail where a scenario complains of more, or of less, than the baseline excepts."""
    asked = ["--url", address, "--scenario", scenario, "--spec-version", version]
    excepted = BASELINE["exceptions"].get(f"{version} {scenario}", {})
    complained = complaints(tools, home, *asked)
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

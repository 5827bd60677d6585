"""An agent framework's clients: pydantic-ai delegates a decision, FastMCP puts it as a task."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.clients.processes import DEMO, DEMO_RULING, scripted

FRAMEWORK = "pydantic-ai-slim[mcp-tasks]==2.68.0"
AGENT = Path(__file__).parent / "delegating_agent.py"
INSTALLING_S = 300
PATIENCE_S = 60

ELSEWHERE = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
"""The environment outside this project's own, so that nothing of it is found by the framework."""


@pytest.fixture(scope="session")
def python() -> list[str]:
    """A command that runs Python where the framework is installed, and nothing of ours is."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which installs the framework, is not here")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    outside = ["--no-project", "--no-python-downloads", "--python", version, "--with", FRAMEWORK]
    command = [uv, "run", "--quiet", *outside, "python"]
    ready = _run([*command, "-c", "import pydantic_ai, fastmcp_tasks"], INSTALLING_S)
    if ready.returncode:
        pytest.skip(f"{FRAMEWORK} cannot be installed: {ready.stderr.strip()[-500:]}")
    return command


def test_an_agent_is_offered_the_tools_and_given_the_verdict(
    python: list[str], tmp_path: Path
) -> None:
    told = _delegated(python, "agent", tmp_path)
    text, link = json.loads(told["answer"])
    assert {"deliberate", "get_dossier"} <= set(told["offered"])
    assert text.startswith(f"DECIDED: {DEMO_RULING} (majority, 2 of 3)")
    assert link.startswith("magi://dossiers/")


def test_a_client_of_tasks_is_given_a_task_and_then_the_verdict(
    python: list[str], tmp_path: Path
) -> None:
    told = _delegated(python, "task", tmp_path)
    assert told["state"] == "completed"
    assert told["verdict"]["dossier_id"] == told["id"]
    assert told["verdict"]["ruling"] == DEMO_RULING


def _delegated(python: list[str], how: str, home: Path) -> dict[str, Any]:
    server = scripted(home)
    given = {"command": server.command, "env": server.environment, "arguments": DEMO}
    ran = _run([*python, str(AGENT), how, json.dumps(given)], PATIENCE_S)
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout)
    return told


def _run(command: list[str], patience_s: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=AGENT.parent,
        env=ELSEWHERE,
        capture_output=True,
        text=True,
        timeout=patience_s,
    )

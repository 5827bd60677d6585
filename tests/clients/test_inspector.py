"""The Inspector's command line: what somebody sees who tries the server by hand."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from magi_mcp.server.tools import council_tools
from tests.clients.node_tools import NodeTools
from tests.clients.processes import DEMO, DEMO_RULING, Server, scripted

PATIENCE_S = 60

every_era = pytest.mark.parametrize("era", ["legacy", "modern"])


class Inspector:
    """Runs one method of a server at a time, each in a server process of its own."""

    def __init__(self, tools: NodeTools, server: Server, era: str) -> None:
        variables = [f"{name}={value}" for name, value in server.environment.items()]
        self._command = [
            tools.node,
            tools.package("inspector/clients/launcher/build/index.js"),
            *["--cli", "--quiet", "--format", "json", "--protocol-era", era],
            *[part for variable in variables for part in ("-e", variable)],
            *server.command,
        ]
        self._environment = dict(tools.environment(server.home))
        self._home = server.home

    def run(self, method: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self._command, "--method", method, *arguments],
            cwd=self._home,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def ask(self, method: str, *arguments: str) -> dict[str, Any]:
        """The result of a method that succeeds."""
        ran = self.run(method, *arguments)
        assert ran.returncode == 0, ran.stderr
        result: dict[str, Any] = json.loads(ran.stdout)["result"]
        return result


@every_era
def test_the_tools_are_listed_and_their_schemas_have_no_error(
    node_tools: NodeTools, era: str, tmp_path: Path
) -> None:
    inspector = Inspector(node_tools, scripted(tmp_path), era)
    tools = inspector.ask("tools/list", "--strict")["tools"]
    assert [tool["name"] for tool in tools] == [tool.name for tool in council_tools()]


@every_era
def test_a_decision_is_made_read_again_and_found_among_the_resources(
    node_tools: NodeTools, era: str, tmp_path: Path
) -> None:
    inspector = Inspector(node_tools, scripted(tmp_path), era)
    call = ["tools/call", "--tool-args-json", json.dumps(DEMO), "--tool-name"]
    verdict = inspector.ask(*call, "deliberate")["structuredContent"]
    latest = [*call[:2], json.dumps({"dossier_id": "latest"}), call[3], "get_dossier"]
    assert verdict["ruling"] == DEMO_RULING
    assert inspector.ask(*latest)["structuredContent"] == verdict
    listed = inspector.ask("resources/list")["resources"]
    assert verdict["dossier_uri"] in [resource["uri"] for resource in listed]
    [report] = inspector.ask("resources/read", "--uri", verdict["dossier_uri"])["contents"]
    assert report["mimeType"] == "text/markdown"
    assert "## Minority report" in report["text"]


def test_the_prompts_and_templates_are_listed(node_tools: NodeTools, tmp_path: Path) -> None:
    inspector = Inspector(node_tools, scripted(tmp_path), "modern")
    assert "prompts" in inspector.ask("prompts/list")
    templates = inspector.ask("resources/templates/list")["resourceTemplates"]
    assert "magi://dossiers/{dossier_id}" in [template["uriTemplate"] for template in templates]


def test_a_refusal_is_shown_in_the_servers_own_words(node_tools: NodeTools, tmp_path: Path) -> None:
    inspector = Inspector(node_tools, scripted(tmp_path), "modern")
    misspelt = ["--tool-name", "deliberate", "--tool-args-json", '{"qestion": "Ship?"}']
    ran = inspector.run("tools/call", *misspelt)
    assert ran.returncode != 0
    assert "FAILED: argument: 'qestion'" in ran.stdout

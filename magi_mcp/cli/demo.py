"""CLI: ``demo``. The whole real path, with a council whose words were written beforehand.

An MCP client starts the server as a process of its own, has it deliberate, and reads the
dossier as a resource; then the store itself is asked for the dossier.
"""

import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, TextIO

import anyio
from rich.console import Group
from rich.text import Text

from magi_mcp.cli.asking import show_result
from magi_mcp.cli.desk import PROGRAM, Desk
from magi_mcp.cli.mishaps import Mishap
from magi_mcp.cli.typeset import section
from magi_mcp.core.dossier import dossier_uri
from magi_mcp.core.errors import MagiError
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.verdict import Verdict
from magi_mcp.core.words import seat_titles, seconds
from magi_mcp.seats.scripts import Playbook, playbook
from magi_mcp.service import Council

if TYPE_CHECKING:
    from mcp import Client

_SCRIPT = "demo"
_PATIENCE_S = 60.0
_BEFOREHAND = (
    "The council is scripted: its words were written beforehand, no model is asked and nothing "
    "is spent."
)
_REAL_COUNCIL = f"""\
{PROGRAM} ask "Should we ship on Friday?" --method yes_no \\
  --seat openai/gpt-4o-mini \\
  --seat anthropic/claude-sonnet-4-6 \\
  --seat gemini/gemini-2.5-flash"""


class DemoFailed(MagiError):
    """The way was not gone to its end; the text says what stopped it."""


@dataclass(frozen=True)
class Shown:
    """What the demonstration left: its verdict, and the store in which the dossier lies."""

    verdict: Verdict
    store: str


def demonstrate(desk: Desk, mishap: Mishap | None = None) -> int:
    """Go the whole way; say plainly, before and after, that the council is scripted.

    With a ``mishap`` one of its seats fails, and the exit code is that of the verdict.
    """
    told = [_BEFOREHAND, *([str(mishap)] if mishap else [])]
    if desk.as_json:
        for sentence in told:
            desk.screen.note(sentence)
    else:
        desk.screen.show(_opening(playbook(_SCRIPT), told))
    shown = desk.with_council(lambda council: _go(council, desk, mishap))
    if not desk.as_json:
        desk.screen.show(Text())
    code = show_result(shown.verdict, desk)
    if not desk.as_json:
        desk.screen.show(_closing(shown, desk))
    return code


async def _go(council: Council, desk: Desk, mishap: Mishap | None) -> Shown:
    script = playbook(_SCRIPT)
    with TemporaryFile("w+", encoding="utf-8") as log:
        try:
            with anyio.fail_after(_PATIENCE_S):
                async with _server(_seats(script, mishap), desk, log) as client:
                    dossier_id = await _deliberate(script, client, desk)
                    verdict = await _read_back(dossier_id, client, desk)
        except DemoFailed:
            raise
        except Exception as broken:
            raise DemoFailed(f"The demonstration stopped: {_reason(broken, log)}") from broken
    kept = await council.dossier(dossier_id)
    desk.screen.note(f"4. Found the dossier in the store: {kept.last_seq} journal entries.")
    return Shown(verdict, council.store)


def _seats(script: Playbook, mishap: Mishap | None) -> str:
    """Seats that speak the script's parts, but for the one that a mishap befalls."""
    model = f"{SCRIPTED}{_SCRIPT}"
    models = {seat: mishap.model(seat, model) if mishap else model for seat in script.parts}
    return ",".join(f"{seat}={model}" for seat, model in models.items())


@asynccontextmanager
async def _server(seats: str, desk: Desk, log: TextIO) -> AsyncIterator["Client"]:
    """A client of the real server, whose council are these ``seats``."""
    from mcp import Client, StdioServerParameters, stdio_client

    began = time.monotonic()
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-m", "magi_mcp", "serve", *desk.flags.arguments()],
        env={**os.environ, "MAGI_SEATS": seats},
    )
    async with Client(stdio_client(parameters, errlog=log)) as client:
        desk.screen.note(
            f"1. Started the MCP server on stdio: protocol {client.protocol_version}, "
            f"{seconds(time.monotonic() - began)}."
        )
        yield client


async def _deliberate(script: Playbook, client: "Client", desk: Desk) -> str:
    """Call the tool as any client would; the id of the dossier that it leaves."""

    async def report(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001  (the SDK's signature)
        desk.screen.note(f"- {message}")

    desk.screen.note(
        f"2. Called its tool deliberate, with {seat_titles(tuple(script.parts))} on the council:"
    )
    sample = script.sample.model_dump(mode="json", exclude={"options"})
    arguments = {
        **sample,
        "options": list(script.sample.options),
        "personas": ["eva"],
        "fresh": True,  # whoever shows it twice in a row sees it twice
    }
    result = await client.call_tool("deliberate", arguments, progress_callback=report)
    told = " ".join(block.text for block in result.content if block.type == "text")
    if result.is_error or not result.structured_content:
        raise DemoFailed(f"The server refused the sample question: {told}")
    return str(result.structured_content["dossier_id"])


async def _read_back(dossier_id: str, client: "Client", desk: Desk) -> Verdict:
    """The verdict as its resource gives it, once the report was read the same way."""
    uri = dossier_uri(dossier_id)
    report = await _resource(uri, client)
    verdict = Verdict.model_validate_json(await _resource(f"{uri}/verdict", client))
    desk.screen.note(
        f"3. Read {uri}: a report of {len(report.splitlines())} lines; and its verdict."
    )
    return verdict


async def _resource(uri: str, client: "Client") -> str:
    from mcp_types import TextResourceContents

    (contents,) = (await client.read_resource(uri)).contents
    if not isinstance(contents, TextResourceContents):
        raise DemoFailed(f"{uri} is no text.")
    return contents.text


def _reason(broken: Exception, log: TextIO) -> str:
    """Why the way ended: what the server wrote last, else what the client met."""
    if isinstance(broken, TimeoutError):
        return f"it was not done after {_PATIENCE_S:.0f} s."
    log.seek(0)
    lines = [line.strip() for line in log if line.strip()]
    return lines[-1] if lines else f"{type(broken).__name__}: {broken}"


def _opening(script: Playbook, told: Sequence[str]) -> Group:
    return Group(
        section(
            "A demonstration",
            *(Text(sentence, style="bold yellow") for sentence in told),
            Text(
                "The rest is real: an MCP client starts the server, calls its tool, and reads the "
                "dossier back as a resource."
            ),
        ),
        section("What the council is told", Text(script.sample.context)),
    )


def _closing(shown: Shown, desk: Desk) -> Group:
    dossier_id = shown.verdict.dossier_id
    return Group(
        Text(),
        section(
            "This was a demonstration",
            Text("The council was scripted: no model was asked.", style="bold yellow"),
            Text(f"Store    {shown.store}"),
            Text(f"Dossier  {dossier_id}"),
            Text(f"Read it  {desk.reread(dossier_id)}"),
        ),
        section(
            "A real council",
            Text("Set the keys of your providers, name the seats, and ask:"),
            Text(_REAL_COUNCIL, style="bold"),
            Text("As an MCP server, for instance in Claude Code:"),
            Text(f"claude mcp add magi -- uvx {PROGRAM}", style="bold"),
        ),
    )

"""Delegate a decision to the council, then read the dossier it leaves.

    uv run python examples/delegate_decision.py "Should we ship on Friday?"

Starts the server over stdio, as an editor or an agent does, and speaks to it through the MCP
client. The question goes to the seats that are configured, or that are found from the keys in
the environment. Without a question, the scripted council of `magi-mcp demo` answers its own
sample: its words were written beforehand, and no model is asked.
"""

import asyncio
import os
import sys
from typing import Any

from mcp import Client, StdioServerParameters
from mcp_types import TextContent, TextResourceContents

from magi_mcp.seats.scripts import playbook

SCRIPTED_SEATS = "scripted/demo,scripted/demo,scripted/demo"


async def main(question: str | None) -> int:
    environment = dict(os.environ)  # else the server would see neither seats nor keys
    decision: dict[str, Any] = {"question": question}
    if question is None:
        decision = playbook("demo").sample.model_dump(mode="json")
        environment["MAGI_SEATS"] = SCRIPTED_SEATS
        print("No question was given. A scripted council answers its own sample question:")
        print("its words were written beforehand, and no model is asked.\n")
    async with Client(StdioServerParameters(command="magi-mcp", env=environment)) as client:
        result = await client.call_tool("deliberate", decision, progress_callback=show_progress)
        if result.is_error or result.structured_content is None:
            print("\n".join(c.text for c in result.content if isinstance(c, TextContent)))
            return 1
        verdict = result.structured_content
        if verdict["status"] == "awaiting_replies":
            # No model was found, so the caller is asked to answer for the seats; this one cannot.
            print("\n".join(c.text for c in result.content if isinstance(c, TextContent)))
            return 3
        show_verdict(verdict)
        dossier = await client.read_resource(verdict["dossier_uri"])
    report = "\n".join(c.text for c in dossier.contents if isinstance(c, TextResourceContents))
    print(f"\nThe dossier, {verdict['dossier_uri']}:\n\n{report}")
    return 0 if verdict["status"] == "decided" else 3


async def show_progress(progress: float, total: float | None, message: str | None) -> None:
    """What the server tells after every reply; goes beside the result, not into it."""
    of = "" if total is None else f"/{total:.0f}"
    print(f"  {progress:.0f}{of} {message}", file=sys.stderr)


def show_verdict(verdict: dict[str, Any]) -> None:
    """What a caller should always pass on: the ruling, the split, the dissent."""
    print(f"Question: {verdict['question']}")
    print(f"Ruling: {verdict['ruling'] or 'none'} ({verdict['outcome']})")
    for entry in verdict["tally"]:
        print(f"  {entry['votes']} for {entry['position']}: {', '.join(entry['seats'])}")
    for dissent in verdict["minority_report"]:
        print(f"Dissent, {', '.join(dissent['seats'])} for {dissent['position']}:")
        print(f"  {dissent['argument']}")
        print(f"  Would change their mind: {dissent['would_flip'] or 'not said'}")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None)))

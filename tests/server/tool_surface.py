"""What clients are shown of the tools, as text. To renew the snapshot after a wanted change:

python -m tests.server.tool_surface > tests/server/snapshots/tools.json
"""

import json
from pathlib import Path

from mcp_types import Tool

from magi_mcp.server.tools import council_tools

SNAPSHOT = Path(__file__).parent / "snapshots" / "tools.json"


def published() -> list[Tool]:
    """The tools as they are listed."""
    return [
        Tool(
            name=tool.name,
            title=tool.title,
            description=tool.description,
            input_schema=tool.parameters,
            output_schema=tool.output_schema,
            annotations=tool.annotations,
        )
        for tool in council_tools()
    ]


def surface(tools: list[Tool]) -> str:
    """Everything about the tools, in a form that can be compared byte for byte."""
    shown = [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in tools]
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    print(surface(published()), end="")

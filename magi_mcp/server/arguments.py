"""Server: what becomes of arguments that a tool cannot take, and of faults below it.

What the caller can mend comes back as a failed result that names the argument, the value and
what would be right. A fault of ours is logged in full, and the caller reads only that it is
ours.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, TextContent
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from magi_mcp.core.errors import CallerError, StoreError, unknown_name
from magi_mcp.core.words import shortened
from magi_mcp.server.schemas import Schema, input_schema
from magi_mcp.service import Council

Ctx = Context[Council, Any]
"""What a tool or a resource is given with a request; the lifespan's state is the council."""

_OUR_FAULT = (
    "FAILED: a fault inside magi-mcp, not in the request; its log says what happened. "
    'What had arrived is kept: get_dossier("latest").'
)
_LONGEST_REFUSAL = 1200


class CouncilTool(Tool):
    """A tool that refuses what it does not know, in the council's own words.

    ``returns`` describes its results. It is asked when tools are first listed, and not before a
    client is greeted: it builds much that a greeting does without.
    """

    returns: Callable[[], Schema] | None = Field(default=None, exclude=True)

    @cached_property
    def output_schema(self) -> Schema | None:
        """The schema of its results, as clients are shown it."""
        return None if self.returns is None else self.returns()

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: FBT001, FBT002  (the SDK's signature)
    ) -> Any:  # noqa: ANN401
        # Clients that fill in every argument they see send null for "not given".
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            self._check_names(given)
            return await super().run(given, context, convert_result)
        except CallerError as unknown:
            return refused(str(unknown))
        except ToolError as failure:
            match failure.__cause__:
                case CallerError() | StoreError() as fault:
                    return refused(str(fault))
                case ValidationError() as invalid if not isinstance(failure, UnexpectedToolError):
                    errors = invalid.errors(include_url=False)
                    return refused(" ".join(self._explained(error) for error in errors))
                case cause:
                    raise UnexpectedToolError(_OUR_FAULT) from cause

    def _check_names(self, given: dict[str, Any]) -> None:
        valid = self.parameters["properties"]
        for name in given:
            if name not in valid:
                raise unknown_name("argument", name, valid)

    def _explained(self, error: ErrorDetails) -> str:
        name, *inside = error["loc"]
        schema = self.parameters["properties"][name]
        where = str(name) + "".join(
            f"[{each}]" if isinstance(each, int) else f".{each}" for each in inside
        )
        if error["type"] == "missing" and not inside:
            return f"{where} is required: {schema['description']}"
        if error["type"] == "missing":
            return f"{where} is required."
        value = shortened(repr(error["input"]), 80)
        valid = f" Valid: {', '.join(schema['enum'])}." if "enum" in schema else ""
        return f"{where}: {value} is refused. {error['msg']}.{valid}"


def published(tool: Tool, returns: Callable[[], Schema] | None) -> Tool:
    """The tool with the schemas that clients are shown; arguments are checked as before.

    ``returns`` makes the schema of its results. None publishes none: what is returned is described
    in a file, and costs no model anything.
    """
    assert isinstance(tool, CouncilTool), "all tools of the server are the council's"
    tool.parameters = input_schema(cast(Schema, tool.parameters))
    tool.returns = returns
    return tool


def refused(text: str) -> CallToolResult:
    """A failed result with a text for the caller.

    A refusal may quote what the caller wrote; of a long one the middle is left out, for the
    name stands at its beginning and what would be right at its end.
    """
    half = _LONGEST_REFUSAL // 2
    told = text if len(text) <= _LONGEST_REFUSAL else f"{text[:half]} […] {text[-half:]}"
    return CallToolResult(content=[TextContent(text=f"FAILED: {told}")], is_error=True)

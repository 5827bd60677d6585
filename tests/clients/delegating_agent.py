"""An agent of pydantic-ai that delegates a decision; runs in an environment of its own.

``python delegating_agent.py HOW JSON``, where HOW is `agent` or `task`, and JSON holds command
and env of an MCP server and the arguments of `deliberate`. As `agent`, its model is a function
that calls `deliberate` and answers with what it was given; as `task`, the framework's client
of the tasks extension is used by hand. Prints what happened as JSON.
"""

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from fastmcp_tasks import call_tool_task
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel


async def as_agent(transport: StdioTransport, arguments: dict[str, Any]) -> dict[str, Any]:
    """Let the agent answer one question, which it hands on to the council."""
    offered: list[str] = []

    def think(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered[:] = [tool.name for tool in info.function_tools]
        said = messages[-1].parts[-1]
        if isinstance(said, ToolReturnPart):
            return ModelResponse(parts=[TextPart(said.model_response_str())])
        return ModelResponse(parts=[ToolCallPart("deliberate", arguments)])

    agent = Agent(FunctionModel(think), toolsets=[MCPToolset(transport)])
    answer = await agent.run("Decide this for me.")
    return {"offered": offered, "answer": answer.output}


async def as_task(transport: StdioTransport, arguments: dict[str, Any]) -> dict[str, Any]:
    """Put the question as a task, and wait for its result."""
    async with Client(transport) as client:
        task = await call_tool_task(client, name="deliberate", arguments=arguments)
        result = await task.result()
        state = await task.status()
    return {"id": task.task_id, "state": state.status, "verdict": result.structured_content}


async def main(how: str, given: dict[str, Any]) -> None:
    program, *rest = given["command"]
    transport = StdioTransport(program, rest, env=given["env"])
    ways = {"agent": as_agent, "task": as_task}
    print(json.dumps(await ways[how](transport, given["arguments"])))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))

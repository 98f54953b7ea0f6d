"""The Python SDK's own client on stdio, which has no 403: `python_stdio.py TODO_SERVER REVISION`."""

import asyncio
import sys

from flow import TOOLS, equal
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

# The SDK cannot offer an older revision in its handshake.
MODES = {"2025-11-25": "legacy", "2026-07-28": "auto"}


async def main(server: str, revision: str) -> None:
    caller = {"MCP_GUARD_SUBJECT": "alice", "MCP_GUARD_SCOPES": "todo:write"}
    environment = {"TODO_DATABASE": "sqlite::memory:", "RUST_LOG": "off"} | caller
    transport = stdio_client(StdioServerParameters(command=server, args=["--stdio"], env=environment))
    async with Client(transport, mode=MODES[revision], read_timeout_seconds=20) as client:
        equal("the revision", client.protocol_version, revision)
        equal("the tools", sorted(tool.name for tool in (await client.list_tools()).tools), TOOLS)
        created = await client.call_tool("create_todo", {"title": "Buy milk"})
        equal("create_todo fails", created.is_error, False)
        todo = created.structured_content["id"]
        for tool, arguments, scope in [
            ("delete_todo", {"id": todo}, "todo:delete todo:read todo:write"),
            ("share_todo", {"id": todo, "with": "everyone"}, "todo:read todo:share todo:write"),
        ]:
            refused = await client.call_tool(tool, arguments)
            equal(f"{tool} fails", refused.is_error, True)
            equal(f"the error of {tool}", refused.structured_content, {"error": "insufficient_scope", "scope": scope})
        shared = await client.call_tool("share_todo", {"id": todo, "with": "bob"})
        equal("share_todo fails", shared.is_error, False)
    print("refused delete_todo and share_todo with the scopes they need")


asyncio.run(main(*sys.argv[1:]))

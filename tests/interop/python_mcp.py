"""The Python SDK's own client: `python_mcp.py MCP_URL REVISION`."""

import asyncio
import json
import sys

import httpx2
from flow import REDIRECT_URI, TOOLS, Browser, Exchange, check_wire, equal
from mcp import Client
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

# The SDK cannot offer an older revision in its handshake.
MODES = {"2025-11-25": "legacy", "2026-07-28": "auto"}


class Memory(TokenStorage):
    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def titles(client: Client) -> list[str]:
    result = await client.call_tool("list_todos")
    equal("list_todos fails", result.is_error, False)
    return [todo["title"] for todo in result.structured_content["todos"]]


async def main(url: str, revision: str) -> None:
    browser = Browser(f"python-mcp-{revision}")
    wire: list[Exchange] = []
    sessions = set()

    async def redirect(authorization_url: str) -> None:
        await asyncio.to_thread(browser.open, authorization_url)

    async def callback() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(**browser.callback)

    async def record(response: httpx2.Response) -> None:
        request = response.request
        posted = request.content if request.headers.get("content-type") == "application/json" else b"{}"
        params = json.loads(posted or b"{}").get("params") or {}
        wire.append(
            Exchange(
                method=request.method,
                url=str(request.url),
                tool=params.get("name"),
                token="authorization" in request.headers,
                status=response.status_code,
                challenge=response.headers.get("www-authenticate"),
            )
        )
        sessions.add(response.headers.get("mcp-session-id"))

    metadata = OAuthClientMetadata(redirect_uris=[REDIRECT_URI], client_name="interop")
    provider = OAuthClientProvider(url, metadata, Memory(), redirect, callback)
    async with httpx2.AsyncClient(auth=provider, timeout=20, event_hooks={"response": [record]}) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=MODES[revision], read_timeout_seconds=20) as client:
            equal("the revision", client.protocol_version, revision)
            equal("the tools", sorted(tool.name for tool in (await client.list_tools()).tools), TOOLS)
            equal("the todos at first", await titles(client), [])
            # One call: on the 403, the provider logs in again and repeats the request.
            created = await client.call_tool("create_todo", {"title": "Buy milk"})
            equal("create_todo fails", created.is_error, False)
            # The todo does not exist, which the tool reports. The guard checks only the recipient.
            shared = await client.call_tool("share_todo", {"id": 0, "with": "everyone"})
            equal("share_todo", (shared.is_error, shared.content[0].text), (True, "there is no todo with the id 0"))
            equal("the todos at the end", await titles(client), ["Buy milk"])

    equal("in a session", bool(sessions - {None}), revision < "2026")
    check_wire(url, wire, browser.scopes)
    print(f"asked for {', then '.join(map(repr, browser.scopes))}; {len(wire)} requests")


asyncio.run(main(*sys.argv[1:]))

"""The standard library only, without an SDK: a session, and the requests of another user in it. `raw.py MCP_URL REVISION`."""

import json
import sys
from itertools import count
from urllib.parse import urlencode

from flow import TOOLS, Answer, equal, fail, parameter, send

URL, REVISION = sys.argv[1:]
IDS = count(1)


def post(token: str | None, session: str | None, method: str, params: dict | None = None) -> Answer:
    message = {"jsonrpc": "2.0", "method": method}
    if not method.startswith("notifications/"):
        message |= {"id": next(IDS), "params": params or {}}
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    return send("POST", URL, headers | credentials(token, session), json.dumps(message))


def credentials(token: str | None, session: str | None) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return headers | ({"MCP-Protocol-Version": REVISION, "Mcp-Session-Id": session} if session else {})


def call(token: str | None, session: str, tool: str, **arguments: str) -> Answer:
    return post(token, session, "tools/call", {"name": tool, "arguments": arguments})


def titles(token: str, session: str) -> list[str]:
    answer = call(token, session, "list_todos")
    equal("list_todos", answer.status, 200)
    return [todo["title"] for todo in answer.json()["result"]["structuredContent"]["todos"]]


def discover() -> str:
    """Finds the token endpoint, starting from a 401."""
    bare = post(None, None, "initialize", {})
    equal("a request without a token", bare.status, 401)
    challenge = bare.headers["www-authenticate"]
    equal("the scope of the 401", parameter(challenge, "scope"), "todo:read")
    resource = send("GET", parameter(challenge, "resource_metadata")).json()
    equal("the resource", resource["resource"], URL)
    (issuer,) = resource["authorization_servers"]
    server = send("GET", f"{issuer.rstrip('/')}/.well-known/oauth-authorization-server").json()
    equal("the issuer", server["issuer"], issuer)
    return server["token_endpoint"]


def new_token(endpoint: str, subject: str, scope: str) -> str:
    form = {"grant_type": "client_credentials", "client_id": "raw", "resource": URL, "subject": subject, "scope": scope}
    answer = send("POST", endpoint, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form))
    equal("the token endpoint", answer.status, 200)
    return answer.json()["access_token"]


endpoint = discover()
reader = new_token(endpoint, "raw-alice", "todo:read")
writer = new_token(endpoint, "raw-alice", "todo:read todo:write")
other_user = new_token(endpoint, "raw-bob", "todo:read todo:write")

hello = {"protocolVersion": REVISION, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
opened = post(reader, None, "initialize", hello)
equal("initialize", opened.status, 200)
equal("the revision", opened.json()["result"]["protocolVersion"], REVISION)
session = opened.headers.get("mcp-session-id") or fail("there is no session")
equal("notifications/initialized", post(reader, session, "notifications/initialized").status, 202)
equal("the tools", sorted(t["name"] for t in post(reader, session, "tools/list").json()["result"]["tools"]), TOOLS)
equal("the todos at first", titles(reader, session), [])

refused = call(reader, session, "create_todo", title="Buy milk")
equal("create_todo with todo:read", refused.status, 403)
equal("the error of the 403", parameter(refused.headers["www-authenticate"], "error"), "insufficient_scope")
equal("the scope of the 403", parameter(refused.headers["www-authenticate"], "scope"), "todo:read todo:write")
equal("the todos after the 403", titles(reader, session), [])
equal("create_todo with todo:write", call(writer, session, "create_todo", title="Buy milk").status, 200)
equal("the todos at the end", titles(reader, session), ["Buy milk"])

for request, answer in {
    "a call": call(other_user, session, "list_todos"),
    "a DELETE": send("DELETE", URL, credentials(other_user, session)),
    "a GET": send("GET", URL, {"Accept": "text/event-stream"} | credentials(other_user, session)),
}.items():
    equal(f"{request} of another user in the session", answer.status, 404)
    equal(f"the challenge to {request} of another user", answer.headers.get("www-authenticate"), None)
equal("a call without a token in the session", call(None, session, "list_todos").status, 401)
equal("the todos after these requests", titles(reader, session), ["Buy milk"])
closed = send("DELETE", URL, credentials(reader, session))
equal("the owner's DELETE succeeds", closed.status // 100, 2)
equal("a call after it", call(reader, session, "list_todos").status, 404)
print("session opened, 403 for 'todo:read todo:write', 404 for another user")

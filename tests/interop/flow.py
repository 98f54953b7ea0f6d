"""Shared code of the Python clients: a headless browser, and the checks of an OAuth flow on the wire."""

import dataclasses
import json
import re
import sys
from http.client import HTTPConnection
from typing import NoReturn
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

TIMEOUT = 10
REDIRECT_URI = "http://127.0.0.1:1/callback"
TOOLS = ["create_todo", "delete_todo", "get_todo", "list_todos", "share_todo", "update_todo", "whoami"]
# The calls that need more scopes than the token has, in order, and the scopes in their challenges. The scopes of the
# second call depend on its arguments.
STEPS = {"create_todo": "todo:read todo:write", "share_todo": "todo:read todo:share todo:write"}


def fail(message: str) -> NoReturn:
    sys.exit(f"FAILED: {message}")


def equal(label: str, actual: object, expected: object) -> None:
    if actual != expected:
        fail(f"{label}: {actual!r}, expected {expected!r}")


def parameter(challenge: str | None, name: str) -> str | None:
    """Returns a quoted parameter of a `WWW-Authenticate` header."""
    found = re.search(rf'\b{name}="([^"]*)"', challenge or "")
    return found and found[1]


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: str
    cookies: list[str]

    def json(self) -> dict:
        if self.headers.get("content-type", "").startswith("text/event-stream"):
            data = [line.removeprefix("data:") for line in self.body.splitlines() if line.startswith("data:")]
            return json.loads(next(line for line in data if line.strip()))
        return json.loads(self.body)


def send(method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None) -> Answer:
    """Sends one request, without following redirects."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        cookies = response.headers.get_all("set-cookie", [])
        return Answer(response.status, names, response.read().decode(), cookies)
    finally:
        connection.close()


class Browser:
    """A headless browser. Logs in as `user`, consents, and returns to the client's redirect URI, which no server listens on."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.scopes: list[str | None] = []
        self.callback: dict[str, str] = {}

    def open(self, url: str) -> None:
        query = parse_qs(urlsplit(url).query)
        self.scopes.append(query.get("scope", [None])[0])
        url = f"{url}&{urlencode({'login_hint': self.user})}"
        cookies = {}
        while not url.startswith(REDIRECT_URI):
            answer = send("GET", url, {"Cookie": "; ".join(map("=".join, cookies.items()))} if cookies else {})
            if answer.status not in (302, 303):
                fail(f"{url} answered {answer.status}: {answer.body}")
            cookies |= dict(cookie.split(";")[0].split("=", 1) for cookie in answer.cookies)
            url = urljoin(url, answer.headers["location"])
        self.callback = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@dataclasses.dataclass
class Exchange:
    method: str
    url: str
    tool: str | None
    token: bool
    status: int
    challenge: str | None


def check_wire(mcp_url: str, wire: list[Exchange], scopes: list[str | None]) -> None:
    """Checks the path from a 401 by discovery and registration to a token, and from each 403 to a token with more scopes."""
    first = wire[0]
    equal("the first request", (first.method, first.url, first.token, first.status), ("POST", mcp_url, False, 401))
    metadata = parameter(first.challenge, "resource_metadata")
    equal("the requests for the resource's metadata", [e.status for e in wire if e.url == metadata], [200])
    equal("the registrations", [e.status for e in wire if e.url.endswith("/register")], [201])

    challenged = []
    for tool, scope in STEPS.items():
        calls = [exchange for exchange in wire if exchange.tool == tool]
        equal(f"the calls of {tool}", [call.status for call in calls], [403, 200])
        equal(f"the error of the 403 for {tool}", parameter(calls[0].challenge, "error"), "insufficient_scope")
        equal(f"the scope of the 403 for {tool}", parameter(calls[0].challenge, "scope"), scope)
        challenged.append(calls[0])
    refused = [(e.method, e.url, e.status) for e in wire if e.status >= 400 and e not in (first, *challenged)]
    equal("other requests that failed", refused, [])

    equal("the number of authorizations", len(scopes), 1 + len(STEPS))
    equal("the first scope asked for", scopes[0], "todo:read")
    for asked, scope in zip(scopes[1:], STEPS.values()):
        if not set(scope.split()) <= set((asked or "").split()):
            fail(f"the scope asked for lacks some of {scope!r}: {asked!r}")

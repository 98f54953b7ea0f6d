"""Stops the todo server under load, and compares the answered requests with the decision log."""

import http.client
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

SERVER, COMMAND, SECONDS = sys.argv[1], sys.argv[2], float(sys.argv[3])
LISTEN, ISSUER = "127.0.0.1:18080", "127.0.0.1:18081"
CLIENTS = 8
SMALL_DISK = 512 * 1024


class Server:
    """A todo server that writes a decision log."""

    def __init__(self, folder, log, limit=None):
        """Starts the server. Its files have at most `limit` bytes."""
        self.log = log
        self.output = open(folder / "output", "ab")
        environment = {
            "PATH": os.environ["PATH"],
            "MCP_GUARD_LISTEN": LISTEN,
            "MCP_GUARD_DEV_LISTEN": ISSUER,
            "MCP_GUARD_DECISION_LOG": str(log),
            # The load names its requests like a proxy does.
            "MCP_GUARD_TRUSTED_PROXIES": "127.0.0.1",
            "TODO_DATABASE": f"sqlite:{folder}/todos.db",
        }

        def limit_files():
            # Writes beyond the limit then fail, instead of ending the process.
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        self.process = subprocess.Popen(
            [SERVER],
            env=environment,
            stdout=self.output,
            stderr=self.output,
            preexec_fn=limit_files if limit else None,
        )
        for _ in range(200):
            if self.process.poll() is not None:
                fail(f"the server ended with {self.process.returncode}:\n{(folder / 'output').read_text()}")
            if ready()[0] == 200:
                return
            time.sleep(0.1)
        fail("the server does not become ready")

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait(60)
        self.output.close()


def fail(text):
    print(f"drill: {text}", file=sys.stderr)
    sys.exit(1)


def ready():
    try:
        connection = http.client.HTTPConnection(LISTEN, timeout=5)
        connection.request("GET", "/health/ready")
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return None, ""


def token():
    form = urllib.parse.urlencode(
        {"grant_type": "client_credentials", "client_id": "demo", "subject": "alice", "scope": "todo:read", "resource": f"http://{LISTEN}/mcp"}
    )
    with urllib.request.urlopen(f"http://{ISSUER}/token", form.encode(), timeout=10) as response:
        return json.load(response)["access_token"]


class Load:
    """Clients that call a permitted and a refused tool, and note the answers."""

    def __init__(self):
        self.answers, self.lock, self.is_over, self.was_refused = {}, threading.Lock(), False, False
        self.bearer = f"Bearer {token()}"
        self.threads = [threading.Thread(target=self.run, args=(client,)) for client in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def run(self, client):
        connection, count = None, 0
        while not self.is_over:
            count += 1
            name, tool = f"{client}-{count}", ("list_todos", "create_todo")[count % 2]
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": {}}}
            message["params"]["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": {"name": "drill", "version": "1"},
            }
            headers = {
                "Authorization": self.bearer,
                "Content-Type": "application/json",
                "Accept": "application/json, text/event-stream",
                "MCP-Protocol-Version": "2026-07-28",
                "Mcp-Method": "tools/call",
                "Mcp-Name": tool,
                "X-Request-Id": name,
                "X-Forwarded-For": "203.0.113.7",
            }
            try:
                connection = connection or http.client.HTTPConnection(LISTEN, timeout=30)
                connection.request("POST", "/mcp", json.dumps(message), headers)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException):
                connection = None
                time.sleep(0.05)
                continue
            with self.lock:
                self.answers[name] = response.status
                self.was_refused |= response.status == 503

    def stop(self):
        self.is_over = True
        for thread in self.threads:
            thread.join()
        return self.answers


def records(log):
    """Returns the status of each recorded request."""
    found = {}
    for line in log.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            # The torn line of a crash.
            continue
        if "request_id" in record:
            if record["request_id"] in found:
                fail(f"two records of request {record['request_id']}")
            found[record["request_id"]] = record.get("status")
    return found


def verify(log, *, statuses=(0,)):
    """Verifies the chain, and returns the last lines of the report."""
    verified = subprocess.run([COMMAND, "audit", "verify", str(log)], capture_output=True, text=True, timeout=600)
    if verified.returncode not in statuses:
        fail(f"verify ended with {verified.returncode}:\n{verified.stdout}{verified.stderr}")
    return verified.stdout.strip()


def compare(name, log, answers):
    found = records(log)
    decided = {request: status for request, status in answers.items() if status in (200, 403)}
    lost = [request for request in decided if request not in found]
    wrong = [request for request, status in decided.items() if found.get(request, status) != status]
    counts = {status: sum(1 for each in answers.values() if each == status) for status in sorted(set(answers.values()))}
    print(f"{name}: answered {counts}, records {len(found)}, answered without a record {len(lost)}")
    if wrong:
        fail(f"{name}: {len(wrong)} records with another status than the response")
    return lost


def terminated(folder):
    log = folder / "decisions.jsonl"
    server, load = Server(folder, log), Load()
    time.sleep(SECONDS)
    server.stop(signal.SIGTERM)
    lost = compare("SIGTERM", log, load.stop())
    if lost:
        fail(f"SIGTERM lost the records of {len(lost)} answered requests")
    print(verify(log))


def killed(folder):
    log = folder / "decisions.jsonl"
    server, load = Server(folder, log), Load()
    time.sleep(SECONDS)
    server.stop(signal.SIGKILL)
    compare("SIGKILL", log, load.stop())
    # The log ends without a stop record, and the report says so.
    print(verify(log, statuses=(0, 1)))
    Server(folder, log).stop(signal.SIGTERM)
    print("after a restart:", verify(log))


class SmallDisk:
    """A file system without room for a whole log. Without root, a limit for the size of files."""

    def __init__(self, folder):
        self.path = folder / "disk"
        self.path.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(self.path)]
        self.is_mounted = subprocess.run(mount, check=False).returncode == 0
        if self.is_mounted:
            (self.path / "filler").write_bytes(b"x" * (SMALL_DISK // 2))
        else:
            print("no file system can be mounted: limiting the size of files instead")

    def limit(self):
        return None if self.is_mounted else SMALL_DISK // 2

    def grow(self, server):
        if self.is_mounted:
            subprocess.run(["mount", "-o", f"remount,size={64 * SMALL_DISK}", str(self.path)], check=True)
        else:
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, unlimited)

    def remove(self):
        if self.is_mounted:
            subprocess.run(["umount", str(self.path)], check=False)


def sink_works():
    _, body = ready()
    return body != "" and all(sink["ready"] for sink in json.loads(body)["parts"]["sinks"])


def wait_until(condition, seconds, text):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            fail(f"{text}: {ready()}")
        time.sleep(0.2)


def full(folder):
    disk = SmallDisk(folder)
    try:
        log = disk.path / "decisions.jsonl"
        server = Server(folder, log, disk.limit())
        load = Load()
        wait_until(lambda: ready()[0] == 503 and not sink_works(), 60, "the readiness route does not show the full disk")
        print("readiness with a full disk:", ready()[1])
        # When the queue is full as well, no call is answered without a record.
        wait_until(lambda: load.was_refused, 120, "no request was refused while the disk was full")
        disk.grow(server)
        wait_until(lambda: ready()[0] == 200, 60, "the server does not recover")
        time.sleep(SECONDS / 2)
        answers = load.stop()
        server.stop(signal.SIGTERM)
        lost = compare("full disk", log, answers)
        if lost:
            fail(f"a full disk lost the records of {len(lost)} answered requests")
        print(verify(log))
    finally:
        disk.remove()


for drill in (terminated, killed, full):
    with tempfile.TemporaryDirectory() as folder:
        drill(pathlib.Path(folder))

"""Asks the real server whatever its OpenAPI document allows, and a good deal that it does not.

Usage: run.py <binary> [seconds], by a Python that has schemathesis. Starts the binary with data of its own
on a free port, signs up, and lets schemathesis generate requests: every status, content type, header and
body of an answer must be what the document says, and none may be a 5xx. The last line counts operations:
`contract: <passed> passed, <failed> failed`.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import urllib.request
from xml.etree import ElementTree

HERE = pathlib.Path(__file__).parent
DOCUMENT = HERE.parent.parent / "api" / "openapi.json"
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
START = 60  # seconds until the server listens
PASSWORD = "correct horse battery"


def start(binary, data, log):
    """The server and its address."""
    # Nothing of the developer's own installation.
    ours = ("PULSEBOARD_", "DATABASE_URL", "WRITER_DATABASE_URL", "REDIS_URL", "SMTP_URL", "MAIL_FROM")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PULSEBOARD_DATA": data, "PULSEBOARD_LISTEN": "127.0.0.1:0", "PULSEBOARD_LOG": "warn"}
    server = subprocess.Popen(
        [binary, "up"], env=environment, cwd=data, stdout=subprocess.PIPE, stderr=log, text=True
    )
    signal.signal(signal.SIGALRM, lambda *_: server.kill())
    signal.alarm(START)
    for line in server.stdout:
        if line.startswith("listening on "):
            signal.alarm(0)
            return server, line.split()[-1]
    raise SystemExit("contract: the server did not start")


def call(base, path, body, token=None):
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = "Bearer " + token
    request = urllib.request.Request(base + path, data=json.dumps(body).encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def settle(base):
    """A person with a project, a key and some events, so that there is something to find."""
    account = {"email": "contract@example.com", "password": PASSWORD, "name": "Contract"}
    signed_in = call(base, "/api/auth/register", account)
    token, org = signed_in["access_token"], signed_in["org"]["id"]
    colleague = call(base, "/api/auth/register", account | {"email": "colleague@example.com"})
    invited = {"email": "colleague@example.com", "role": "viewer"}
    link = call(base, f"/api/orgs/{org}/invitations", invited, token)["link"]
    invitation = link.replace("=", "/").rsplit("/", 1)[-1]
    call(base, f"/api/invitations/{invitation}/accept", {}, colleague["access_token"])
    project = call(base, "/api/projects", {"name": "contract"}, token)["id"]
    keys = f"/api/projects/{project}/keys"
    reader = call(base, keys, {"kind": "secret", "name": "reader"}, token)
    spare = call(base, keys, {"kind": "public", "name": "spare"}, token)
    events = [
        {"type": "metric", "name": "load", "value": n / 7, "unit": "%", "tags": {"host": f"h{n % 3}"}}
        if n % 2
        else {"type": "error", "name": f"E{n}", "payload": {"n": n}, "user": f"u{n % 5}", "stack": "at x"}
        for n in range(40)
    ]
    event = call(base, "/ingest", events[0], reader["key"])["id"]
    call(base, "/ingest", events, reader["key"])
    return {
        "base": base,
        "token": token,
        "key": reader["key"],
        "ids": {
            "org": org,
            "project": project,
            "key": spare["id"],
            "event": event,
            "user": colleague["user"]["id"],
        },
    }


def totals(report):
    """Passed and failed operations, from the report of the run."""
    cases = ElementTree.parse(report).getroot().findall(".//testcase")
    failed = [case.get("name") for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return len(cases) - len(failed), len(failed)


def generate(seconds, scratch, world):
    """Runs schemathesis; its output is ours."""
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "CONTRACT_WORLD": json.dumps(world),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", HERE / "schemathesis.toml", "--no-color"]
    command += ["run", DOCUMENT, "--url", world["base"], "--max-time", seconds, "--checks", ",".join(CHECKS), "--warnings", "off"]
    command += ["--report", "junit", "--report-junit-path", scratch / "report.xml"]
    return subprocess.run(list(map(str, command)), env=environment, cwd=scratch, check=False).returncode


def main():
    binary = sys.argv[1]
    seconds = sys.argv[2] if len(sys.argv) > 2 else "90"
    with tempfile.TemporaryDirectory(prefix="contract-") as scratch:
        # As root the private Postgres runs as somebody else, who has to get in.
        os.chmod(scratch, 0o755)
        scratch = pathlib.Path(scratch)
        with open(scratch / "server.log", "w+", encoding="utf-8") as log:
            server, base = start(binary, str(scratch), log)
            try:
                status = generate(seconds, scratch, settle(base))
            finally:
                server.terminate()
                server.wait()
            if status != 0:
                log.seek(0)
                print("the server's log:", log.read()[-4000:], sep="\n")
        passed, failed = totals(scratch / "report.xml")
    # A run that broke off has no failed operation, and is no success.
    failed = failed or int(status != 0)
    print(f"contract: {passed} passed, {failed} failed")
    sys.exit(failed != 0)


main()

"""What the generator cannot know: who asks, and which ids exist.

Loaded by schemathesis (SCHEMATHESIS_HOOKS). Every request passes `before_call` last, whichever phase
made it. Choices depend on the request alone, so that a failure comes back when it is sent again.
"""

import base64
import json
import os
import urllib.request
import uuid
import zlib

import schemathesis

WORLD = json.loads(os.environ["CONTRACT_WORLD"])
# Routes that take an API key; everything else takes a session.
BY_KEY = {"/ingest", "/events"}


def one_in(n, *what):
    return zlib.crc32(repr(what).encode("utf-8", "surrogatepass")) % n == 0


def is_uuid(text):
    try:
        uuid.UUID(str(text))
        return True
    except ValueError:
        return False


def own_session():
    """The session of the token that everything is asked with."""
    claims = WORLD["token"].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sid"]


def new_project():
    """A project that may be deleted: the one that everything else looks at has to stay."""
    body = json.dumps({"name": "to be deleted"}).encode()
    headers = {"content-type": "application/json", "authorization": "Bearer " + WORLD["token"]}
    request = urllib.request.Request(WORLD["base"] + "/api/projects", data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["id"]


@schemathesis.hook
def before_call(context, case, kwargs):
    path, method = case.operation.path, case.method.upper()
    given = case.path_parameters or {}
    if given.get("session") == own_session():
        # Lists are read for ids to go on with: ending our own session would end the run.
        given["session"] = str(uuid.UUID(int=1))
    for name, value in given.items():
        # Most ids that could exist become ones that do; the others stay as they are, for the 404s.
        if name not in WORLD["ids"] or not is_uuid(value) or one_in(4, path, method, value):
            continue
        deletes_project = (path, method) == ("/api/projects/{project}", "DELETE")
        given[name] = new_project() if deletes_project else WORLD["ids"][name]
    headers = case.headers
    headers.pop("Authorization", None)
    if not one_in(16, path, method, sorted(given.items()), dict(case.query or {}), str(case.body)):
        credential = WORLD["key"] if path in BY_KEY else WORLD["token"]
        headers["Authorization"] = "Bearer " + credential

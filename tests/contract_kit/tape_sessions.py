"""Records sessions with a fake in this process on tapes."""

import base64
import contextlib
import json

from mtt_mock import Settings
from mtt_mock.conformance.recording.replay import drift
from mtt_mock.conformance.recording.tape import TapeWriter, read
from mtt_mock.service.fake import Fake
from mtt_mock.web.app import create_app, fake_of

LOGIN = {"Authorization": "Basic " + base64.b64encode(b"login:password").decode()}


def call(method, params=None, call_id=1):
    envelope = {"jsonrpc": "2.0", "id": call_id, "method": method}
    return envelope if params is None else envelope | {"params": params}


def fake(**settings):
    return create_app(Settings.of(clock="manual", callback_allow=["none"], **settings))


def record(path, bodies, app=None, change=lambda _body, status, answer: (status, answer)):
    """Write the tape of a session: ``bodies`` are posted one by one, as JSON unless bytes.

    A body may be a function of the answers so far; ``None`` lets the calls end. ``change`` makes
    the service another one than the fake.
    """
    app = app or fake()
    client = app.test_client()
    answers = []
    with TapeWriter(path) as tape:
        for given in bodies:
            if given is None:
                fake_of(app).service.scheduler.run_until_idle()
                continue
            body = given(answers) if callable(given) else given
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            answer = client.post("/index.php", data=content, headers=LOGIN)
            status, seen = answer.status_code, answer.data
            try:
                seen = json.loads(seen)
                answers.append(seen)
                status, seen = change(body, status, seen)
                seen = json.dumps(seen).encode()
            except ValueError:
                answers.append(None)
            request = {
                "verb": "POST", "path": "/index.php", "query": "", "auth": "basic",
                "content_type": "application/json", "body": content,
            }  # fmt: skip
            response = {"status": status, "content_type": answer.content_type, "body": seen}
            tape.add(0.5, request, response)
    fake_of(app).close()
    return path


def drifts(path, **settings):
    """Return the differences as lines, and the exchanges that could not be compared."""
    values = Settings.of(clock="manual", callback_allow=["none"], **settings)
    with contextlib.closing(Fake(values)) as replayed:
        found = drift(read(str(path)), replayed)
    return [str(each) for each in found.differences], found.left_out

"""The fake over HTTP: the Flask application."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from mtt_mock import jsonrpc
from mtt_mock.service.discovery import PATH as DISCOVERY_PATH
from mtt_mock.service.discovery import openrpc_document
from mtt_mock.service.fake import Fake, Reply
from mtt_mock.service.fault_injection import HAS_SOCKET_KEY, RESPONSE_FAULT_KEY, in_process
from mtt_mock.service.journal.received import describe_request
from mtt_mock.service.media import downloads, uploads
from mtt_mock.service.media.downloads import NoRecordError
from mtt_mock.service.settings import Settings, SettingsError
from mtt_mock.storage.stores import open_state
from mtt_mock.web.console import console_views
from mtt_mock.web.control import (
    ALIVE_PATH,
    CONTROL_PATH,
    MAX_SNAPSHOT_BYTES,
    control_api,
    control_error,
    reject_mtt_host,
)

ENDPOINT = "/index.php"
_REALM = 'Basic realm="MTT API (mtt-mock)", charset="UTF-8"'
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "x-requested-with, content-type",
}
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_JSON = Headers({"Content-Type": "application/json", **_CORS})


def create_app(
    settings: Settings | None = None, *, store: str | None = None, **values: Any
) -> Flask:
    """Return a Flask application that is one fake MTT, with state of its own.

    Give ``settings``, or single settings by name: ``create_app(error_status=200)``; see
    ``Settings`` for them. ``store`` is where state lives: the URL of a database that others may
    share, by default this process's memory. The fake behind the application is ``fake_of(app)``.

    Raises ``SettingsError``, ``AccountsError`` or ``StoreError``, and ``StoreUnavailableError``
    when the database goes away at this moment.
    """
    if settings is not None and values:
        raise SettingsError("give settings, or single settings by name, not both")
    state = open_state(store)
    try:
        fake = Fake(settings or Settings.of(**values), state)
    except BaseException:
        state.close()
        raise

    def index() -> Response:
        # Werkzeug routes //index.php here too; in a client's URL that is a slip, so show it.
        if request.environ["PATH_INFO"] != ENDPOINT:
            raise NotFound
        return _reply(_answer(fake, request.environ))

    def upload(ticket: str) -> Response:
        content = _body(request.environ, fake.settings.max_prompt)
        authorization = request.environ.get("HTTP_AUTHORIZATION")
        wire = _wire(request.environ, f"{uploads.PATH}…")
        response = _reply(fake.upload(authorization, request.method, ticket, content, wire))
        if response.status_code == 405:  # noqa: PLR2004
            response.headers["Allow"] = "POST"
        return response

    def record(ticket: str) -> Response:
        try:
            return Response(fake.record(ticket), content_type="audio/wav")
        except NoRecordError as error:
            text = f"{error.status}: {error}\n"
            return Response(text, error.status, content_type="text/plain; charset=utf-8")

    def openrpc() -> Response:
        # Without credentials: it is the contract, which says nothing about an account.
        document = jsonrpc.encode(openrpc_document(f"{_origin(request.environ)}{ENDPOINT}"))
        return Response(document, 200, _JSON.copy())

    # No static folder: every path that is not known is a 404.
    app = Flask("mtt_mock", static_folder=None)
    app.extensions["mtt_mock"] = fake
    app.add_url_rule(ENDPOINT, "index", index, methods=["GET", "POST", "OPTIONS"])
    app.add_url_rule(DISCOVERY_PATH, "openrpc", openrpc)
    app.add_url_rule(
        f"{uploads.PATH}<ticket>", "upload", upload, methods=_VERBS, provide_automatic_options=False
    )
    app.add_url_rule(f"{downloads.PATH}<ticket>.wav", "record", record)
    app.register_blueprint(control_api(fake))
    console = console_views(CONTROL_PATH)
    console.before_request(reject_mtt_host)
    app.register_blueprint(console)
    app.register_error_handler(HTTPException, partial(_http_error, fake))
    return app


def max_body(fake: Fake, path: str) -> int:
    """Return the most bytes that a body sent to ``path`` may have."""
    settings = fake.settings
    if path == f"{CONTROL_PATH}snapshot":
        return MAX_SNAPSHOT_BYTES
    return settings.max_prompt if path.startswith(uploads.PATH) else settings.max_body


def may_block(path: str) -> bool:
    """Return whether an answer at ``path`` may take long, too long for an event loop."""
    return path.startswith((CONTROL_PATH, downloads.PATH, uploads.PATH)) and path != ALIVE_PATH


def fake_of(app: Flask) -> Fake:
    """Return the fake behind an application made by ``create_app``."""
    fake: Fake = app.extensions["mtt_mock"]
    return fake


def _answer(fake: Fake, environ: WSGIEnvironment) -> Reply:
    authorization = environ.get("HTTP_AUTHORIZATION")
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Reply(200, b"")  # a browser's preflight, which carries no credentials (assumption)
    if environ["REQUEST_METHOD"] != "POST":
        return fake.service_map(authorization, environ["PATH_INFO"], _wire(environ))
    body = _body(environ, fake.settings.max_body)
    if body is None:
        return fake.refuse_body(authorization, _wire(environ))
    return fake.answer(authorization, body, _origin(environ), _wire(environ))


def _wire(environ: WSGIEnvironment, path: str | None = None) -> dict[str, Any]:
    """Return the request as the journal shows it; ``path`` replaces one that grants a right."""
    headers = (
        (name[5:].replace("_", "-").title(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    )
    typed = (
        (name.replace("_", "-").title(), environ[name])
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if environ.get(name)
    )
    return describe_request(
        environ["REQUEST_METHOD"],
        path or environ["PATH_INFO"],
        environ.get("REMOTE_ADDR"),
        chain(typed, headers),
        environ.get("HTTP_AUTHORIZATION"),
    )


def _body(environ: WSGIEnvironment, limit: int) -> bytes | None:
    """Return the request's body, ``None`` when it is larger than ``limit``."""
    try:
        # What Flask's request.get_data does, without the parts of a request that nobody asks for.
        return get_input_stream(environ, max_content_length=limit).read()
    except RequestEntityTooLarge:
        return None


def _origin(environ: WSGIEnvironment) -> str:
    """Return scheme, host and port as the client wrote them: it can reach them."""
    host = environ.get("HTTP_HOST", "")
    if not _HOST.fullmatch(host):
        host = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}"


def _reply(reply: Reply) -> Response:
    status, body = reply.status, reply.body
    if reply.response_fault is not None:
        request.environ[RESPONSE_FAULT_KEY] = reply.response_fault
        if HAS_SOCKET_KEY not in request.environ:
            status, body = in_process(reply.response_fault, status, body)
        # What is never answered has no status of its own.
        return Response(body, status or 502, _JSON.copy())
    if reply.content_type is not None:
        headers = {**_CORS, **({"Retry-After": "1"} if status == 429 else {})}  # noqa: PLR2004
        return Response(body, status, headers, content_type=reply.content_type)
    if status != 401:  # noqa: PLR2004
        return Response(body, status, _JSON.copy())
    text = "401 Unauthorized: send a login and a password with HTTP Basic Auth\n"
    headers = {**_CORS, "WWW-Authenticate": _REALM}
    return Response(text, 401, headers, content_type="text/plain; charset=utf-8")


def _http_error(fake: Fake, error: HTTPException) -> Response:
    """Answer what is not MTT's endpoint in one line of text, or as the control API answers."""
    if request.path.startswith(CONTROL_PATH):
        return control_error(error)
    fake.record_unmatched_request(
        f"{request.method} {request.path}", error.code or 500, _wire(request.environ)
    )
    text = f"{error.code} {error.name}"
    if error.code == 404:  # noqa: PLR2004
        text += f": the fake of MTT's CallBack API answers POST and GET {ENDPOINT}"
    response = Response(f"{text}\n", error.code, content_type="text/plain; charset=utf-8")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response

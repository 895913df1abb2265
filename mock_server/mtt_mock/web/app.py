"""The Flask application: MTT's endpoint, uploads, recordings, the control API, the console."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, Unpack
from wsgiref.types import WSGIEnvironment

from flask import Flask, Request, Response, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, PathConverter, Rule

from mtt_mock import jsonrpc
from mtt_mock.service.discovery import PATH as DISCOVERY_PATH
from mtt_mock.service.discovery import openrpc_document
from mtt_mock.service.fake import Fake
from mtt_mock.service.fault_injection import HAS_SOCKET_KEY, RESPONSE_FAULT_KEY
from mtt_mock.service.journal.received import describe_request
from mtt_mock.service.media import downloads, uploads
from mtt_mock.service.media.downloads import NoRecordingError
from mtt_mock.service.settings import Settings
from mtt_mock.storage.stores import open_fake
from mtt_mock.web import endpoint
from mtt_mock.web.body import read_body
from mtt_mock.web.console import console_views
from mtt_mock.web.control import check_host, control_api, control_error
from mtt_mock.web.endpoint import HttpRequest, HttpResponse
from mtt_mock.web.paths import CONTROL_PATH, ENDPOINT
from mtt_mock.web.streaming import stream_file

if TYPE_CHECKING:
    from mtt_mock.service.keywords import SettingKeywords

_EXTENSION = "mtt_mock"  # key of the fake in Flask's ``app.extensions``


def create_app(
    settings: Settings | None = None, *, store: str | None = None, **values: Unpack[SettingKeywords]
) -> Flask:
    """Return a Flask application that is one fake MTT with its own state.

    Args:
        settings: Settings of the fake.
        store: URL of a database that several processes may share; by default the state is in
            this process's memory.
        **values: Single settings by name, instead of ``settings``; see ``Settings``.

    Returns:
        The application. ``fake_of(app)`` is the fake behind it.

    Raises:
        SettingsError: If a setting is invalid.
        AccountsError: If an account is invalid.
        StoreError: If the database cannot be used.
        StoreUnavailableError: If the database does not answer now.
    """
    return flask_app(open_fake(settings, store=store, **values))


def flask_app(fake: Fake) -> Flask:
    """Return the Flask application of ``fake``."""
    # No static folder, so that every unknown path is a 404.
    app = _Flask("mtt_mock", static_folder=None)
    app.extensions[_EXTENSION] = fake
    app.url_map.converters["path"] = _AnyPath
    # Rules of every method: the views answer a wrong one, so that Allow names the right ones.
    app.url_map.add(_Rule(ENDPOINT, endpoint="index"))
    app.url_map.add(_Rule(f"{uploads.PATH}<token>", endpoint="upload"))
    app.view_functions |= {"index": partial(_index, fake), "upload": partial(_upload, fake)}
    app.add_url_rule(DISCOVERY_PATH, "openrpc", partial(_openrpc, fake))
    app.add_url_rule(f"{downloads.PATH}<token>.wav", "record", partial(_record, fake))
    app.register_blueprint(control_api(fake))
    console = console_views(CONTROL_PATH)
    console.before_request(partial(check_host, fake))
    app.register_blueprint(console)
    app.register_error_handler(HTTPException, partial(_http_error, fake))
    return app


def _index(fake: Fake) -> Response:
    # Werkzeug routes //index.php here too, which is a mistake in a client's URL.
    environ, method = request.environ, request.method
    rules = fake.service.http_rules
    if method in rules.carriers:
        method = "POST"
    elif method not in endpoint.METHODS:
        raise MethodNotAllowed(sorted(endpoint.METHODS | rules.carriers))
    if environ["PATH_INFO"] != ENDPOINT and fake.service.profile["transport.path"] == "exact":
        raise NotFound
    http_request = HttpRequest(
        method,
        ENDPOINT,
        authorization=environ.get("HTTP_AUTHORIZATION"),
        body=read_body(environ, fake.settings.max_body) if method == "POST" else b"",
        origin=_origin(environ),
        wire=_wire(environ),
        query=environ.get("QUERY_STRING", ""),
    )
    return _response(endpoint.answer(fake, http_request))


def _upload(fake: Fake, token: str) -> Response:
    content = read_body(request.environ, fake.settings.max_prompt)
    authorization = request.environ.get("HTTP_AUTHORIZATION")
    wire = _wire(request.environ, f"{uploads.PATH}…")
    reply = fake.upload(authorization, request.method, token, content, wire)
    response = _response(endpoint.to_response(reply, fake.service.http_rules))
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "POST"
    return response


def _record(fake: Fake, token: str) -> Response:
    try:
        recording = fake.recording(token)
        return stream_file(recording, recording.size, "audio/wav")
    except NoRecordingError as error:
        text = f"{error.status}: {error}\n"
        return Response(text, error.status, content_type="text/plain; charset=utf-8")


def _openrpc(fake: Fake) -> Response:
    # Needs no credentials: the contract does not depend on the account.
    document = jsonrpc.encode(openrpc_document(f"{_origin(request.environ)}{ENDPOINT}"))
    return Response(document, 200, Headers(fake.service.http_rules.headers))


class _Rule(Rule):
    """A rule that compiles its URL builder when a URL is built.

    No view here builds one, and compiling all builders takes three quarters of ``create_app``.
    """

    def _compile_builder(self, *arguments: bool) -> Callable[..., tuple[str, str]]:
        compile_builder = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            return compile_builder(*arguments)(rule, **values)

        return build


class _AnyPath(PathConverter):
    """A path that may hold line breaks, which Werkzeug's may not."""

    regex = r"(?s:[^/].*?)"


class _Flask(Flask):
    """Flask that ignores an Upgrade to WebSocket, as the server does; its router refuses one."""

    url_rule_class = _Rule

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        adapter = super().create_url_adapter(request)
        if adapter is not None:
            adapter.websocket = False
        return adapter


def fake_of(app: Flask) -> Fake:
    """Return the fake behind an application.

    Args:
        app: An application made by ``create_app``.

    Returns:
        Its fake.

    Raises:
        TypeError: If ``app`` is another application, such as the one under test.
    """
    fake = getattr(app, "extensions", {}).get(_EXTENSION)
    if not isinstance(fake, Fake):
        raise TypeError(f"{app!r} is not a fake: give an application that create_app made")
    return fake


def is_unmodified(app: Flask) -> bool:
    """Return whether ``app`` has no middleware and no hooks before MTT's endpoint."""
    return not (
        "wsgi_app" in vars(app)
        or app.before_request_funcs.get(None)
        or app.after_request_funcs.get(None)
        or app.teardown_request_funcs.get(None)
    )


def _wire(environ: WSGIEnvironment, path: str | None = None) -> dict[str, Any]:
    """Return the request as the journal shows it; ``path`` replaces one with a signed token."""
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


def _origin(environ: WSGIEnvironment) -> str:
    return endpoint.origin_of(
        environ["wsgi.url_scheme"],
        environ.get("HTTP_HOST", ""),
        (environ["SERVER_NAME"], environ["SERVER_PORT"]),
    )


def _response(response: HttpResponse) -> Response:
    if HAS_SOCKET_KEY not in request.environ:
        response = endpoint.without_socket(response)
    elif response.fault is not None:
        request.environ[RESPONSE_FAULT_KEY] = response.fault
    status = response.status or HTTPStatus.BAD_GATEWAY  # 0: the transport sends no response
    return Response(response.body, status, Headers(response.headers))


def _http_error(fake: Fake, error: HTTPException) -> Response:
    """Answer an unknown path or method with one line of text, or with the control API's JSON."""
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        error.valid_methods = sorted(error.valid_methods)  # Werkzeug's order differs by process
    if request.path.startswith(CONTROL_PATH):
        return control_error(error)
    status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    fake.record_unmatched_request(
        f"{request.method} {request.path}", status, _wire(request.environ)
    )
    text = f"{error.code} {error.name}"
    if status == HTTPStatus.NOT_FOUND:
        text += f": the fake of MTT's CallBack API answers POST and GET {ENDPOINT}"
    elif status == HTTPStatus.LENGTH_REQUIRED:
        text += (
            ": the WSGI server does not mark the end of a chunked body (wsgi.input_terminated); "
            "use mtt-mock serve or gunicorn, or send a Content-Length"
        )
    response = Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response

"""The fake over HTTP: the Flask application."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from mtt_mock.domain.store import Store
from mtt_mock.fake import Fake, Reply
from mtt_mock.settings import Settings, SettingsError

ENDPOINT = "/index.php"
_REALM = 'Basic realm="MTT API (mtt-mock)", charset="UTF-8"'
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "x-requested-with, content-type",
}


def create_app(
    settings: Settings | None = None, *, store: Store | None = None, **values: Any
) -> Flask:
    """Return a Flask application that is one fake MTT, with state of its own.

    Give ``settings``, or single settings by name: ``create_app(error_status=200)``; see
    ``Settings`` for them. ``store`` is where state lives (default: this process's memory). The
    fake behind the application is ``fake_of(app)``.

    Raises ``SettingsError`` or ``AccountsError``.
    """
    if settings is not None and values:
        raise SettingsError("give settings, or single settings by name, not both")
    fake = Fake(settings or Settings.of(**values), store)
    # No static folder: every path that is not MTT's is a 404.
    app = Flask("mtt_mock", static_folder=None)
    app.extensions["mtt_mock"] = fake
    app.add_url_rule(ENDPOINT, "index", _index, methods=["GET", "POST"])
    app.register_error_handler(HTTPException, _http_error)
    return app


def fake_of(app: Flask) -> Fake:
    """Return the fake behind an application made by ``create_app``."""
    fake: Fake = app.extensions["mtt_mock"]
    return fake


def _index() -> Response:
    fake: Fake = current_app.extensions["mtt_mock"]
    environ = request.environ
    authorization = environ.get("HTTP_AUTHORIZATION")
    if environ["REQUEST_METHOD"] != "POST":
        return _reply(fake.service_map(authorization, request.path))
    request.max_content_length = fake.settings.max_body
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _reply(fake.refuse_body(authorization))
    return _reply(fake.answer(authorization, body))


def _reply(reply: Reply) -> Response:
    if reply.status == 401:  # noqa: PLR2004
        return _unauthorized()
    return Response(reply.body, reply.status, _HEADERS, content_type="application/json")


def _unauthorized() -> Response:
    text = "401 Unauthorized: send a login and a password with HTTP Basic Auth\n"
    headers = {**_HEADERS, "WWW-Authenticate": _REALM}
    return Response(text, 401, headers, content_type="text/plain; charset=utf-8")


def _http_error(error: HTTPException) -> Response:
    """Answer what is not MTT's endpoint in one line of text."""
    text = f"{error.code} {error.name}"
    if error.code == 404:  # noqa: PLR2004
        text += f": the fake of MTT's CallBack API answers POST and GET {ENDPOINT}"
    response = Response(f"{text}\n", error.code, content_type="text/plain; charset=utf-8")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response

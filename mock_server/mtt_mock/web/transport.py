"""An httpx transport that reaches an application in this process, without a socket."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import httpx2
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mtt_mock.service.limits import head_bytes
from mtt_mock.web import endpoint
from mtt_mock.web.app import fake_of, is_unmodified
from mtt_mock.web.endpoint import HttpRequest
from mtt_mock.web.paths import ENDPOINT

_PEER = "127.0.0.1"


class AppTransport(httpx2.BaseTransport):
    """Sends a client's requests to an application made by ``create_app``.

    Requests to MTT's endpoint reach the fake directly, unless middleware or hooks were added to the
    application; all others go through WSGI.

    Args:
        app: The application.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._fake = fake_of(app)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request.

        Args:
            request: The request, to any URL.

        Returns:
            The fake's response.
        """
        url, limit = request.url, self._fake.head_limit
        fields = request.headers.raw
        size = head_bytes(request.method, url.raw_path, fields)
        if size > limit.bytes or len(fields) > limit.fields:
            return httpx2.Response(limit.status, text=f"{limit.status}: the head is too large\n")
        is_endpoint = url.path == ENDPOINT and request.method in endpoint.METHODS
        if not (is_endpoint and is_unmodified(self._app)):
            return self._through_wsgi(request)
        body: bytes | None = request.read()
        if body is not None and len(body) > self._fake.settings.max_body:
            body = None
        authorization, origin, wire = endpoint.read_head(
            request.method,
            url.scheme,
            (url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)),
            _PEER,
            tuple(fields),
        )
        query = url.query.decode("latin-1")
        parts = HttpRequest(request.method, url.path, authorization, body, origin, wire, query)
        response = endpoint.without_socket(endpoint.answer(self._fake, parts))
        headers = [*response.headers]
        if response.status != HTTPStatus.NO_CONTENT:  # a profile may answer with it
            headers.append(("Content-Length", str(len(response.body))))
        content = b"" if request.method == "HEAD" else response.body
        return httpx2.Response(response.status, headers=headers, content=content)

    def _through_wsgi(self, request: httpx2.Request) -> httpx2.Response:
        # Not httpx2.WSGITransport: it fails on paths and headers beyond ASCII. Nor Werkzeug's
        # Client: some versions raise ValueError for an invalid Host header.
        url = request.url
        path = unquote_to_bytes(url.raw_path.partition(b"?")[0])
        builder = EnvironBuilder(
            base_url=f"{url.scheme}://{url.netloc.decode()}/",
            query_string=url.query.decode(),
            method=request.method,
            headers=[
                (name.decode(), value.decode("latin-1")) for name, value in request.headers.raw
            ],
            data=request.read(),
            # EnvironBuilder would read a path such as "//index.php" as a host.
            environ_overrides={"PATH_INFO": path.decode("latin-1"), "REMOTE_ADDR": _PEER},
        )
        with contextlib.closing(builder):
            chunks, status, headers = run_wsgi_app(self._app, builder.get_environ(), buffered=True)
        return httpx2.Response(
            int(status.partition(" ")[0]), headers=[*headers], content=b"".join(chunks)
        )

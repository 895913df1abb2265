"""HTTP client for the control API of a running fake.

It uses http.client, because importing httpx2 would take four times as long as ``mtt-mock health``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn

from mtt_mock.cli.errors import CommandError
from mtt_mock.domain.hosts import split_http_url
from mtt_mock.domain.text import error_text

if TYPE_CHECKING:
    import http.client

TOKEN = "MTT_MOCK_CONTROL_TOKEN"  # noqa: S105 -- a variable's name


class FakeUnreachableError(Exception):
    """The fake does not answer, or stopped answering."""


class ControlClient:
    """Client of the fake at ``url``, which may end in /index.php.

    It takes the control token from the variable ``TOKEN``. ``timeout``: seconds without a byte.
    Raises ``HostError``.
    """

    def __init__(self, url: str, *, timeout: float) -> None:
        parts = split_http_url(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._tls = parts.scheme == "https"
        self._base = parts.path.removesuffix("/index.php").rstrip("/") + "/_mtt/"
        self._timeout = timeout

    @contextlib.contextmanager
    def request(
        self,
        verb: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        accepted: Collection[int] = (),
    ) -> Iterator[http.client.HTTPResponse]:
        """Yield the unread response to a request for ``path`` of the control API.

        Its status is 200 or one of ``accepted``. Raises ``FakeUnreachableError`` and
        ``CommandError``.
        """
        import http.client  # noqa: PLC0415 -- serve imports this module for TOKEN alone

        connect = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        all_headers = dict(headers or {})
        if token := os.environ.get(TOKEN):
            all_headers["Authorization"] = f"Bearer {token}"
        with raise_unreachable():
            connection = connect(self._host, self._port, timeout=self._timeout)
        with contextlib.closing(connection):
            with raise_unreachable():
                connection.request(verb, self._base + path, body=body, headers=all_headers)
                response = connection.getresponse()
            status = response.status
            if status == HTTPStatus.UNAUTHORIZED:
                self.refuse(f"requires its control token: put it into the variable {TOKEN}")
            if status == HTTPStatus.SERVICE_UNAVAILABLE and status not in accepted:
                raise FakeUnreachableError("it is not ready: its database does not answer")
            if status == HTTPStatus.NOT_IMPLEMENTED:
                reason = response.read(300).decode("utf-8", "replace").strip()
                self.refuse(f"cannot do that: {reason}")
            if status != HTTPStatus.OK and status not in accepted:
                self.refuse(f"answers with status {status}: is it mtt-mock?")
            yield response

    def refuse(self, problem: str) -> NoReturn:
        """Raise ``CommandError`` with the ``problem`` of the fake."""
        raise CommandError(f"{self._host} {problem}")


@contextlib.contextmanager
def raise_unreachable() -> Iterator[None]:
    """Raise ``FakeUnreachableError`` for a connection that breaks inside."""
    from http.client import HTTPException  # noqa: PLC0415

    try:
        yield
    except (OSError, HTTPException, UnicodeError) as error:
        raise FakeUnreachableError(error_text(error)) from None

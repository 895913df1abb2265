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
    """The fake does not answer, or has stopped answering."""


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
    def ask(
        self,
        verb: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        also: Collection[int] = (),
    ) -> Iterator[http.client.HTTPResponse]:
        """Give the answer to a request for ``path`` of the control API, not read yet.

        Its status is 200 or one of ``also``. Raises ``FakeUnreachableError`` and ``CommandError``.
        """
        import http.client  # noqa: PLC0415 -- serve imports this module for TOKEN alone

        kind = http.client.HTTPSConnection if self._tls else http.client.HTTPConnection
        token = os.environ.get(TOKEN)
        sent = {**(headers or {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        with raise_unreachable():
            connection = kind(self._host, self._port, timeout=self._timeout)
        with contextlib.closing(connection):
            with raise_unreachable():
                connection.request(verb, self._base + path, body=body, headers=sent)
                answer = connection.getresponse()
            if answer.status == HTTPStatus.UNAUTHORIZED:
                self.refuse(f"asks for its control token: put it into the variable {TOKEN}")
            if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and answer.status not in also:
                raise FakeUnreachableError("it is not ready: its database does not answer")
            if answer.status == HTTPStatus.NOT_IMPLEMENTED:
                self.refuse(
                    f"cannot do that: {answer.read(300).decode('utf-8', 'replace').strip()}"
                )
            if answer.status != HTTPStatus.OK and answer.status not in also:
                self.refuse(f"answers with status {answer.status}: is it mtt-mock?")
            yield answer

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

"""Sends literal bytes to the fake: in process, and over a raw socket."""

from __future__ import annotations

import base64
import json
import socket
from dataclasses import dataclass, field
from typing import Any, Self

TIMEOUT = 20.0
OK = (200, 500)


def basic(login: str = "login", password: str = "password", encoding: str = "utf-8") -> str:
    return "Basic " + base64.b64encode(f"{login}:{password}".encode(encoding)).decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str] = field(repr=False)
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)


class Wire:
    """``send`` is given by the subclasses; the rest is convenience."""

    fake: Any

    def send(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        raise NotImplementedError

    def post(self, body: bytes | str, auth: str | None = "", **headers: str) -> Answer:
        return self.ask("POST", auth=auth, body=body, **headers)

    def get(self, target: str = "/index.php", auth: str | None = "", **headers: str) -> Answer:
        return self.ask("GET", target, auth=auth, **headers)

    def ask(
        self,
        verb: str,
        target: str = "/index.php",
        *,
        auth: str | None = "",
        body: bytes | str = b"",
        **headers: str,
    ) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if auth is not None:
            sent["Authorization"] = auth or basic()
        return self.send(verb, target, sent, body.encode() if isinstance(body, str) else body)


class InProcess(Wire):
    def __init__(self, app: Any, fake: Any) -> None:
        self.app, self.fake = app, fake

    def send(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        response = self.app.test_client().open(target, method=verb, headers=headers, data=body)
        names = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, names, response.data)


class OverSocket(Wire):
    """A new connection for each request."""

    def __init__(self, live: Any) -> None:
        self.host, self.port, self.fake = live.host, live.port, live.fake

    def connect(self) -> Connection:
        return Connection(self.host, self.port)

    def send(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        with self.connect() as connection:
            connection.write(request_bytes(verb, target, headers, body))
            return connection.read(head=verb == "HEAD")


def request_bytes(
    verb: str = "POST",
    target: str = "/index.php",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> bytes:
    given = {"Authorization": basic()} if headers is None else headers
    lines = [f"{verb} {target} HTTP/1.1", "Host: mtt"]
    lines += [f"{name}: {value}" for name, value in given.items()]
    names = {name.lower() for name in given}
    if verb == "POST" and not names & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Connection:
    """One TCP connection on which answers are read one after another."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=TIMEOUT)
        self.reader = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.close()
        self.socket.close()

    def write(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, *, head: bool = False) -> Answer:
        line = self.reader.readline()
        if not line:
            raise EOFError("the server closed the connection without an answer")
        headers = {}
        while (header := self.reader.readline()) not in (b"\r\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        status = int(line.split()[1])
        if head:
            return Answer(status, headers, b"")
        if "content-length" not in headers:
            raise AssertionError(f"an answer without Content-Length: {line!r} {headers}")
        return Answer(status, headers, self.reader.read(int(headers["content-length"])))

    def at_end(self) -> bool:
        """Whether the server has closed its side, with nothing left to read."""
        return self.reader.read(1) == b""

"""MTT's endpoint as one function: from the parts of an HTTP request to those of its response.

Flask, the server and the in-process transport call it, so that each answers with the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from msgspec import Struct

from mtt_mock.service.fake import Fake
from mtt_mock.service.fault_injection import in_process
from mtt_mock.service.journal.received import describe_request
from mtt_mock.service.profile_rules import Headers, HttpRules
from mtt_mock.service.reply import Reply, ResponseFault
from mtt_mock.web.paths import ENDPOINT

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")


class HttpRequest(Struct, frozen=True):
    """The parts of a request that matter to MTT's endpoint.

    Args:
        method: HTTP method.
        path: Decoded path, without the query.
        authorization: Value of the Authorization header, ``None`` without one.
        body: Body of the request; ``None`` if it is larger than ``settings.max_body``.
        origin: Scheme, host and port of the request; see ``origin_of``.
        wire: The request as the journal shows it.
        query: Query of a GET.
    """

    method: str
    path: str
    authorization: str | None
    body: bytes | None
    origin: str
    wire: Mapping[str, Any] | None = None
    query: str = ""


class HttpResponse(Struct, frozen=True):
    """A response without Content-Length; a transport with a socket applies ``fault``."""

    status: int
    headers: Headers
    body: bytes
    fault: ResponseFault | None = None


class RequestHead(NamedTuple):
    """The parts of a request's head that MTT's endpoint uses, named as in ``HttpRequest``."""

    authorization: str | None
    origin: str
    wire: dict[str, Any]


@lru_cache(maxsize=64)  # a client sends the same headers again and again
def read_head(
    method: str,
    scheme: str,
    server: tuple[str, int | str | None],
    peer: str,
    fields: tuple[tuple[bytes, bytes], ...],
) -> RequestHead:
    """Return the head of a request to ``ENDPOINT`` from the client at ``peer``."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:  # as WSGI reads them
        name, value = raw_name.decode("latin-1").title(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    authorization = headers.get("Authorization")
    return RequestHead(
        authorization,
        origin_of(scheme, headers.get("Host", ""), server),
        describe_request(method, ENDPOINT, peer, headers.items(), authorization),
    )


def answer(fake: Fake, request: HttpRequest) -> HttpResponse:
    """Return the response to a request to ``ENDPOINT`` with one of ``METHODS``."""
    authorization, wire = request.authorization, request.wire
    rules = fake.service.http_rules
    if request.method == "POST":
        if request.body is None:
            return to_response(fake.refuse_body(authorization, wire), rules)
        return to_response(fake.answer(authorization, request.body, request.origin, wire), rules)
    if request.method == "OPTIONS":
        return to_response(fake.options(authorization), rules)
    return to_response(fake.service_map(authorization, request.path, wire, request.query), rules)


def origin_of(scheme: str, host: str, server: tuple[str, int | str | None]) -> str:
    """Return the origin of a request, for URLs in the response.

    ``server`` replaces a Host header that is not a host and a port.
    """
    if not _HOST.fullmatch(host):
        host = f"{server[0]}:{server[1]}"
    return f"{scheme}://{host}"


def to_response(reply: Reply, rules: HttpRules) -> HttpResponse:
    """Return ``reply`` with its headers."""
    status, body, fault = reply.status, reply.body, reply.response_fault
    if reply.content_type is not None:
        retry = (("Retry-After", "1"),) if status == HTTPStatus.TOO_MANY_REQUESTS else ()
        challenge = (("WWW-Authenticate", reply.challenge),) if reply.challenge else ()
        headers = (*rules.cors, *retry, *challenge, ("Content-Type", reply.content_type))
        return HttpResponse(status, headers, body, fault)
    return HttpResponse(status, rules.headers, body, fault)


def without_socket(response: HttpResponse) -> HttpResponse:
    """Return ``response`` with its transport fault applied as far as that needs no socket."""
    if response.fault is None:
        return response
    status, body = in_process(response.fault, response.status, response.body)
    # A response that is never sent has no status.
    return HttpResponse(status or HTTPStatus.BAD_GATEWAY, response.headers, body)

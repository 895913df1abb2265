"""Reads requests to the control API and writes its answers: token, body, query, errors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

from flask import Response, request
from werkzeug.exceptions import HTTPException, NotFound, RequestEntityTooLarge

from mtt_mock import jsonrpc
from mtt_mock.domain.changes import Part
from mtt_mock.domain.lease import ClockBusyError
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.domain.text import shorten
from mtt_mock.jsonrpc.json_text import decode
from mtt_mock.service.fake import Fake
from mtt_mock.web.access import is_authorized, is_control_host, is_mtt_host
from mtt_mock.web.body import read_body
from mtt_mock.web.paths import CONTROL_PATH, MAX_CONTROL_BYTES

_MAX_SHOWN = 60  # characters of a wrong value that a message repeats
_MAX_QUERY_INTEGER = 10**15 - 1
QUERY_NUMBER = {"type": "integer", "minimum": 0, "maximum": _MAX_QUERY_INTEGER}
QUERY_FLAG = {"enum": ["0", "1"]}
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Route(NamedTuple):
    """One path of the control API, and its entry in the OpenAPI document.

    Args:
        verb: HTTP method.
        rule: Path below ``CONTROL_PATH``, as a Werkzeug rule.
        summary: One sentence.
        view: Called with the fake, and the rule's variables by name; returns JSON values or a
            ``Response``.
        response: Name of the response's schema in ``SCHEMAS``.
        body: JSON Schema of the request's body.
        query: JSON Schemas of the query's parameters by name.
        errors: HTTP statuses of errors that do not follow from the other fields.
        is_open: Whether the route needs no control token.
        version: Returns a value that changes when the answer of a fake changes. The answer then
            has an ``ETag``, and a request with that tag in ``If-None-Match`` gets 304.
    """

    verb: str
    rule: str
    summary: str
    view: Callable[..., Any]
    response: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Mapping[str, Any]] = {}
    errors: tuple[int, ...] = ()
    is_open: bool = False
    version: Callable[[Fake], object] | None = None


_View = TypeVar("_View", bound=Callable[..., Any])


class Routes(list[Route]):
    """The routes of one module."""

    def add(self, verb: str, rule: str, summary: str, **options: Any) -> Callable[[_View], _View]:
        """Make a function the view of a route; ``options`` are the other fields of ``Route``."""

        def append(view: _View) -> _View:
            self.append(Route(verb, rule, summary, view, **options))
            return view

        return append


class ApiError(Exception):
    """A refused request: a sentence and the HTTP ``status``."""

    def __init__(self, text: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(text)
        self.status = status


def answer(fake: Fake, route: Route, instance: str, **variables: str) -> Response:
    """Return the answer of ``route`` to the current request; ``instance`` is in each ``ETag``."""
    try:
        if not route.is_open:
            _check_token(fake)
        if route.query:
            _check_query(route.query)
        if route.version is None:
            values = route.view(fake, **variables)
        else:
            version = (instance, request.full_path, route.version(fake))
            values = _conditional(fake, route, version)
        return values if isinstance(values, Response) else as_json(HTTPStatus.OK, values)
    except ApiError as error:
        return error_json(error.status, str(error))
    except StoreUnavailableError as error:
        return error_json(HTTPStatus.SERVICE_UNAVAILABLE, str(error))
    except ClockBusyError as error:
        return error_json(HTTPStatus.CONFLICT, str(error))
    except (ValueError, TypeError) as error:
        return error_json(HTTPStatus.BAD_REQUEST, str(error))
    except HTTPException as error:
        return control_error(error)


def version_of(*parts: Part, has_time: bool = False) -> Callable[[Fake], object]:
    """Return a function whose value changes with ``parts``, and with the time if ``has_time``."""

    def version(fake: Fake) -> object:
        revisions, clock = fake.store.revisions, fake.service.clock
        time = (clock.speed, clock.now(), fake.journal.last) if has_time else ()
        generations = fake.store.generation, fake.journal.generation
        return generations, [revisions[part] for part in parts], time

    return version


def _conditional(fake: Fake, route: Route, version: object) -> Response:
    """Return the answer with its ``ETag``; 304 without a body if the client has it."""
    # Computed before the answer: after a change in between, the next request gets a new tag.
    tag = hashlib.sha256(repr(version).encode()).hexdigest()[:16]
    if request.if_none_match.contains_weak(tag):
        response = Response(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = as_json(HTTPStatus.OK, route.view(fake))
    response.set_etag(tag)
    return response


def check_host(fake: Fake) -> Response | None:
    """Refuse requests to the control API that have the wrong Host header.

    MTT's host gets 404, and so does another spelling of the control path: no URL of an application
    that calls MTT reaches the control API. Names that are not those of the fake get 403 (see
    ``is_control_host``).
    """
    # Not request.host: Werkzeug empties a name with an underscore, which browsers send.
    host = request.environ.get("HTTP_HOST", "")
    # Werkzeug routes //_mtt/clock here too.
    if is_mtt_host(host) or not request.environ["PATH_INFO"].startswith(CONTROL_PATH):
        raise NotFound
    if is_control_host(fake, host):
        return None
    name = shorten(host, _MAX_SHOWN)
    return error_json(
        HTTPStatus.FORBIDDEN,
        f"the control API does not answer to the host {name!r}; if it is yours, start the fake "
        "with --control-host NAME (setting control_hosts)",
    )


def add_security_headers(response: Response) -> Response:
    """Forbid caches to store an answer of the control API, and browsers to guess its type."""
    response.headers.update(SECURITY_HEADERS)
    return response


def control_error(error: HTTPException) -> Response:
    """Return ``error`` as the control API's JSON."""
    response = error_json(
        error.code or HTTPStatus.INTERNAL_SERVER_ERROR, f"{error.code} {error.name}"
    )
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _check_token(fake: Fake) -> None:
    if not is_authorized(fake, request.headers.get("Authorization", "")):
        raise ApiError(
            "the control API requires its token: Authorization: Bearer TOKEN",
            HTTPStatus.UNAUTHORIZED,
        )


def raw_json_body(limit: int) -> bytes:
    """Return the request's body, of the type application/json and at most ``limit`` bytes."""
    if request.mimetype != "application/json":
        raise ApiError(
            "send a JSON object with Content-Type: application/json",
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        )
    body = read_body(request.environ, limit)
    if body is None:
        raise RequestEntityTooLarge
    return body


def json_body(*names: str) -> dict[str, Any]:
    """Return the request's JSON object; with ``names``, it must have exactly one of these keys."""
    try:
        values = decode(raw_json_body(MAX_CONTROL_BYTES))
    except jsonrpc.RpcError:
        values = None
    if not isinstance(values, dict):
        raise ApiError("send a JSON object")
    if names and (len(values) != 1 or not values.keys() <= set(names)):
        raise ApiError(f"send {' or '.join(names)}")
    return values


def query_int(name: str, default: int, maximum: int | None = None) -> int:
    """Return a whole number from the query, at least 0; larger ones become ``maximum``."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_QUERY_INTEGER))):
        raise ApiError(f"{name} must be a whole number from 0 on, got {text[:_MAX_SHOWN]!r}")
    return int(text) if maximum is None else min(int(text), maximum)


def query_bool(name: str, *, default: bool = False) -> bool:
    """Return whether the query contains ``name=1``; without it ``default``."""
    text = request.args.get(name, "1" if default else "0")
    if text not in ("0", "1"):
        raise ApiError(f"{name} must be 0 or 1, got {text[:_MAX_SHOWN]!r}")
    return text == "1"


def _check_query(known: Collection[str]) -> None:
    """Raise ``ApiError`` for an unknown name in the query: ignoring a typo would hide it."""
    for name in request.args:
        if name not in known:
            raise ApiError(f"unknown parameter {name[:_MAX_SHOWN]!r}; it takes {', '.join(known)}")


def as_json(status: int, values: Any) -> Response:
    """Return ``values`` as a JSON response."""
    return Response(jsonrpc.encode(values), status, content_type="application/json")


def error_json(status: int, message: str) -> Response:
    """Return the control API's error response."""
    return as_json(status, {"error": message})

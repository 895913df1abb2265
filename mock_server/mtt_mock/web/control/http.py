"""How a request to the control API is read and answered, whatever it is about."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from flask import Response, request
from werkzeug.exceptions import HTTPException, NotFound

from mtt_mock import jsonrpc
from mtt_mock.domain.hosts import MTT_HOST
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.jsonrpc.json_text import decode
from mtt_mock.service.fake import Fake
from mtt_mock.service.scheduler.scheduler import ClockBusyError

CONTROL_PATH = "/_mtt/"
ALIVE_PATH = "/_mtt/health/alive"  # answered even while everything else waits
_LARGEST_BODY = 64 * 1024


class Route(NamedTuple):
    """One path of the control API: ``view`` gets the path's parts by name, returns JSON values.

    ``view`` may return a ``Response`` of its own. The rest is for the OpenAPI file: ``summary`` a
    sentence, ``answers`` the name of a schema in ``SCHEMAS``, ``body`` and ``query`` the JSON
    Schemas of what may be sent, ``refuses`` the HTTP statuses beside those that follow from it.
    ``is_open``: it needs no token.
    """

    verb: str
    rule: str
    view: Callable[..., Any]
    summary: str
    answers: str
    body: Mapping[str, Any] | None = None
    query: Mapping[str, Mapping[str, Any]] = {}
    refuses: tuple[int, ...] = ()
    is_open: bool = False


class ApiError(Exception):
    """The request is refused with an HTTP ``status`` and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer(fake: Fake, view: Callable[..., Any], *, is_open: bool = False, **at: str) -> Response:
    """Return the answer to the current request; ``is_open``: without a look for the token."""
    try:
        if not is_open:
            _check_token(fake)
        values = view(**at)
        return values if isinstance(values, Response) else as_json(200, values)
    except ApiError as error:
        return as_json(error.status, {"error": str(error)})
    except StoreUnavailableError as error:
        return as_json(503, {"error": str(error)})
    except ClockBusyError as error:
        return as_json(409, {"error": str(error)})
    except (ValueError, TypeError) as error:
        return as_json(400, {"error": str(error)})
    except HTTPException as error:
        return as_json(error.code or 500, {"error": f"{error.code} {error.name}"})


def is_mtt_host(host: str) -> bool:
    """Return whether the Host header ``host`` names the service that is faked."""
    return host.partition(":")[0].lower().rstrip(".") == MTT_HOST


def reject_mtt_host() -> None:
    """Answer 404 where the current request came by MTT's host or by another spelling of the path.

    An application that calls MTT never gets here, whatever it makes of its URL.
    """
    # Werkzeug routes //_mtt/clock here too.
    if is_mtt_host(request.host) or not request.environ["PATH_INFO"].startswith(CONTROL_PATH):
        raise NotFound


def control_error(error: HTTPException) -> Response:
    """Return the answer to a request under the control path that no view takes."""
    response = as_json(error.code or 500, {"error": f"{error.code} {error.name}"})
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def is_authorized(fake: Fake, authorization: str) -> bool:
    """Return whether the Authorization header bears the control token, or none is set."""
    token = fake.settings.control_token
    if token is None:
        return True
    scheme, _, given = authorization.partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())


def _check_token(fake: Fake) -> None:
    if not is_authorized(fake, request.headers.get("Authorization", "")):
        raise ApiError(401, "the control API asks for its token here: Authorization: Bearer TOKEN")


def sent(*names: str) -> dict[str, Any]:
    """Return the JSON object that was sent; with ``names``, it must have exactly one of them."""
    if request.mimetype != "application/json":
        raise ApiError(415, "send a JSON object with Content-Type: application/json")
    request.max_content_length = _LARGEST_BODY
    try:
        values = decode(request.get_data())
    except jsonrpc.RpcError:
        values = None
    if not isinstance(values, dict):
        raise ApiError(400, "send a JSON object")
    if names and (len(values) != 1 or not values.keys() <= set(names)):
        raise ApiError(400, f"send one of {', '.join(names)}")
    return values


def query_int(name: str, default: int, most: int | None = None) -> int:
    """Return a whole number from the query, at least 0 and at most ``most``."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 16):  # noqa: PLR2004
        raise ApiError(400, f"{name} must be a whole number from 0 on, got {text[:60]!r}")
    return int(text) if most is None else min(int(text), most)


def query_bool(name: str, *, default: bool = False) -> bool:
    """Return whether the query says ``name=1``; without it ``default``."""
    text = request.args.get(name, "1" if default else "0")
    if text not in ("0", "1"):
        raise ApiError(400, f"{name} must be 0 or 1, got {text[:60]!r}")
    return text == "1"


def check_query(known: Iterator[str] | Mapping[str, Any]) -> None:
    """Raise ``RefusedError`` for a name in the query that means nothing: a slip would be silent."""
    names = list(known)
    for name in request.args:
        if name not in names:
            what = f"it takes {', '.join(names)}" if names else "it takes none"
            raise ApiError(400, f"unknown parameter {name[:60]!r}; {what}")


def as_json(status: int, values: Any) -> Response:
    """Return ``values`` as a response."""
    return Response(jsonrpc.encode(values), status, content_type="application/json")

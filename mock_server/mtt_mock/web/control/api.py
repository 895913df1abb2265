"""The control API's blueprint and its OpenAPI document."""

from __future__ import annotations

import re
import secrets
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint

from mtt_mock.service.fake import Fake
from mtt_mock.web.control import (
    balance,
    calls,
    clock,
    console_support,
    customers,
    faults,
    health,
    journal,
    prompts,
    snapshot,
    stubs,
    subscribers,
)
from mtt_mock.web.control.http import Route, add_security_headers, answer, check_host
from mtt_mock.web.control.schemas import SCHEMAS, named
from mtt_mock.web.paths import CONTROL_PATH

_JSON = "application/json"
_NOT_MODIFIED = "The answer still has the ETag in If-None-Match"
_VARIABLE = re.compile(r"<(path:|int:)?(\w+)>")
_ERRORS = {
    400: "The request is invalid; the error is the reason",
    401: "The control token is missing or wrong",
    404: "Not found",
    409: "Another client is advancing the clock, or calls of the snapshot exist",
    413: "The body is too large",
    415: "The body is not application/json",
    501: "Only mtt-mock's own server has the stream",
    503: "The database does not answer",
}
_MODULES = (
    clock, subscribers, balance, calls, customers, prompts, snapshot, journal, faults, stubs,
    health, console_support,
)  # fmt: skip
_CONTENT_TYPES = {
    "/journal.jsonl": "application/jsonl",
    "/journal/<int:entry_id>/pytest": "text/x-python",
    "/stream": "text/event-stream",
    "/prompt-audio": "audio/*",
    "/calls/<call_id>/recording": "audio/wav",
}


def control_api(fake: Fake) -> Blueprint:
    """Return the control API of ``fake``."""
    views = Blueprint("control", "mtt_mock", url_prefix=CONTROL_PATH.rstrip("/"))
    views.before_request(partial(check_host, fake))
    views.after_request(add_security_headers)
    instance = secrets.token_hex(8)  # counters of another process or another start may be equal
    routes = [route for module in _MODULES for route in module.routes]
    routes.append(
        Route("GET", "/openapi.json", "This document", lambda _: openapi(routes), "OpenApi")
    )
    for route in routes:
        views.add_url_rule(
            route.rule,
            f"{route.verb} {route.rule}".replace(".", "_"),
            partial(answer, fake, route, instance),
            methods=[route.verb],
        )
    return views


def openapi(routes: list[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of ``routes``."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = CONTROL_PATH.rstrip("/") + _VARIABLE.sub(r"{\2}", route.rule)
        paths.setdefault(path, {})[route.verb.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mtt-mock control API",
            "version": "1",
            "description": "Inspects and controls a running fake. Not part of MTT's API.",
        },
        "servers": [{"url": "/", "description": "the fake that serves this document"}],
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "int:" else "string"},
        }
        for kind, name in _VARIABLE.findall(route.rule)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in route.query.items()
    ]
    kind = _CONTENT_TYPES.get(route.rule, _JSON)
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": _operation_id(route),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": route.summary,
                "content": {kind: {"schema": named(route.response)}},
            },
            **({"304": {"description": _NOT_MODIFIED}} if route.version else {}),
            **{str(status): _error_response(status, route) for status in _statuses(route)},
        },
    }
    if route.is_open:
        operation["security"] = [{}]
    if route.body is not None:
        content = {_JSON: {"schema": dict(route.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _statuses(route: Route) -> list[int]:
    """Return the error statuses of ``route``."""
    if route.is_open:
        return [*route.errors]
    statuses = {401, 503, *route.errors}
    if route.query:
        statuses.add(400)
    if route.body is not None:
        statuses |= {400, 413, 415}
    return sorted(statuses)


def _error_response(status: int, route: Route) -> dict[str, Any]:
    kind, schema = _JSON, named(route.response if route.is_open else "Error")
    if status == HTTPStatus.NOT_IMPLEMENTED:
        kind, schema = "text/plain", {"type": "string"}
    return {"description": _ERRORS[status], "content": {kind: {"schema": schema}}}


def _operation_id(route: Route) -> str:
    """Return the operationId of ``route``, such as ``delete_faults_fault_id``."""
    path = re.sub(r"<\w+:(\w+)>", r"\1", route.rule)
    return re.sub(r"\W+", "_", f"{route.verb.lower()}{path}").strip("_")

"""The control API as a whole: its paths, and the OpenAPI file that describes them."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from flask import Blueprint

from mtt_mock.control import calls, clock, faults, journal, people, snapshot, state
from mtt_mock.control.answering import Route, answer
from mtt_mock.fake import Fake

CONTROL_PATH = "/_mtt/"
_PART = re.compile(r"<(?:path:|int:)?(\w+)>")
_ERROR = {
    "description": "What was wrong with the request",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {"error": {"type": "string"}},
                "required": ["error"],
            }
        }
    },
}
_TYPES = {
    "/journal.jsonl": "application/jsonl",
    "/stream": "text/event-stream",
}


def control_api(fake: Fake) -> Blueprint:
    """Return the control API of ``fake``."""
    views = Blueprint("control", "mtt_mock", url_prefix=CONTROL_PATH.rstrip("/"))
    routes: list[Route] = []
    for each in (clock, people, calls, state, snapshot, journal, faults):
        routes += each.routes(fake)
    document = Route("GET", "/openapi.json", lambda: openapi(routes), "This description")
    routes.append(document)
    for route in routes:
        views.add_url_rule(
            route.rule,
            f"{route.verb} {route.rule}".replace(".", "_"),
            partial(answer, fake, route.view),
            methods=[route.verb],
        )
    return views


def openapi(routes: list[Route]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of ``routes``."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = CONTROL_PATH.rstrip("/") + _PART.sub(r"{\1}", route.rule)
        paths.setdefault(path, {})[route.verb.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mtt-mock control API",
            "version": "1",
            "description": "See and steer a running fake. None of this is MTT's.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "security": [{}, {"token": []}],
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PART.findall(route.rule)
    ]
    parameters += [
        {"name": name, "in": "query", "required": False, "schema": dict(schema)}
        for name, schema in route.query.items()
    ]
    kind = _TYPES.get(route.rule, "application/json")
    schema = {"type": "object" if kind == "application/json" else "string"}
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": re.sub(r"\W+", "_", f"{route.verb.lower()}{route.rule}").strip("_"),
        "parameters": parameters,
        "responses": {
            "200": {"description": route.summary, "content": {kind: {"schema": schema}}},
            "default": _ERROR,
        },
    }
    if route.body is not None:
        content = {"application/json": {"schema": dict(route.body)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation

"""Stubs over the control API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import mtt_contracts
from mtt_mock.service.fake import Fake
from mtt_mock.service.stubs import Stub
from mtt_mock.service.stubs.stub import MAX_DELAY_SECONDS
from mtt_mock.web.control.http import ApiError, Routes, json_body, version_of
from mtt_mock.web.control.schemas import object_schema

_RULE = "/stubs/<int:stub_id>"
_OPTIONS: dict[str, Any] = {
    "method": {"enum": list(mtt_contracts.methods())},
    "customer": {"type": ["string", "null"], "minLength": 1},
    "params": {"type": ["object", "null"]},
    "nth": {"type": ["integer", "null"], "minimum": 1},
    "times": {"type": ["integer", "null"], "minimum": 1},
    "probability": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
    "seed": {"type": ["integer", "null"], "minimum": 0},
    "after": {"type": ["integer", "null"], "minimum": 0},
    "delay": {"type": "number", "minimum": 0, "maximum": MAX_DELAY_SECONDS},
    "then": {"enum": ["skip", "apply"]},
    "allow_invalid": {"type": "boolean"},
}
_REPLIES: dict[str, Any] = {
    "result": {"description": "a result; null is none"},
    "error": {
        "type": "array",
        "prefixItems": [{"type": "integer"}, {"type": "string"}, {"type": ["string", "null"]}],
        "items": {},
        "minItems": 2,
        "maxItems": 3,
    },
    "http": {
        "description": "status, body, content type",
        "type": "array",
        "prefixItems": [
            {"type": "integer", "minimum": 200, "maximum": 599},
            {},
            {"type": ["string", "null"], "pattern": "^[ -~]*$"},
        ],
        "items": {},
        "minItems": 1,
        "maxItems": 3,
    },
}
_STUB = {
    "oneOf": [
        object_schema(_OPTIONS.keys() - {"method"}, **_OPTIONS, **{name: schema})
        for name, schema in _REPLIES.items()
    ]
}


def _version(fake: Fake) -> object:
    return version_of()(fake), fake.service.stubs.revision


routes = Routes()


@routes.add(
    "GET", "/stubs", "The stubs in order, with their counters", response="Stubs", version=_version
)
def stubs(fake: Fake) -> Any:
    return {"stubs": [active.to_dict() for active in fake.service.stubs]}


@routes.add("POST", "/stubs", "Add a stub", response="Stubs", body=_STUB)
def add(fake: Fake) -> Any:
    fake.service.stubs.add_stub(Stub.from_dict(json_body()))
    return stubs(fake)


@routes.add("DELETE", "/stubs", "Remove all stubs", response="Stubs")
def clear(fake: Fake) -> Any:
    fake.service.stubs.clear()
    return stubs(fake)


@routes.add("DELETE", _RULE, "Remove a stub", response="Stubs", errors=(HTTPStatus.NOT_FOUND,))
def remove(fake: Fake, stub_id: int) -> Any:
    if not fake.service.stubs.remove(stub_id):
        raise ApiError(f"no stub {stub_id} is set", HTTPStatus.NOT_FOUND)
    return stubs(fake)

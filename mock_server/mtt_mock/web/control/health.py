"""Liveness and readiness over the control API, for load balancers and orchestrators.

These routes need no token. The full reason of an outage is shown only with the token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from mtt_mock.service.fake import Fake
from mtt_mock.web.access import is_authorized
from mtt_mock.web.control.http import Routes, as_json

routes = Routes()
_SUMMARY = "Whether the fake can do its work (200) or not (503), and why"


@routes.add("GET", "/health/ready", _SUMMARY, response="Health", errors=(503,), is_open=True)
@routes.add("GET", "/health", _SUMMARY, response="Health", errors=(503,), is_open=True)
def health(fake: Fake) -> Any:
    reason = fake.unavailable_reason()
    ready = reason is None
    if reason and not is_authorized(fake, request.headers.get("Authorization", "")):
        reason = reason.partition(":")[0]
    values = {
        "alive": True,
        "ready": ready,
        "reason": reason,
        "state": "database" if fake.state.waits else "memory",
    }
    return as_json(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, values)


@routes.add("GET", "/health/alive", "Whether the process answers", response="Alive", is_open=True)
def alive(_fake: Fake) -> Any:
    return {"alive": True}

"""Liveness and readiness over the control API, for load balancers and orchestrators.

These routes need no token. The full reason of an outage is shown only with the token.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from mtt_mock.service.fake import Fake
from mtt_mock.web.access import is_authorized
from mtt_mock.web.control.http import Route, as_json


def routes(fake: Fake) -> list[Route]:
    """Return the routes for health; a fake that is not ready answers 503."""

    def health() -> Any:
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

    def alive() -> Any:
        return {"alive": True}

    summary = "Whether the fake can do its work (200) or not (503), and why"
    return [
        Route("GET", "/health", health, summary, "Health", refuses=(503,), is_open=True),
        Route("GET", "/health/ready", health, summary, "Health", refuses=(503,), is_open=True),
        Route("GET", "/health/alive", alive, "Whether the process answers", "Alive", is_open=True),
    ]

"""Whether the fake lives, and whether it can do its work: for balancers and orchestrators.

They need no token. Why it is not ready is told in full only to who has it.
"""

from __future__ import annotations

from typing import Any

from flask import request

from mtt_mock.service.fake import Fake
from mtt_mock.web.control.http import Route, as_json, is_authorized


def routes(fake: Fake) -> list[Route]:
    """Return the paths about health; what is not ready is answered with 503."""

    def health() -> Any:
        trouble = fake.unavailable_reason()
        shown = trouble
        if trouble and not is_authorized(fake, request.headers.get("Authorization", "")):
            shown = trouble.partition(":")[0]
        values = {
            "alive": True,
            "ready": trouble is None,
            "trouble": shown,
            "state": "database" if fake.state.waits else "memory",
        }
        return as_json(200 if trouble is None else 503, values)

    def alive() -> Any:
        return {"alive": True}

    about = "Whether it can do its work (200) or not (503), and why"
    return [
        Route("GET", "/health", health, about, "Health", refuses=(503,), is_open=True),
        Route("GET", "/health/ready", health, about, "Health", refuses=(503,), is_open=True),
        Route("GET", "/health/alive", alive, "Whether the process answers", "Alive", is_open=True),
    ]

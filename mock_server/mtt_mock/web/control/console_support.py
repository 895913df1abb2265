"""Serves the console: lists the settings, checks a request, sends an event again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import request

import mtt_contracts
from mtt_contracts import Problem, checking
from mtt_mock._version import __version__
from mtt_mock.domain.subscribers import SubscriberRegistry
from mtt_mock.domain.text import shorten_json
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal.serialization import delivery_to_dict
from mtt_mock.service.profile import Profile
from mtt_mock.service.setting import settings_metadata
from mtt_mock.service.settings import Settings
from mtt_mock.web.control.http import ApiError, Routes, json_body
from mtt_mock.web.control.schemas import object_schema

_MASK = "***"
_RESEND_TIMEOUT = 65.0  # seconds; the longest event timeout is 60
_REQUEST = object_schema(request={})
_EVENT = object_schema(call={"type": "string"}, event={"type": "string"})

routes = Routes()


@routes.add("GET", "/settings", "The current settings, without secrets", response="Settings")
def settings(fake: Fake) -> Any:
    return {
        "version": __version__,
        "endpoint": f"{request.host_url}index.php",
        "settings": [
            {"name": declared.name, "value": _shown(fake, declared.name), "help": declared.help}
            for declared in settings_metadata(Settings)
        ],
    }


@routes.add(
    "POST", "/check", "Check a request against the contract", response="Check", body=_REQUEST
)
def check(_fake: Fake) -> Any:
    given = json_body("request")["request"]
    return {
        "problems": [_problem(problem) for problem in checking.check(given).problems],
        "notes": [_problem(note) for note in _notes(given)],
    }


@routes.add("POST", "/events", "Send an event again", response="Event", body=_EVENT, errors=(404,))
def resend(fake: Fake) -> Any:
    values = json_body()
    if values.keys() != {"call", "event"}:
        raise ApiError("send call and event")
    call = fake.store.call(str(values.get("call")))
    if call is None:
        raise ApiError("no such call is stored", HTTPStatus.NOT_FOUND)
    sent = [
        delivery.callback
        for delivery in fake.journal.deliveries
        if delivery.callback.call_id == call.id and delivery.callback.event == values.get("event")
    ]
    if not sent:
        raise ApiError("no such event was sent for this call", HTTPStatus.NOT_FOUND)
    return delivery_to_dict(fake.service.resend(sent[-1]).result(_RESEND_TIMEOUT))


def _shown(fake: Fake, name: str) -> str:
    """Return a setting as text, without passwords and tokens."""
    value = getattr(fake.settings, name)
    if name in _TEXTS:
        return _TEXTS[name](value)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _profile_text(profile: Profile) -> str:
    facts = (f"{fact_id} = {shorten_json(value)}" for fact_id, value in profile.overrides.items())
    return ", ".join(facts) or "the defaults of the contract"


def _subscribers_text(registry: SubscriberRegistry) -> str:
    numbers = [*registry.exact, *(pattern for pattern, _ in registry.patterns)]
    return ", ".join(numbers) or "none"


_TEXTS: dict[str, Callable[[Any], str]] = {
    "accounts": lambda accounts: ", ".join(f"{item.login}:{_MASK}" for item in accounts) or "any",
    "control_token": lambda token: "none" if token is None else _MASK,
    "faults": lambda faults: ", ".join(map(str, faults)) or "none",
    "profile": _profile_text,
    "stubs": lambda stubs: stubs if isinstance(stubs, str) else f"{len(stubs)} stubs",
    "subscribers": _subscribers_text,
}


def _problem(problem: Problem) -> dict[str, Any]:
    return {"path": problem.path, "message": problem.message, "hint": problem.hint}


def _notes(given: Any) -> list[Problem]:
    """Return the contract's notes on a valid request."""
    if not isinstance(given, dict) or not isinstance(given.get("method"), str):
        return []
    method, params = given["method"], given.get("params")
    if method not in mtt_contracts.methods() or not isinstance(params, dict):
        return []
    return mtt_contracts.lint_params(method, params)

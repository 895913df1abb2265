"""Reads the customer's state before a run changes it, and restores it afterwards."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mtt_mock.conformance.outcomes import AbortRun, CheckFailed
from mtt_mock.conformance.probe_client import (
    NoResponseError,
    ProbeClient,
    ProbeResponse,
    elements_of,
)
from mtt_mock.domain.http_status import REDIRECTS
from mtt_mock.domain.text import shorten_json

_PROBE = (
    {"type": "Ringall", "redirect_number": "79000000001"},
    {"type": "text", "value": "mtt-mock verify", "side": "B"},
)
RETRY_INTERVALS = (0.5, 2.0)  # seconds between attempts to restore
_NUMBERS = ("caller_id", "defaultBNumber")


@dataclass(frozen=True, slots=True)
class OriginalState:
    """The state before the run: elements, caller_id, defaultBNumber. False if it is empty."""

    elements: list[Any]
    numbers: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.elements or self.numbers)

    @property
    def params(self) -> dict[str, Any]:
        """The params of the setCallBackFollowme that restores it, without customer_name."""
        return {"callBackFollowmeStruct": self.elements, **self.numbers}

    def to_json(self) -> str:
        """Return the params as JSON."""
        return json.dumps(self.params, ensure_ascii=False)


def read_state(probe: ProbeClient) -> OriginalState:
    """Return the customer's current state.

    Raises ``AbortRun`` if the response does not show it; then the run must change nothing.
    """
    try:
        response = probe.get()
        _check_access(response)
        envelope = response.envelope
    except NoResponseError as error:
        raise AbortRun(f"cannot reach {probe.endpoint.target.url}: {error}") from error
    except CheckFailed as error:
        content = "HTML" if b"<" in response.body[:20] else "no JSON-RPC"
        raise AbortRun(
            f"{probe.endpoint.target.url} answers HTTP {response.status} with {content}: "
            f"{shorten_json(error.seen)}"
        ) from error
    elements = elements_of(response)
    result = envelope.get("result")
    struct = result if isinstance(result, dict) else {}
    if result and not isinstance(struct.get("callBackFollowmeStruct"), list):
        raise AbortRun(
            f"getCallBackFollowme answers {shorten_json(result)}: not a structure that a run can "
            "restore"
        )
    return OriginalState(elements, {name: struct[name] for name in _NUMBERS if struct.get(name)})


def ensure_clear(probe: ProbeClient, original: OriginalState) -> None:
    """Raise ``AbortRun`` if sides that look clear are not; then nothing was changed.

    The response of an endpoint where nothing is set is an assumption: an error can mean more.
    A set succeeds only if both sides are clear, so this test destroys nothing.
    """
    if original.elements:
        return
    try:
        response = probe.set(*_PROBE)
        is_refused = response.is_refused
    except BaseException as error:
        rollback_probe(probe)
        if isinstance(error, NoResponseError | CheckFailed):
            raise AbortRun(f"no response to a first set: {error}") from error
        raise
    if is_refused:
        raise AbortRun(
            "getCallBackFollowme shows no structure, but a set is refused "
            f"({shorten_json(response.envelope)}): a run could not restore the state, so nothing "
            "was changed"
        )


def restore(probe: ProbeClient, original: OriginalState) -> str | None:
    """Restore ``original``; return ``None`` on success, else the reason of the failure.

    The requests do not count against the budget. It tries three times: outages may be short.
    """
    probe.endpoint.unlimited = True
    sleep: Callable[[float], None] = probe.options["sleep"]
    failure = _try_restore(probe, original)
    for interval in RETRY_INTERVALS:
        if failure is None:
            break
        sleep(interval)
        failure = _try_restore(probe, original)
    return failure


def _try_restore(probe: ProbeClient, original: OriginalState) -> str | None:
    try:
        probe.clear()
        if original:
            response = probe.set(*original.elements, **original.numbers)
            if response.is_refused:
                return f"the set was answered {shorten_json(response.envelope)}"
        current = read_state(probe)
    except (NoResponseError, CheckFailed, AbortRun) as error:
        return str(error)
    return None if current == original else f"it now holds {current.to_json()}"


def rollback_probe(probe: ProbeClient) -> None:
    """Clear the sides if they hold the probe, whose response was lost."""
    probe.endpoint.unlimited = True
    with contextlib.suppress(NoResponseError, CheckFailed, AttributeError):
        if _PROBE[1]["value"] in [element.get("value") for element in probe.stored()]:
            probe.clear()


def _check_access(response: ProbeResponse) -> None:
    if response.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise AbortRun(f"the login is refused (HTTP {response.status}); check --login and password")
    if response.status in REDIRECTS:
        location = response.headers.get("location", "another URL")
        raise AbortRun(f"the endpoint redirects to {location}; give that URL if it is right")

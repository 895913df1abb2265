"""Keeps the structure that was found, and puts it back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mtt_mock.conformance.outcomes import AbortRun, CheckFailed, shown
from mtt_mock.conformance.probe_client import Answer, Ask, NoAnswerError, elements_of

_PROBE = (
    {"type": "Ringall", "redirect_number": "79000000001"},
    {"type": "text", "value": "mtt-mock verify", "side": "B"},
)
_PAUSES = (0.5, 2.0)  # seconds between attempts to put back
_KEPT = ("caller_id", "defaultBNumber")


@dataclass(frozen=True, slots=True)
class Found:
    """The structure that was there before: elements, caller_id, defaultBNumber."""

    elements: list[Any]
    more: dict[str, Any]

    def __bool__(self) -> bool:
        return bool(self.elements or self.more)

    @property
    def params(self) -> dict[str, Any]:
        """The params of the setCallBackFollowme that puts it back, without the customer."""
        return {"callBackFollowmeStruct": self.elements, **self.more}

    def as_json(self) -> str:
        """Return the params as JSON."""
        return json.dumps(self.params, ensure_ascii=False)


def look(ask: Ask) -> Found:
    """Return what is set, before anything is changed.

    Raises ``AbortRun`` when that cannot be known: then nothing may be changed.
    """
    try:
        answer = ask.get()
        _check_way(answer)
        envelope = answer.envelope
    except NoAnswerError as error:
        raise AbortRun(f"cannot reach {ask.endpoint.target.url}: {error}") from None
    except CheckFailed as error:
        what = "HTML" if b"<" in answer.body[:20] else "no JSON-RPC"
        url = ask.endpoint.target.url
        raise AbortRun(
            f"{url} answers HTTP {answer.status} with {what}: {shown(error.seen)}"
        ) from None
    elements = elements_of(answer)
    result = envelope.get("result")
    more = result if isinstance(result, dict) else {}
    if result and not isinstance(more.get("callBackFollowmeStruct"), list):
        raise AbortRun(
            f"getCallBackFollowme answers {shown(result)}, which is no structure that could be "
            "put back"
        )
    return Found(elements, {name: more[name] for name in _KEPT if more.get(name)})


def make_sure(ask: Ask, found: Found) -> None:
    """Raise ``AbortRun`` when sides that looked clear are not; changes nothing in that case.

    What an endpoint answers when nothing is set is an assumption; an error could mean anything.
    A set succeeds only where both sides are clear, so it tells without destroying anything.
    """
    if found.elements:
        return
    try:
        answer = ask.set(*_PROBE)
        result = answer.envelope.get("result") or {}
    except NoAnswerError as error:
        _take_back(ask)
        raise AbortRun(f"no answer to a first set: {error}") from None
    except BaseException:
        _take_back(ask)
        raise
    if "error" in answer.envelope or "error" in result:
        raise AbortRun(
            "getCallBackFollowme shows no structure, and a set is refused all the same "
            f"({shown(answer.envelope)}): what is there cannot be put back, so nothing was changed"
        )


def put_back(ask: Ask, found: Found) -> str | None:
    """Put ``found`` back, outside the budget; return ``None``, or what went wrong.

    Tries three times: an endpoint that was out of reach for a moment may be back.
    """
    ask.endpoint.unlimited = True
    sleep: Callable[[float], None] = ask.given["sleep"]
    wrong = _put_back(ask, found)
    for pause in _PAUSES:
        if wrong is None:
            break
        sleep(pause)
        wrong = _put_back(ask, found)
    return wrong


def _put_back(ask: Ask, found: Found) -> str | None:
    try:
        ask.clear()
        if found:
            answer = ask.set(*found.elements, **found.more)
            if "error" in answer.envelope or "error" in (answer.result or {}):
                return f"the set was answered {shown(answer.envelope)}"
        now = look(ask)
    except (NoAnswerError, CheckFailed, AbortRun) as error:
        return str(error)
    except (TypeError, AttributeError) as error:
        return f"an answer has another shape ({error})"
    return None if now == found else f"it now holds {now.as_json()}"


def _take_back(ask: Ask) -> None:
    """Clear the sides if they hold the probe; it was sent, and its answer never came."""
    ask.endpoint.unlimited = True
    with contextlib.suppress(NoAnswerError, CheckFailed, AttributeError):
        if _PROBE[1]["value"] in [each.get("value") for each in ask.stored()]:
            ask.clear()


def _check_way(answer: Answer) -> None:
    if answer.status in (401, 403):
        raise AbortRun(f"the login is refused (HTTP {answer.status}); check --login and password")
    if answer.status in (301, 302, 303, 307, 308):
        place = answer.headers.get("location", "elsewhere")
        raise AbortRun(f"the endpoint redirects to {place}; give that URL if it is right")

"""Plays a tape's requests on a fresh fake and compares what it answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from mtt_mock.conformance.recording.comparison import Difference, compare
from mtt_mock.conformance.recording.tape import Tape, Taped
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Subscriber
from mtt_mock.server.handles import credentials_of
from mtt_mock.web.app import fake_of
from mtt_mock.web.paths import ENDPOINT

_ENDED = re.compile(r"Call ended by (timeout|cancel) on side ([AB])")
_GET = "getcallbackfollowme"
_SHOWN = (_GET, "setcallbackfollowme", "deletecallbackfollowme")
_INFO, _MAKE = "getcallbackfollowmecallinfo", "makecallbackcallfollowme"


@dataclass(slots=True)
class Drift:
    """What came of a replay: differences, and exchanges that could not be compared, with why."""

    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def drift(tape: Tape, app: Flask) -> Drift:
    """Play ``tape`` on the fake behind ``app``, which must be fresh and have a manual clock.

    How a call ended is read ahead from the tape, and the fake's numbers are told to do likewise:
    what people did is no drift. Nor is what was set before the recording began: a structure that is
    asked for before the tape changes it is set on the fake.
    """
    return _Player(tape, app).play()


class _Player:
    def __init__(self, tape: Tape, app: Flask) -> None:
        self._tape = tape.exchanges
        self._fake = fake_of(app)
        self._client = app.test_client()
        self._ids: dict[str, str] = {}  # of calls: the tape's and the fake's
        self._endings = dict(_endings(tape.exchanges))
        self._known: set[str] = set()  # customers whose structure the tape has shown or changed
        self._drift = Drift()
        self._endpoint = tape.endpoint

    def play(self) -> Drift:
        for taped in self._tape:
            reason = self._unplayable(taped)
            if reason:
                self._drift.left_out.append((taped.line, reason))
                continue
            self._preset(taped)
            self._drift.compared += 1
            self._drift.differences += self._one(taped)
        return self._drift

    def _unplayable(self, taped: Taped) -> str | None:
        if taped.status is None:
            return f"the upstream did not answer: {taped.answer}"
        if taped.path != self._endpoint:
            return f"{taped.path} is not the endpoint"
        if taped.status == 401 and taped.auth:  # noqa: PLR2004
            return "the login was refused (401)"
        if taped.answer.lstrip().startswith("<"):
            return f"the answer is HTML (HTTP {taped.status}), not JSON"
        return None

    def _preset(self, taped: Taped) -> None:
        """Set what the tape shows of a customer before it changes it."""
        request, answer = _json(taped.body), _json(taped.answer)
        params = request.get("params") if isinstance(request, dict) else None
        customer = params.get("customer_name") if isinstance(params, dict) else None
        method = str(request.get("method")).lower() if isinstance(request, dict) else ""
        if not isinstance(customer, str) or method not in _SHOWN or customer in self._known:
            return
        self._known.add(customer)
        result = answer.get("result") if isinstance(answer, dict) else None
        if method == _GET and isinstance(result, dict):
            envelope = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "setCallBackFollowme",
                "params": {**result, "customer_name": customer},
            }
            self._send(taped, json.dumps(envelope))

    def _send(self, taped: Taped, body: str) -> TestResponse:
        headers = {"Content-Type": taped.content_type} if taped.content_type else {}
        if taped.auth:
            token = base64.b64encode(":".join(credentials_of(self._fake.settings)).encode())
            headers["Authorization"] = f"Basic {token.decode()}"
        return self._client.open(
            ENDPOINT,
            method=taped.verb,
            query_string=taped.query,
            data=body.encode("utf-8", "surrogatepass"),
            headers=headers,
        )

    def _one(self, taped: Taped) -> Iterator[Difference]:
        response = self._send(taped, self._prepared(taped))
        line = taped.line
        yield from compare(line, "HTTP status", taped.status, response.status_code)
        seen_type, own_type = _media_type(taped.answer_type), response.mimetype
        yield from compare(line, "Content-Type", seen_type, own_type)
        seen, own = _json(taped.answer), _json(response.get_data(as_text=True))
        self._learn(seen, own)
        yield from compare(line, "answer", seen, own)

    def _prepared(self, taped: Taped) -> str:
        """Return the body to play: calls named by the fake's ids, the clock where it must be."""
        request = _json(taped.body)
        calls = request if isinstance(request, list) else [request]
        answers = _json(taped.answer)
        answers = answers if isinstance(answers, list) else [answers]
        changed = False
        for call in calls:
            method = str(call.get("method")).lower() if isinstance(call, dict) else ""
            if method == _MAKE:
                self._arrange(call, answers)
            elif method == _INFO:
                if any(_is_over(answer) for answer in answers):
                    self._fake.service.scheduler.run_until_idle()
                changed |= self._rename(call.get("params"))
        return json.dumps(request, ensure_ascii=False) if changed else taped.body

    def _arrange(self, call: dict[str, Any], answers: list[Any]) -> None:
        """Let the fake's numbers do what they did on the tape."""
        for answer in answers:
            result = answer.get("result") if isinstance(answer, dict) else None
            call_id = result.get("callBackCall_id") if isinstance(result, dict) else None
            ending = self._endings.get(str(call_id))
            if ending is None or answer.get("id") != call.get("id"):
                continue
            world = _world(ending)
            store = self._fake.store
            store.set_subscriber("*", world["*"])
            for number, does in world.items():
                store.set_subscriber(number, does)

    def _rename(self, params: Any) -> bool:
        if isinstance(params, dict):
            place: Any = "callBackCall_id"
        elif isinstance(params, list) and len(params) > 1:
            place = 1
        else:
            return False
        own = (
            self._ids.get(str(params[place]))
            if isinstance(params, list) or place in params
            else None
        )
        if own is None:
            return False
        params[place] = int(own) if isinstance(params[place], int) else own
        return True

    def _learn(self, seen: Any, own: Any) -> None:
        """Note which of the fake's calls is which of the tape's."""
        for one, other in zip(
            seen if isinstance(seen, list) else [seen],
            own if isinstance(own, list) else [own],
            strict=False,
        ):
            ids = [_call_id(each) for each in (one, other)]
            if None not in ids:
                self._ids[str(ids[0])] = str(ids[1])


def _world(ending: dict[str, Any]) -> dict[str, Subscriber]:
    """Return what each number must do for a call to end so; ``*`` is any other number."""
    info = ending.get("info")
    if info:
        world: dict[str, Subscriber] = {"*": NeverAnswers()}
        for side in "AB":
            number = str(info.get(f"destination_{side}", "")).lstrip("+")
            if number.isdecimal():
                world[number] = Answers(after=_seconds(info.get(f"waiting_period_{side}")))
        return world
    does: Subscriber = NeverAnswers() if ending["reason"] == "timeout" else Busy()
    if ending["side"] == "A":
        return {"*": does}
    # Side A answered; B's number is not in the answer, so it is that of the request.
    world = {"*": Answers(after=1)}
    if ending["b_number"]:
        world[str(ending["b_number"]).lstrip("+")] = does
    return world


def _endings(tape: list[Taped]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield how each call of the tape ended, by its id."""
    numbers: dict[str, Any] = {}
    preset: dict[str, Any] = {}
    for taped in tape:
        request, answer = _json(taped.body), _json(taped.answer)
        if not isinstance(request, dict) or not isinstance(answer, dict):
            continue
        params = request.get("params")
        if not isinstance(params, dict):
            continue
        method = str(request.get("method")).lower()
        customer = str(params.get("customer_name"))
        if method == "setcallbackfollowme" and params.get("defaultBNumber"):
            preset[customer] = params["defaultBNumber"]
        if method == _MAKE and (made := _call_id(answer)) is not None:
            numbers[str(made)] = params.get("b_number") or preset.get(customer)
        if method == _INFO and _is_over(answer):
            call_id = str(params.get("callBackCall_id"))
            yield call_id, _ending(answer, numbers.get(call_id))


def _ending(answer: dict[str, Any], b_number: Any) -> dict[str, Any]:
    result = answer.get("result")
    if isinstance(result, dict):
        return {"info": result.get("callBackFollowmeCallInfoStruct") or {"call": "over"}}
    found = _ENDED.search(str(answer["error"].get("data")))
    assert found is not None  # noqa: S101 -- _is_over saw it
    return {"reason": found[1], "side": found[2], "b_number": b_number}


def _is_over(answer: Any) -> bool:
    if not isinstance(answer, dict):
        return False
    result, error = answer.get("result"), answer.get("error")
    if isinstance(result, dict) and "callBackFollowmeCallInfoStruct" in result:
        return True
    return isinstance(error, dict) and bool(_ENDED.search(str(error.get("data"))))


def _call_id(answer: Any) -> Any:
    result = answer.get("result") if isinstance(answer, dict) else None
    return result.get("callBackCall_id") if isinstance(result, dict) else None


def _seconds(value: Any) -> int:
    try:
        return min(max(int(value), 0), 25)
    except (TypeError, ValueError, OverflowError):
        return 1


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()

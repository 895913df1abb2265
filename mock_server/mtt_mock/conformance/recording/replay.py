"""Replays a tape's requests on a fresh fake and compares its answers with the recorded ones."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import chain, combinations, islice, product
from operator import itemgetter
from typing import Any

from mtt_mock.conformance.recording.comparison import Drift, compare
from mtt_mock.conformance.recording.endings import Ending, end_call, read_ending
from mtt_mock.conformance.recording.initial_state import initial_structures
from mtt_mock.conformance.recording.tape import RecordedExchange, Tape
from mtt_mock.conformance.recording.wire_calls import WireCall, json_or_text, read_calls
from mtt_mock.domain.followme import insert
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.server.handles import credentials_of
from mtt_mock.service.call_ids import parse_call_id
from mtt_mock.service.fake import Fake
from mtt_mock.web import endpoint
from mtt_mock.web.endpoint import HttpRequest
from mtt_mock.web.paths import ENDPOINT

MAX_INITIAL_STATES = 16  # that are tried if there are differences
MAX_ATTEMPTS = 400  # exchanges sent to find the order of overlapping ones
MAX_LOOKAHEAD = 20  # later exchanges that may show the order of overlapping ones
_INFO, _MAKE = "getCallBackFollowmeCallInfo", "makeCallBackCallFollowme"
_NO_EFFECTS: tuple[set[str | None], set[str | None]] = (set(), set())
_ORIGIN = "http://localhost"  # of URLs in the fake's answers, which are compared by their kind
_STRUCTURE_CHANGES = frozenset({"setCallBackFollowme", "deleteCallBackFollowme"})
_CHANGES = _STRUCTURE_CHANGES | {_MAKE}


@dataclass(slots=True)
class ReplayResult:
    """The result of a replay.

    Attributes:
        compared: The number of compared exchanges.
        differences: The differences between the tape and the fake, in the order of the tape.
        left_out: Line and reason of each exchange that could not be compared.
    """

    compared: int = 0
    differences: list[Drift] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)


def drift(tape: Tape, fake: Fake) -> ReplayResult:
    """Replay ``tape`` on ``fake``, which must be fresh and have a manual clock.

    The behaviour of people and a structure set before the recording are no drift. Each call ends as
    on the tape. The service may have executed overlapping exchanges in any order; the replay
    searches for an order without differences.
    """
    return Replayer(tape, fake).replay()


@dataclass(slots=True)
class _Progress:
    """The progress of a replay: the fake's call id for each call id of the tape."""

    ids: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)  # the tape's calls that the fake did not start


class Replayer:
    """Replays one tape on one fake."""

    def __init__(self, tape: Tape, fake: Fake) -> None:
        self._fake = fake
        store = fake.store
        if not isinstance(store, MemoryStore):
            raise TypeError("a replay needs a fake with state in memory")
        self._store = store
        token = base64.b64encode(":".join(credentials_of(fake.settings)).encode()).decode()
        self._authorization = f"Basic {token}"
        self._endpoint = tape.endpoint
        self._exchanges = sorted(tape.exchanges, key=lambda exchange: (exchange.at, exchange.line))
        self._calls = {
            exchange.line: read_calls(exchange.body, exchange.answer)
            for exchange in self._exchanges
            if self._reason_ignored(exchange) is None
        }
        self._effects = {line: _effects(calls) for line, calls in self._calls.items()}
        self._endings = dict(self._read_endings())
        self._progress = _Progress()
        self._unsure: list[RecordedExchange] = []  # changes whose answer was lost
        self._attempts = 0
        self._result = ReplayResult()

    def replay(self) -> ReplayResult:
        """Replay the tape and return the differences."""
        fresh = self._store.checkpoint()
        best: ReplayResult | None = None
        for structures in self._initial_structures():
            self._progress, self._unsure, self._result = _Progress(), [], ReplayResult()
            for customer, params in structures.items():
                self._set(customer, params)
            clusters = list(_overlapping(self._exchanges))
            for index, cluster in enumerate(clusters):
                later = chain.from_iterable(clusters[index + 1 : index + 1 + MAX_LOOKAHEAD])
                self._replay_cluster(cluster, later if len(cluster) > 1 else ())
            if best is None or len(self._result.differences) < len(best.differences):
                best = self._result
            if not best.differences:
                break
            self._store.rollback(fresh)
            fresh = self._store.checkpoint()
        best = best or ReplayResult()
        best.differences.sort(key=lambda difference: difference.line)
        best.left_out.sort()
        return best

    def _initial_structures(self) -> Iterator[dict[str, dict[str, Any]]]:
        """Yield the possible earlier structures; overlapping exchanges allow several."""
        seen = []
        shares = ((0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (1.0, 0.0), (0.0, 1.0))
        for from_end, (changed, read) in product((False, True), shares):
            times = self._times(changed, read, from_end=from_end)
            calls = [call for _, call in sorted(times, key=itemgetter(0))]
            inferred = initial_structures(calls, self._fake.service.profile)
            # A get that overlaps a set may return the new structure instead of the former.
            subsets = (
                dict(pairs)
                for size in range(len(inferred), -1, -1)
                for pairs in combinations(inferred.items(), size)
            )
            for structures in islice(subsets, MAX_INITIAL_STATES):
                if structures not in seen:
                    seen.append(structures)
                    yield structures

    def _times(
        self, changed: float, read: float, *, from_end: bool
    ) -> Iterator[tuple[float, WireCall]]:
        """Yield each call with a time of its execution.

        ``changed`` and ``read`` place changes and reads between request (0) and answer (1).
        ``from_end`` is that of ``read_calls``.
        """
        for exchange in self._exchanges:
            calls = self._calls.get(exchange.line, [])
            if from_end and calls:
                calls = read_calls(exchange.body, exchange.answer, from_end=True)
            for call in calls:
                share = changed if call.method in _STRUCTURE_CHANGES else read
                yield exchange.at + share * exchange.took, call

    def _replay_cluster(
        self, cluster: list[RecordedExchange], later: Iterable[RecordedExchange]
    ) -> None:
        """Replay overlapping exchanges in an order without differences, if one exists.

        It prefers an order without differences in ``later`` exchanges.
        """
        order = None
        if len(cluster) > 1:
            ahead = [*cluster, *islice(later, MAX_LOOKAHEAD)]
            order = self._start_search(ahead) or self._start_search(cluster)
        for exchange in (order or cluster)[: len(cluster)]:
            reason = self._reason_ignored(exchange) or self._reason_unknown(exchange)
            if reason is not None:
                self._note_lost(exchange)
                self._result.left_out.append((exchange.line, reason))
                continue
            self._result.compared += 1
            self._result.differences += self._replay_exchange(exchange)

    def _note_lost(self, exchange: RecordedExchange) -> None:
        if _may_have_changed(exchange):
            self._unsure.append(exchange)

    def _start_search(self, exchanges: list[RecordedExchange]) -> list[RecordedExchange] | None:
        self._attempts = 0
        return self._find_order(exchanges)

    def _find_order(
        self, exchanges: Sequence[RecordedExchange], last: RecordedExchange | None = None
    ) -> list[RecordedExchange] | None:
        """Return an order without differences, after ``last``; ``None`` if none is found."""
        if not exchanges:
            return []
        first_end = min(exchange.at + exchange.took for exchange in exchanges)
        for index, exchange in enumerate(exchanges):
            if exchange.at > first_end or self._attempts >= MAX_ATTEMPTS:
                break
            if last is not None and self._is_same_swapped(last, exchange):
                continue
            self._attempts += 1
            state = self._save()
            order = None
            if self._has_no_difference(exchange):
                remaining = [*exchanges[:index], *exchanges[index + 1 :]]
                order = self._find_order(remaining, exchange)
            self._load(state)
            if order is not None:
                return [exchange, *order]
        return None

    def _has_no_difference(self, exchange: RecordedExchange) -> bool:
        """Send an exchange, if possible; return whether its answer has no difference."""
        if self._reason_ignored(exchange) or self._reason_unknown(exchange):
            self._note_lost(exchange)
            return True
        return not self._replay_exchange(exchange)

    def _is_same_swapped(self, first: RecordedExchange, second: RecordedExchange) -> bool:
        """Return whether the order of both is irrelevant and the other order was tried."""
        if self._unsure or (second.at, second.line) > (first.at, first.line):
            return False
        (reads, writes), (other_reads, other_writes) = (
            self._effects.get(exchange.line, _NO_EFFECTS) for exchange in (first, second)
        )
        return not (writes & (other_reads | other_writes) or other_writes & reads)

    def _replay_exchange(self, exchange: RecordedExchange) -> list[Drift]:
        """Send one exchange to the fake and return the differences of its answer."""
        before = self._save() if self._unsure else None
        differences = list(self._send_and_compare(exchange))
        if before is None or not differences:
            return differences
        # A change with a lost response may have been executed.
        after = self._save()
        self._load(before)
        unsure, self._unsure = self._unsure, []
        for lost in unsure:
            self._send(lost, self._prepare(lost))
        if list(self._send_and_compare(exchange)):
            self._load(after)
            self._unsure = unsure
            return differences
        return []

    def _send_and_compare(self, exchange: RecordedExchange) -> Iterator[Drift]:
        status, content_type, body = self._send(exchange, self._prepare(exchange))
        line = exchange.line
        self._learn_ids(exchange, body)
        yield from compare(line, "HTTP status", exchange.status, status)
        yield from compare(
            line, "Content-Type", _media_type(exchange.answer_type), _media_type(content_type)
        )
        yield from compare(line, "answer", json_or_text(exchange.answer), json_or_text(body))

    def _prepare(self, exchange: RecordedExchange) -> str:
        """Return the body to send, with the fake's call ids; end the calls that have ended."""
        changed = False
        request = json_or_text(exchange.body)
        requests = request if isinstance(request, list) else [request]
        for call in self._calls.get(exchange.line, ()):
            if call.method != _INFO:
                continue
            own = self._progress.ids.get(str(call.params.get("callBackCall_id")))
            if own is None:
                continue
            if read_ending(call, self._fake.service.profile):
                self._end(own, self._endings[str(call.params["callBackCall_id"])])
            raw = next((item for item in requests if item == call.raw), None)
            changed |= raw is not None and _rename(raw["params"], own)
        return json.dumps(request, ensure_ascii=False) if changed else exchange.body

    def _end(self, wire_id: str, ending: Ending) -> None:
        call = self._store.call(parse_call_id(self._fake.service.profile, wire_id))
        if call is not None and not call.is_over(self._fake.service.clock.now()):
            self._store.replace_call(end_call(call, ending))

    def _send(self, exchange: RecordedExchange, body: str) -> tuple[int, str, str]:
        """Send ``body`` as on the tape; return status, Content-Type and body of the answer."""
        authorization = self._authorization if exchange.auth else None
        content = body.encode("utf-8", "surrogatepass")
        if exchange.content_encoding:
            wbits = zlib.MAX_WBITS | (0 if exchange.content_encoding == "deflate" else 16)
            content = zlib.compress(content, wbits=wbits)
        if exchange.verb in endpoint.METHODS:
            return self._request(exchange.verb, content, authorization)
        from mtt_mock.web.app import flask_app  # noqa: PLC0415 -- slow and rarely needed

        response = (
            flask_app(self._fake)
            .test_client()
            .open(
                ENDPOINT,
                method=exchange.verb,
                data=content,
                headers={"Authorization": authorization} if authorization else {},
            )
        )
        return response.status_code, response.content_type or "", response.get_data(as_text=True)

    def _request(
        self, verb: str, content: bytes, authorization: str | None
    ) -> tuple[int, str, str]:
        """Answer a request to MTT's endpoint as every transport does."""
        body = content if len(content) <= self._fake.settings.max_body else None
        request = HttpRequest(verb, ENDPOINT, authorization, body, _ORIGIN)
        response = endpoint.without_socket(endpoint.answer(self._fake, request))
        text = "" if verb == "HEAD" else response.body.decode("utf-8", "replace")
        return response.status, dict(response.headers).get("Content-Type", ""), text

    def _set(self, customer: str, params: dict[str, Any]) -> None:
        numbers = (params.get("caller_id"), params.get("defaultBNumber"))
        if not params["callBackFollowmeStruct"]:  # a profile may refuse an empty set
            self._store.change_followme(customer, lambda current: insert(current, (), *numbers))
            return
        envelope = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "setCallBackFollowme",
            "params": {**params, "customer_name": customer},
        }
        self._request("POST", json.dumps(envelope).encode(), self._authorization)

    def _learn_ids(self, exchange: RecordedExchange, body: str) -> None:
        """Store the fake's call id for each call id of the tape."""
        ids = [_call_id(call) for call in read_calls(exchange.body, body)]
        for call, call_id in zip(self._calls.get(exchange.line, ()), ids, strict=False):
            recorded = _call_id(call)
            if call.method != _MAKE or recorded is None:
                continue
            if call_id is None:
                self._progress.missing.add(recorded)
            else:
                self._progress.ids[recorded] = call_id

    def _read_endings(self) -> Iterator[tuple[str, Ending]]:
        """Yield the ending of each call of the tape, by its id."""
        for calls in reversed(self._calls.values()):
            for call in calls:
                ending = read_ending(call, self._fake.service.profile)
                if call.method == _INFO and ending is not None:
                    yield str(call.params.get("callBackCall_id")), ending

    def _reason_ignored(self, exchange: RecordedExchange) -> str | None:
        """Return the reason to ignore the answer, or ``None``."""
        status, answer = exchange.status, exchange.answer
        unauthorized = status == HTTPStatus.UNAUTHORIZED
        reasons = {
            f"the upstream did not answer: {answer}": status is None,
            f"{exchange.path} is not the endpoint": exchange.path != self._endpoint,
            "the login was refused (401)": unauthorized and exchange.auth is not None,
            f"the answer is HTML (HTTP {status}), not JSON": answer.lstrip().startswith("<"),
            f"the answer is not JSON (HTTP {status})": not unauthorized
            and bool(answer or status != HTTPStatus.OK)
            and isinstance(json_or_text(answer), str),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)

    def _reason_unknown(self, exchange: RecordedExchange) -> str | None:
        """Return the reason why the tape lacks data of the requested call."""
        for call in self._calls.get(exchange.line, ()):
            call_id = str(call.params.get("callBackCall_id"))
            if call.method != _INFO or call_id in self._progress.ids:
                continue
            if call_id in self._progress.missing:
                return "it is about a call that the fake did not start"
            if read_ending(call, self._fake.service.profile) or self._is_running(call):
                return "it is about a call that the tape does not start"
        return None

    def _is_running(self, call: WireCall) -> bool:
        text = self._fake.service.profile.error("info.running.text").data
        return bool(call.error) and call.error.get("data") in {text, "Call is not ended"}

    def _save(self) -> tuple[dict[str, Any], _Progress, list[RecordedExchange]]:
        progress = replace(
            self._progress, ids=dict(self._progress.ids), missing=set(self._progress.missing)
        )
        return self._store.checkpoint(), progress, list(self._unsure)

    def _load(self, state: tuple[dict[str, Any], _Progress, list[RecordedExchange]]) -> None:
        checkpoint, self._progress, self._unsure = state
        self._store.rollback(checkpoint)


def _effects(calls: list[WireCall]) -> tuple[set[str | None], set[str | None]]:
    """Return the customers and call ids that ``calls`` read, and those that they change."""
    reads: set[str | None] = set()
    writes: set[str | None] = set()
    for call in calls:
        (writes if call.method in _STRUCTURE_CHANGES else reads).add(call.customer)
        if call.method == _MAKE:
            writes.add(_call_id(call))
        elif call.method == _INFO:
            reads.add(str(call.params.get("callBackCall_id")))
    return reads, writes


def _overlapping(exchanges: list[RecordedExchange]) -> Iterator[list[RecordedExchange]]:
    """Yield groups of exchanges that overlap in time, in the order of their starts."""
    cluster: list[RecordedExchange] = []
    end = 0.0
    for exchange in exchanges:
        if cluster and exchange.at >= end:
            yield cluster
            cluster = []
        cluster.append(exchange)
        end = max(end, exchange.at + exchange.took)
    if cluster:
        yield cluster


def _may_have_changed(exchange: RecordedExchange) -> bool:
    if exchange.status == HTTPStatus.UNAUTHORIZED:
        return False
    return any(call.method in _CHANGES for call in read_calls(exchange.body, ""))


def _rename(params: Any, call_id: str) -> bool:
    """Set ``call_id`` in params by name or position; return whether they have it."""
    if isinstance(params, dict):
        key: Any = "callBackCall_id"
    elif isinstance(params, list) and len(params) > 1:
        key = 1
    else:
        return False
    params[key] = int(call_id) if isinstance(params[key], int) and call_id.isdecimal() else call_id
    return True


def _call_id(call: WireCall) -> str | None:
    value = call.result.get("callBackCall_id") if isinstance(call.result, dict) else None
    return None if value is None else str(value)


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()

"""Learns a profile from exchanges with an endpoint."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mtt_contracts.fact_values import settable_facts, value_problem
from mtt_mock.conformance.observations import balance_shape, error_value
from mtt_mock.conformance.probe_client import ProbeExchange
from mtt_mock.conformance.runner import Report
from mtt_mock.domain.text import json_or_none
from mtt_mock.service.profile import Profile

_MAKE, _INFO = "makeCallBackCallFollowme", "getCallBackFollowmeCallInfo"
_SET, _GET, _DELETE = "setCallBackFollowme", "getCallBackFollowme", "deleteCallBackFollowme"
_NUMBER_FIELDS = ("waiting_period_A", "call_back_real_length_A", "call_back_charged_length_A")
_NOT_SEEN = object()


class LearnedExchange(NamedTuple):
    """One request and its response, both redacted.

    ``request`` and ``response`` are JSON values; ``None`` for other texts.
    """

    request: Any
    status: int
    response: Any
    response_text: str = ""
    request_text: str = ""

    @classmethod
    def of(cls, request: str, status: int | None, response: str) -> LearnedExchange:
        """Return the exchange with these texts; ``status`` is ``None`` without a response."""
        values = json_or_none(request), status or 0, json_or_none(response)
        return cls(*values, response_text=response, request_text=request)

    @property
    def method(self) -> str:
        """The method in lower case; empty if there is none."""
        request = self.request
        return str(request.get("method", "")).lower() if isinstance(request, dict) else ""

    def result_of(self, method: str) -> Any:
        """Return the result of ``method``, or ``_NOT_SEEN``."""
        if self.method != method.lower() or not isinstance(self.response, dict):
            return _NOT_SEEN
        return self.response.get("result", _NOT_SEEN)

    def error_of(self, method: str) -> Any:
        """Return the error of ``method`` as the value of a fact, or ``_NOT_SEEN``."""
        answer = self.response if self.method == method.lower() else None
        error = answer.get("error") if isinstance(answer, dict) else None
        if not isinstance(error, dict) or not isinstance(error.get("code"), int):
            return _NOT_SEEN
        return error_value(error)


@dataclass(slots=True)
class Learned:
    """The values of facts that exchanges show.

    Attributes:
        values: The value of each learned fact.
        unlearned: For each other settable fact, why it was not learned.
        contradictions: For each fact with several values, the values.
        exchanges: For each learned fact, the redacted exchange that shows its value.
    """

    values: dict[str, Any] = field(default_factory=dict)
    exchanges: dict[str, LearnedExchange] = field(default_factory=dict)
    unlearned: dict[str, str] = field(default_factory=dict)
    contradictions: dict[str, list[Any]] = field(default_factory=dict)

    def to_toml(self, source: Mapping[str, Any]) -> str:
        """Return the profile of the learned values; comments show the exchanges."""
        comments = {
            fact_id: (
                f"request: {exchange.request_text}",
                f"HTTP {exchange.status}: {exchange.response_text}",
            )
            for fact_id, exchange in self.exchanges.items()
        }
        return Profile(self.values, source).to_toml(comments)


def learn_from_report(report: Report) -> Learned:
    """Return the facts of a verify run from its checks' observations or last responses."""
    learned = Learned()
    by_fact = {finding.fact.id: finding for finding in report.findings}
    for fact_id in settable_facts():
        finding = by_fact.get(fact_id)
        if fact_id in report.observed:
            shown_by = report.shown_by.get(fact_id)
            exchange = None if shown_by is None else _exchange(shown_by)
            _take(learned, fact_id, [(report.observed[fact_id], exchange)])
        elif finding is None or finding.status == "not tested":
            learned.unlearned[fact_id] = finding.why if finding else "not tested"
        elif fact_id in _LEARNERS:
            exchanges = map(_exchange, finding.exchanges)
            _take(learned, fact_id, list(_values(fact_id, exchanges))[-1:])
        else:
            learned.unlearned[fact_id] = "no response shows its value"
    return learned


def learn_from_exchanges(exchanges: Iterable[LearnedExchange]) -> Learned:
    """Return the facts in any exchanges, without those that depend on earlier state."""
    learned = Learned()
    known = list(exchanges)
    for fact_id in settable_facts():
        if fact_id in _FROM_ANY:
            _take(learned, fact_id, list(_values(fact_id, known)))
        else:
            learned.unlearned[fact_id] = "mtt-mock verify --profile-out can learn it"
    return learned


def _exchange(exchange: ProbeExchange) -> LearnedExchange:
    return LearnedExchange.of(exchange.request, exchange.status, exchange.response)


def _take(
    learned: Learned, fact_id: str, seen: Sequence[tuple[Any, LearnedExchange | None]]
) -> None:
    values = [value for value, _ in seen]
    different = [value for index, value in enumerate(values) if value not in values[:index]]
    if len(different) > 1:
        learned.contradictions[fact_id] = different
        learned.unlearned[fact_id] = f"{len(different)} different values"
    elif not different:
        learned.unlearned[fact_id] = "no exchange shows its value"
    elif different[0] is None:
        learned.unlearned[fact_id] = "the default holds"
    else:
        problem = value_problem(fact_id, different[0])
        if problem is None:
            learned.values[fact_id] = different[0]
            if (exchange := seen[-1][1]) is not None:
                learned.exchanges[fact_id] = exchange
        else:
            learned.unlearned[fact_id] = f"a profile cannot hold it: {problem}"


def _values(
    fact_id: str, exchanges: Iterable[LearnedExchange]
) -> Iterator[tuple[Any, LearnedExchange]]:
    for exchange in exchanges:
        value = _LEARNERS[fact_id](exchange)
        if value is not _NOT_SEEN:
            yield value, exchange


def _error_of(method: str) -> Callable[[LearnedExchange], Any]:
    return lambda exchange: exchange.error_of(method)


def _error_status(exchange: LearnedExchange) -> Any:
    is_error = isinstance(exchange.response, dict) and "error" in exchange.response
    return exchange.status if is_error and exchange.method else _NOT_SEEN


def _batch_status(exchange: LearnedExchange) -> Any:
    return exchange.status if isinstance(exchange.response, list) else _NOT_SEEN


def _conflict(exchange: LearnedExchange) -> Any:
    result = exchange.result_of(_SET)
    return result if isinstance(result, dict) and "error" in result else _NOT_SEEN


def _delete_of_nothing(exchange: LearnedExchange) -> Any:
    if exchange.result_of(_DELETE) is not _NOT_SEEN:
        return None
    return exchange.error_of(_DELETE)


def _empty_set(exchange: LearnedExchange) -> Any:
    params = exchange.request.get("params") if isinstance(exchange.request, dict) else None
    if exchange.method != _SET.lower() or not isinstance(params, dict):
        return _NOT_SEEN
    if params.get("callBackFollowmeStruct") != [] or not isinstance(exchange.response, dict):
        return _NOT_SEEN
    return "accept" if "result" in exchange.response else "refuse"


def _id_form(exchange: LearnedExchange) -> Any:
    result = exchange.result_of(_MAKE)
    call_id = result.get("callBackCall_id") if isinstance(result, dict) else None
    if isinstance(call_id, int):
        return "digits"
    if not isinstance(call_id, str):
        return _NOT_SEEN
    if re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", call_id):
        return "uuid"
    # A redacted number and every other form hold other characters than digits.
    return "digits" if call_id.isdecimal() else f"such as {call_id}"


def _info(exchange: LearnedExchange) -> dict[str, Any] | None:
    result = exchange.result_of(_INFO)
    info = result.get("callBackFollowmeCallInfoStruct") if isinstance(result, dict) else None
    return info if isinstance(info, dict) else None


def _info_field(name: str) -> Callable[[LearnedExchange], Any]:
    def learn(exchange: LearnedExchange) -> Any:
        return (_info(exchange) or {}).get(name, _NOT_SEEN)

    return learn


def _seconds_type(exchange: LearnedExchange) -> Any:
    info = _info(exchange)
    if info is None:
        return _NOT_SEEN
    kinds = {isinstance(info[name], str) for name in _NUMBER_FIELDS if name in info}
    return ("text" if kinds == {True} else "number") if len(kinds) == 1 else _NOT_SEEN


def _members(exchange: LearnedExchange) -> Any:
    answer = exchange.response
    if not isinstance(answer, dict) or not answer.keys() >= {"result", "id"}:
        return _NOT_SEEN
    return {name: value for name, value in answer.items() if name not in ("result", "id")}


def _set_success(exchange: LearnedExchange) -> Any:
    result = exchange.result_of(_SET)
    return result if isinstance(result, dict) and "error" not in result else _NOT_SEEN


def _call_result(exchange: LearnedExchange) -> Any:
    result = exchange.result_of(_MAKE)
    if not isinstance(result, dict) or "callBackCall_id" not in result:
        return _NOT_SEEN
    mark = "{id}" if isinstance(result["callBackCall_id"], str) else "{id_number}"
    others = {name: value for name, value in result.items() if name != "callBackCall_id"}
    # A digit may belong to a value that differs from call to call.
    is_constant = not re.search(r"\d", json.dumps(list(others.values())))
    return others | {"callBackCall_id": mark} if is_constant else _NOT_SEEN


def _balance_shape(exchange: LearnedExchange) -> Any:
    shape = balance_shape(exchange.result_of("getCustomerBalance"))
    return _NOT_SEEN if shape is None else shape


_LEARNERS: dict[str, Callable[[LearnedExchange], Any]] = {
    "transport.status.error": _error_status,
    "transport.status.batch": _batch_status,
    "rpc.success": _members,
    "set.success": _set_success,
    "call.id": _call_result,
    "set.conflict": _conflict,
    "set.conflict.side_b": _conflict,
    "set.empty": _empty_set,
    "get.nothing": _error_of(_GET),
    "delete.nothing": _delete_of_nothing,
    "call.id.form": _id_form,
    "call.struct.none": _error_of(_MAKE),
    "call.struct.no_number": _error_of(_MAKE),
    "call.b_number.none": _error_of(_MAKE),
    "call.caller_id.none": _error_of(_MAKE),
    "info.running.text": _error_of(_INFO),
    "info.unknown": _error_of(_INFO),
    "info.seconds.type": _seconds_type,
    "info.currency": _info_field("call_back_currency"),
    "info.status": _info_field("call_back_status"),
    "balance.shape": _balance_shape,
}
# Facts of one exchange, independent of earlier ones.
_FROM_ANY = (
    "transport.status.error", "transport.status.batch", "rpc.success", "set.success", "call.id",
    "get.nothing", "set.empty", "call.id.form",
    "info.seconds.type", "info.currency", "info.status", "balance.shape",
)  # fmt: skip

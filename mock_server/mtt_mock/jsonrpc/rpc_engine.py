"""The JSON-RPC engine: dispatches the calls in a request body and encodes the response."""

from __future__ import annotations

import codecs
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from mtt_mock.jsonrpc import envelopes, json_text
from mtt_mock.jsonrpc.errors import (
    InternalError,
    InvalidParams,
    InvalidRequest,
    MethodNotFound,
    ParseError,
    RpcError,
    TemplateError,
)
from mtt_mock.jsonrpc.json_text import JsonRules
from mtt_mock.jsonrpc.version import (
    MAX_SHOWN_CHARACTERS,
    explain_version,
    is_version_2,
    show_json,
)

_log = logging.getLogger("mtt_mock")
_NO_ANSWER = object()
_MEMBERS = frozenset(("jsonrpc", "method", "params", "id"))  # of a request


class Parameter(Struct, frozen=True):
    """One parameter; ``default`` stands for an optional one that is left out."""

    name: str
    required: bool
    default: Any = None
    type: str | None = None


class RpcMethod(Struct, frozen=True, dict=True):  # a dict for the cached properties
    """One method of the service.

    Attributes:
        name: The name in the service map.
        parameters: The parameters in positional order.
        run: Called as ``run(params, caller, call)`` with all parameters by name (defaults filled
            in), the caller that the transport passed, and the call, for notes. Returns the result
            or raises ``RpcError``.
        returns: The type of the result in the service map.
        description: The description in the service map.
    """

    name: str
    parameters: tuple[Parameter, ...]
    run: Callable[[dict[str, Any], Any, RpcCall], Any]
    returns: str | None = None
    description: str | None = None

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The names of the required parameters."""
        return tuple(item.name for item in self.parameters if item.required)

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The default of each parameter by name."""
        return {item.name: item.default for item in self.parameters}


class RpcCall(Struct):
    """One call of a request with its outcome, for logs and the journal.

    Attributes:
        method: The canonical name; the value as sent when the method is unknown.
        params: The params by name, without defaults; as sent when they have no names.
        id: The id as sent; ``None`` if absent.
        has_id: Whether the request has the member ``id``.
        unknown_members: Members of the request that JSON-RPC does not have.
        result: The result of a successful call.
        error: The error of a failed call.
        notification: Whether the id makes the call a notification.
        notes: Notes of the method on the call.
        prior: The state that the method found, for the journal.
    """

    method: Any = None
    params: Any = None
    id: Any = None
    has_id: bool = False
    unknown_members: tuple[str, ...] = ()
    result: Any = None
    error: RpcError | None = None
    notification: bool = False
    notes: list[Any] = field(default_factory=list)
    prior: Any = None


class RpcResponse(Struct, frozen=True):
    """The response to one HTTP request.

    Attributes:
        body: The JSON text; empty when every call was a notification.
        is_error: Whether the body is a single error envelope; False for results and batches.
        calls: The calls of the request in order.
    """

    body: bytes
    is_error: bool
    calls: list[RpcCall]


class EnvelopeRules(Struct, frozen=True):
    """Rules of the envelope; the defaults are those of MTT's library, or assumptions.

    Attributes:
        max_batch: A batch of more calls is an Invalid Request.
        takes_batches: Whether a batch is executed; else it is an Invalid Request.
        empty_list_notifies: Whether a call whose id is an empty array is a notification.
        notification_ids: The ids of notifications as JSON, ``"missing"`` for none.
        answers_failed_notifications: Whether a notification that fails is answered.
        skip_byte_order_mark: Whether a byte order mark is skipped; else it is a Parse error.
        accepts_version: Returns whether a ``jsonrpc`` other than ``"2.0"`` is accepted.
        ignores_case: Whether method names are looked up without regard to case.
        ignores_unknown_params: Whether unknown named params are ignored; else they are invalid.
        takes_positional: Whether params may be positional.
        errors: The code, message and data of errors by their fact.
        json: How JSON is read and written; ``None``: as MTT's library does.
        shape: The shape of envelopes; ``None``: as MTT's library builds them.
    """

    max_batch: int = 100
    takes_batches: bool = True
    empty_list_notifies: bool = True
    notification_ids: frozenset[str] = frozenset(("missing", "null", '""', '"0"', "false", "0.0"))
    answers_failed_notifications: bool = True
    skip_byte_order_mark: bool = False
    accepts_version: Callable[[Any], bool] = is_version_2
    ignores_case: bool = True
    ignores_unknown_params: bool = True
    takes_positional: bool = True
    errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    json: JsonRules | None = None
    shape: envelopes.EnvelopeShape | None = None

    def encode(self, value: Any) -> bytes:
        """Return ``value`` as JSON."""
        if self.json is None:
            return json_text.encode_as_php(value)
        return self.json.encode(value)

    def shaped(self, error: RpcError) -> RpcError:
        """Return ``error`` with the code, message and data of the rules, if they set them."""
        value = self.errors.get(error.fact) if error.fact else None
        return error if value is None else TemplateError.replacing(error, value)


class Engine:
    """Dispatches calls to methods; stateless.

    Args:
        methods: The methods of the service map, in its order.
        unlisted: Methods that can be called but are not in the service map.
        rules: The rules of the envelope; by default those of MTT's library.
    """

    def __init__(
        self,
        methods: Iterable[RpcMethod],
        unlisted: Iterable[RpcMethod] = (),
        rules: EnvelopeRules | None = None,
    ) -> None:
        self.rules = rules or EnvelopeRules()
        self.methods = {method.name: method for method in methods}
        self._by_lower_name = {
            method.name.lower(): method for method in (*self.methods.values(), *unlisted)
        }

    def answer(self, body: bytes, caller: Any = None) -> RpcResponse:
        """Execute the calls in ``body`` for ``caller`` and return the response; never raises."""
        rules = self.rules
        try:
            request = _decoded(body, rules)
        except RpcError as error:
            return self.refuse(error)
        calls: list[RpcCall] = []
        if not isinstance(request, list):
            envelope = self._answer_one(request, caller, calls)
            if envelope is _NO_ANSWER:
                return RpcResponse(b"", is_error=False, calls=calls)
            return RpcResponse(rules.encode(envelope), calls[0].error is not None, calls)
        answers = [self._answer_one(item, caller, calls) for item in request]
        sent = [envelope for envelope in answers if envelope is not _NO_ANSWER]
        body = rules.encode(sent) if sent else b""
        return RpcResponse(body, is_error=False, calls=calls)

    def calls(self, body: bytes) -> list[RpcCall]:
        """Parse the calls in ``body`` without executing them; an unreadable body has none."""
        try:
            request = _decoded(body, self.rules)
        except RpcError:
            return []
        calls = []
        for item in request if isinstance(request, list) else [request]:
            call = RpcCall()
            with contextlib.suppress(RpcError):
                self._read(item, call)
            calls.append(call)
        return calls

    def refuse(self, error: RpcError) -> RpcResponse:
        """Return the response to an unreadable request: ``error`` with id null."""
        error = self.rules.shaped(error)
        body = self.rules.encode(_error_envelope(error, None, self.rules))
        return RpcResponse(body, is_error=True, calls=[RpcCall(error=error)])

    def _answer_one(self, request: Any, caller: Any, calls: list[RpcCall]) -> Any:
        rules, call = self.rules, RpcCall()
        calls.append(call)
        try:
            method, params = self._read(request, call)
            call.result = self._run(method, params, caller, call)
        except RpcError as error:
            call.error = rules.shaped(error)
            if call.notification and not rules.answers_failed_notifications:
                return _NO_ANSWER
            return _error_envelope(call.error, call.id, rules)
        if call.notification:
            return _NO_ANSWER
        if rules.shape is None:
            return envelopes.success_envelope(call.result, call.id)
        return rules.shape.success_envelope(call.result, call.id)

    def _read(self, request: Any, call: RpcCall) -> tuple[RpcMethod, dict[str, Any]]:
        """Return the method and its complete parameters; fill ``call`` with the parsed members."""
        rules = self.rules
        if not isinstance(request, dict):
            raise InvalidRequest(reason="the request is not an object")
        call.id = request.get("id")
        call.has_id = "id" in request
        call.notification = _is_notification(call, rules)
        call.method = request.get("method")
        call.params = request.get("params")
        if not request.keys() <= _MEMBERS:
            call.unknown_members = tuple(name for name in request if name not in _MEMBERS)
        version = request.get("jsonrpc")
        if version != "2.0" and not rules.accepts_version(version):
            raise InvalidRequest(reason=explain_version(request))
        method = self._find(call.method)
        if not rules.ignores_case and method.name != call.method:
            raise MethodNotFound
        call.method = method.name
        return method, _bind(method, call, rules)

    def _find(self, name: Any) -> RpcMethod:
        if name is None:
            raise MethodNotFound("method is missing")
        if not isinstance(name, str):
            raise MethodNotFound(f"method is {show_json(name)}; send a name")
        # Only ASCII letters fold: U+212A KELVIN SIGN must not find a method with a k.
        method = self._by_lower_name.get(name.lower()) if name.isascii() else None
        if method is None:
            raise MethodNotFound
        return method

    def _run(self, method: RpcMethod, params: dict[str, Any], caller: Any, call: RpcCall) -> Any:
        try:
            return method.run(params, caller, call)
        except RpcError:
            raise
        except Exception as error:  # noqa: BLE001
            # A defect of the fake is answered like a failure of MTT's own code.
            _log.exception("mtt-mock failed in %s", method.name)
            raise InternalError(f"mtt-mock failed: {type(error).__name__}") from None


def _decoded(body: bytes, rules: EnvelopeRules) -> Any:
    if rules.skip_byte_order_mark:
        body = body.removeprefix(codecs.BOM_UTF8)
    request = json_text.decode(body) if rules.json is None else json_text.decode(body, rules.json)
    if request is None:
        raise ParseError("it is null")
    if request == []:
        raise InvalidRequest(reason="the batch is empty")
    if isinstance(request, list) and not rules.takes_batches:
        raise InvalidRequest(reason="batches are not taken")
    if isinstance(request, list) and len(request) > rules.max_batch:
        raise InvalidRequest(
            f"batch of {len(request)} calls, at most {rules.max_batch} are taken (--max-batch)"
        )
    return request


def _is_notification(call: RpcCall, rules: EnvelopeRules) -> bool:
    # By default the values that PHP calls empty, except the integer 0. Whether [] counts was not
    # recorded: assumption.
    call_id = call.id
    if call_id and call_id != "0":
        return False
    if isinstance(call_id, list):
        return rules.empty_list_notifies
    name = "missing" if not call.has_id else _EMPTY_IDS.get((type(call_id), str(call_id)))
    return name in rules.notification_ids


# The JSON of ids that are empty in PHP, by their type and text.
_EMPTY_IDS = {
    (type(None), "None"): "null",
    (str, ""): '""',
    (str, "0"): '"0"',
    (bool, "False"): "false",
    (float, "0.0"): "0.0",
    (float, "-0.0"): "0.0",
    (int, "0"): "0",
}


def _bind(method: RpcMethod, call: RpcCall, rules: EnvelopeRules) -> dict[str, Any]:
    """Return the params by name with defaults filled in and unknown names dropped."""
    parameters, given = method.parameters, call.params
    if isinstance(given, dict):
        for name in method.required:
            if name not in given:
                raise InvalidParams(f"{name} not found").of_fact(
                    "rpc.error.params.named_missing", name=name
                )
        if not rules.ignores_unknown_params:
            _check_names(parameters, given)
        return {name: given.get(name, default) for name, default in method.defaults.items()}
    required = len(method.required)
    if isinstance(given, list):
        if not rules.takes_positional:
            raise InvalidParams
        if len(given) < required:
            raise InvalidParams(
                f"Check numbers of required params (got {len(given)}, expected {required})"
            ).of_fact("rpc.error.params.count", got=str(len(given)), expected=str(required))
        named = {parameter.name: value for parameter, value in zip(parameters, given, strict=False)}
    elif given is None:
        if required:
            raise InvalidParams("Empty required params").of_fact("rpc.error.params.empty")
        named = {}
    else:
        reason = f"params is {show_json(given)}; send an object or an array"
        raise InvalidParams(reason=reason).of_fact("rpc.error.params.scalar")
    call.params = named
    return method.defaults | named


def _check_names(parameters: Iterable[Parameter], given: dict[str, Any]) -> None:
    unknown = given.keys() - {parameter.name for parameter in parameters}
    if unknown:
        raise InvalidParams(f"unknown parameter {min(unknown)[:MAX_SHOWN_CHARACTERS]}")


def _error_envelope(error: RpcError, call_id: Any, rules: EnvelopeRules) -> dict[str, Any]:
    if rules.shape is None:
        return envelopes.error_envelope(error, call_id)
    return rules.shape.error_envelope(error, call_id)

"""Operations on the followme structure, as generators of steps that both clients run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mtt_client._elements import Element, Followme, followme_from_wire, to_wire
from mtt_client._errors import (
    FollowmeNotFoundError,
    FollowmeNotRestoredError,
    MttError,
    SideNotClearError,
)
from mtt_client._retrying import REPEATABLE, backoff, is_transient, may_have_executed
from mtt_client._steps import HttpRequest, Operation, Sleep, exchange
from mtt_client._wire import (
    SERVICE_MAP,
    check_params,
    decode_call,
    decode_service_map,
    encode,
)

Elements: TypeAlias = Iterable[Element | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ClientContext:
    """The values of a client that its operations use.

    Attributes:
        customer_name: The customer.
        validate: Whether params are checked against the contract before they are sent.
        ids: The ids of requests.
        clock: Monotonic seconds.
        upload_origins: Origins that prompts, and the credentials, may be sent to.
        max_record: Maximum size of a record, in bytes.
        retries: How often a failed request is retried; see ``_retrying``.
    """

    customer_name: str
    validate: bool
    ids: Iterator[int]
    clock: Callable[[], float]
    upload_origins: frozenset[str]
    max_record: int
    retries: int = 0


def service_map() -> Operation[dict[str, Any]]:
    """Get the service map."""
    request = HttpRequest(SERVICE_MAP)
    return decode_service_map(request, (yield from exchange(request)))


def call(context: ClientContext, method: str, params: Mapping[str, Any]) -> Operation[Any]:
    """Call ``method`` with named ``params`` and return its result."""
    return (yield from _send(context, method, _checked(context, method, dict(params))))


def set_followme(
    context: ClientContext, elements: Elements, caller_id: str | None, default_b_number: str | None
) -> Operation[None]:
    """Set ``elements``."""
    params = _set_params(context, to_wire(elements), caller_id, default_b_number)
    yield from _send_set(context, _checked(context, "setCallBackFollowme", params))


def get_followme(context: ClientContext) -> Operation[Followme]:
    """Get the structure."""
    params = {"customer_name": context.customer_name}
    return followme_from_wire((yield from call(context, "getCallBackFollowme", params)))


def delete_followme(context: ClientContext) -> Operation[None]:
    """Delete the structure."""
    params = {"customer_name": context.customer_name}
    yield from call(context, "deleteCallBackFollowme", params)


def replace_followme(
    context: ClientContext, elements: Elements, caller_id: str | None, default_b_number: str | None
) -> Operation[None]:
    """Get, delete and set; restore the former structure if that fails."""
    # Check and encode first: an invalid argument must not cost the former structure.
    params = _set_params(context, to_wire(elements), caller_id, default_b_number)
    _checked(context, "setCallBackFollowme", params)
    encode("setCallBackFollowme", params, 0)
    try:
        former = yield from get_followme(context)
    except FollowmeNotFoundError:
        former = None
    try:
        yield from delete_followme(context)
    except MttError as original:
        if former is not None and may_have_executed(original):
            yield from _restore_deleted(context, former, original)
        raise
    try:
        yield from _send_set(context, params)
    except MttError as original:
        yield from _restore_after_set(context, former, original)
        raise


def _restore_deleted(
    context: ClientContext, former: Followme, original: MttError
) -> Operation[None]:
    """Set ``former`` again after a delete that may or may not have happened."""
    try:
        yield from _set_former(context, former)
    except SideNotClearError:
        return  # The delete did not happen: the former structure is still set.
    except MttError as failure:
        raise FollowmeNotRestoredError(original, failure, former) from failure


def _restore_after_set(
    context: ClientContext, former: Followme | None, original: MttError
) -> Operation[None]:
    """Set ``former`` again after a set that failed, or may have failed."""
    try:
        # Delete only if our set may have been executed: after a refusal, the elements that are
        # set belong to another client.
        if may_have_executed(original):
            yield from delete_followme(context)
        if former is not None:
            yield from _set_former(context, former)
    except MttError as failure:
        raise FollowmeNotRestoredError(original, failure, former) from failure


def _set_former(context: ClientContext, former: Followme) -> Operation[None]:
    # Not validated: the structure is restored exactly as the server returned it.
    params = _set_params(context, former.raw, former.caller_id, former.default_b_number)
    yield from _send_set(context, params)


def _send_set(context: ClientContext, params: dict[str, Any]) -> Operation[None]:
    """Set; if a failure leaves open whether it was executed, read before the retry."""
    first: MttError | None = None
    check_first = False
    for attempt in itertools.count():
        try:
            if not (check_first and (yield from _is_stored(context, params))):
                yield from _send_once(context, "setCallBackFollowme", params)
        except SideNotClearError:
            # An earlier attempt may have arrived after the read: then the conflict is with it.
            if check_first and (yield from _is_stored(context, params)):
                return
            raise
        except MttError as error:
            # The caller learns how the set failed, not how the read did.
            first = first or error
            if not is_transient(error):
                raise
            if attempt >= context.retries:
                raise first from (None if first is error else error)
            check_first = check_first or may_have_executed(error)
        else:
            return
        yield Sleep(backoff(attempt))


def _is_stored(context: ClientContext, params: dict[str, Any]) -> Operation[bool]:
    """Return whether the elements of ``params`` are stored, after any that were set before."""
    read_params = {"customer_name": context.customer_name}
    try:
        result = yield from _send_once(context, "getCallBackFollowme", read_params)
    except FollowmeNotFoundError:
        return False
    sent = params["callBackFollowmeStruct"]
    stored = result["callBackFollowmeStruct"][-len(sent) :] if sent else []
    return (
        len(stored) == len(sent)
        # The service does not store unknown fields.
        and all(
            element == {name: sent_element.get(name) for name in element}
            for element, sent_element in zip(stored, sent, strict=True)
        )
        and all(
            result.get(name) == params[name]
            for name in ("caller_id", "defaultBNumber")
            if params.get(name)
        )
    )


def _set_params(
    context: ClientContext,
    struct: list[dict[str, Any]],
    caller_id: str | None,
    default_b_number: str | None,
) -> dict[str, Any]:
    params: dict[str, Any] = {
        "customer_name": context.customer_name,
        "callBackFollowmeStruct": struct,
    }
    if caller_id is not None:
        params["caller_id"] = caller_id
    if default_b_number is not None:
        params["defaultBNumber"] = default_b_number
    return params


def _checked(context: ClientContext, method: str, params: dict[str, Any]) -> dict[str, Any]:
    if context.validate:
        check_params(method, params)
    return params


def _send(context: ClientContext, method: str, params: dict[str, Any]) -> Operation[Any]:
    for attempt in itertools.count():
        try:
            return (yield from _send_once(context, method, params))
        except MttError as error:
            retryable = is_transient(error) and (
                method in REPEATABLE or not may_have_executed(error)
            )
            if attempt >= context.retries or not retryable:
                raise
        yield Sleep(backoff(attempt))


def _send_once(context: ClientContext, method: str, params: dict[str, Any]) -> Operation[Any]:
    request = encode(method, params, next(context.ids))
    return decode_call(request, (yield from exchange(request)))

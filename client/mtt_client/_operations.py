"""The operations on what is preset, as generators of steps that both clients run."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from mtt_client._elements import Element, Followme, followme_from_wire, to_wire
from mtt_client._errors import (
    AuthenticationError,
    FollowmeNotFoundError,
    FollowmeNotRestoredError,
    HttpError,
    MttError,
    ProtocolError,
    RpcError,
    SideNotClearError,
    TransportError,
)
from mtt_client._retrying import REPEATABLE, may_have_executed, may_pass, pause
from mtt_client._steps import Operation, Request, Sleep, exchange
from mtt_client._wire import (
    SERVICE_MAP,
    check_params,
    decode_call,
    decode_service_map,
    encode,
)

# Codes of requests that were turned away before the method ran.
REJECTIONS = (-32700, -32600, -32601, -32602)

Elements: TypeAlias = Iterable[Element | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Session:
    """What operations need to know of their client.

    ``ids`` gives the ids of the requests, ``clock`` seconds that never run backwards;
    ``upload_origins`` may be sent prompts and credentials; ``max_record`` is in bytes; ``retries``
    is how often a request is tried again, see ``_retrying``.
    """

    customer_name: str
    validate: bool
    ids: Iterator[int]
    clock: Callable[[], float]
    upload_origins: frozenset[str]
    max_record: int
    retries: int = 0


def service_map() -> Operation[dict[str, Any]]:
    """Ask for the service map."""
    request = Request(SERVICE_MAP)
    return decode_service_map(request, (yield from exchange(request)))


def call(session: Session, method: str, params: Mapping[str, Any]) -> Operation[Any]:
    """Call ``method`` with named ``params`` as they are, and return its result."""
    return (yield from _send(session, method, _checked(session, method, dict(params))))


def set_followme(
    session: Session, elements: Elements, caller_id: str | None, default_b_number: str | None
) -> Operation[None]:
    """Preset ``elements``."""
    params = _set_params(session, to_wire(elements), caller_id, default_b_number)
    yield from _send_set(session, _checked(session, "setCallBackFollowme", params))


def get_followme(session: Session) -> Operation[Followme]:
    """Ask what is preset."""
    params = {"customer_name": session.customer_name}
    return followme_from_wire((yield from call(session, "getCallBackFollowme", params)))


def delete_followme(session: Session) -> Operation[None]:
    """Clear what is preset."""
    params = {"customer_name": session.customer_name}
    yield from call(session, "deleteCallBackFollowme", params)


def replace_followme(
    session: Session, elements: Elements, caller_id: str | None, default_b_number: str | None
) -> Operation[None]:
    """Get, delete and set; put back what was there when that fails."""
    # Checked and written as JSON before anything is touched: a slip must not cost the old preset.
    params = _set_params(session, to_wire(elements), caller_id, default_b_number)
    _checked(session, "setCallBackFollowme", params)
    encode("setCallBackFollowme", params, 0)
    try:
        former = yield from get_followme(session)
    except FollowmeNotFoundError:
        former = None
    try:
        yield from delete_followme(session)
    except MttError as original:
        if former is not None and _may_have_been_executed(original):
            yield from _restore_deleted(session, former, original)
        raise
    try:
        yield from _send_set(session, params)
    except MttError as original:
        yield from _restore_after_set(session, former, original)
        raise


def _restore_deleted(session: Session, former: Followme, original: MttError) -> Operation[None]:
    """Set ``former`` again after a delete that may or may not have happened."""
    try:
        yield from _set_former(session, former)
    except SideNotClearError:
        return  # The delete did not happen: the former structure still stands.
    except MttError as failure:
        raise FollowmeNotRestoredError(original, failure, former) from failure


def _restore_after_set(
    session: Session, former: Followme | None, original: MttError
) -> Operation[None]:
    """Set ``former`` again after a set that failed, or may have."""
    try:
        # Only a set of ours that may have gone through is deleted: after a refusal, what stands
        # there is another's.
        if _may_have_been_executed(original):
            yield from delete_followme(session)
        if former is not None:
            yield from _set_former(session, former)
    except MttError as failure:
        raise FollowmeNotRestoredError(original, failure, former) from failure


def _may_have_been_executed(error: MttError) -> bool:
    match error:
        case TransportError():
            return error.sent
        case RpcError():
            return error.code not in REJECTIONS
        case AuthenticationError():
            return False
        case _:
            return isinstance(error, (HttpError, ProtocolError))


def _set_former(session: Session, former: Followme) -> Operation[None]:
    # Not validated: what the server held goes back to the letter.
    params = _set_params(session, former.raw, former.caller_id, former.default_b_number)
    yield from _send_set(session, params)


def _send_set(session: Session, params: dict[str, Any]) -> Operation[None]:
    """Set; after a failure that leaves open whether it is stored, look before trying again."""
    first: MttError | None = None
    look = False
    for attempt in itertools.count():
        try:
            if not (look and (yield from _is_stored(session, params))):
                yield from _send_once(session, "setCallBackFollowme", params)
        except SideNotClearError:
            # One that got no answer may have arrived after the look: then the conflict is with it.
            if look and (yield from _is_stored(session, params)):
                return
            raise
        except MttError as error:
            # What is told is how the set failed, not the look at it.
            first = first or error
            if not may_pass(error):
                raise
            if attempt >= session.retries:
                raise first from (None if first is error else error)
            look = look or may_have_executed(error)
        else:
            return
        yield Sleep(pause(attempt))


def _is_stored(session: Session, params: dict[str, Any]) -> Operation[bool]:
    """Return whether what ``params`` set is there, behind whatever stood there before."""
    asked = {"customer_name": session.customer_name}
    try:
        result = yield from _send_once(session, "getCallBackFollowme", asked)
    except FollowmeNotFoundError:
        return False
    ours = params["callBackFollowmeStruct"]
    stored = result["callBackFollowmeStruct"][-len(ours) :] if ours else []
    return (
        len(stored) == len(ours)
        # Fields that the service does not know are not stored.
        and all(
            one == {name: own.get(name) for name in one}
            for one, own in zip(stored, ours, strict=True)
        )
        and all(
            result.get(name) == params[name]
            for name in ("caller_id", "defaultBNumber")
            if params.get(name)
        )
    )


def _set_params(
    session: Session,
    struct: list[dict[str, Any]],
    caller_id: str | None,
    default_b_number: str | None,
) -> dict[str, Any]:
    params: dict[str, Any] = {
        "customer_name": session.customer_name,
        "callBackFollowmeStruct": struct,
    }
    if caller_id is not None:
        params["caller_id"] = caller_id
    if default_b_number is not None:
        params["defaultBNumber"] = default_b_number
    return params


def _checked(session: Session, method: str, params: dict[str, Any]) -> dict[str, Any]:
    if session.validate:
        check_params(method, params)
    return params


def _send(session: Session, method: str, params: dict[str, Any]) -> Operation[Any]:
    for attempt in itertools.count():
        try:
            return (yield from _send_once(session, method, params))
        except MttError as error:
            again = may_pass(error) and (method in REPEATABLE or not may_have_executed(error))
            if attempt >= session.retries or not again:
                raise
        yield Sleep(pause(attempt))


def _send_once(session: Session, method: str, params: dict[str, Any]) -> Operation[Any]:
    request = encode(method, params, next(session.ids))
    return decode_call(request, (yield from exchange(request)))

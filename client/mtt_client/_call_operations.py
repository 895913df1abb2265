"""The operations on calls, prompts, records and balance, as generators of steps."""

from __future__ import annotations

from typing import Literal

from mtt_client._calls import (
    Balance,
    CallInfo,
    balance_from_wire,
    call_info_from_wire,
    direction_to_wire,
    record_to_wire,
)
from mtt_client._checks import is_number, seconds_problem
from mtt_client._elements import to_wire
from mtt_client._errors import (
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    CallTimeoutError,
    HttpError,
    MttError,
    RpcError,
    TransportError,
)
from mtt_client._operations import REJECTIONS, Elements, Session, call
from mtt_client._steps import Operation, Sleep, exchange
from mtt_client._transfers import decode_download, decode_upload, download_request, upload_request

_SERVER_ERRORS = 500
# Differences of floats are not exact: nothing shorter than this is waited for on its own.
_MOMENT = 0.001


def set_prompt(session: Session, file_name: str) -> Operation[str]:
    """Ask where a prompt is to be uploaded."""
    params = {"customer_name": session.customer_name, "file_name": file_name}
    url: str = (yield from call(session, "setCallBackPrompt", params))["uploadURL"]
    return url


def upload_prompt(session: Session, file_name: str, content: bytes) -> Operation[None]:
    """Ask for the URL, and upload."""
    if not isinstance(content, bytes):
        raise TypeError(f"content must be bytes, got {type(content).__name__}")
    if not content:
        raise ValueError("content must not be empty")
    url = yield from set_prompt(session, file_name)
    request = upload_request(url, content, session.upload_origins)
    decode_upload(request, (yield from exchange(request)))


def make_call(
    session: Session,
    *,
    b_number: str | None,
    caller_id: str | None,
    callback_url: str | None,
    elements: Elements | None,
    record: bool | None,
    duration: int | None,
    client_caller_id: str | None,
    direction: Literal["A", "B"] | None,
    description: str | None,
) -> Operation[str]:
    """Start a call."""
    every = {
        "customer_name": session.customer_name,
        "b_number": b_number,
        "caller_id": caller_id,
        "callBackURL": callback_url,
        "simpleCallBackFollowmeStruct": None if elements is None else to_wire(elements),
        "recordEnable": record_to_wire(record),
        "duration": duration,
        "client_caller_id": client_caller_id,
        "direction": direction_to_wire(direction),
        "callDescription": description,
    }
    params = {name: value for name, value in every.items() if value is not None}
    call_id: str = (yield from call(session, "makeCallBackCallFollowme", params))["callBackCall_id"]
    return call_id


def call_info(session: Session, call_id: str) -> Operation[CallInfo]:
    """Ask how a call went."""
    params = {"customer_name": session.customer_name, "callBackCall_id": call_id}
    return call_info_from_wire((yield from call(session, "getCallBackFollowmeCallInfo", params)))


def wait_for_call(
    session: Session, call_id: str, timeout: float, interval: float
) -> Operation[CallInfo]:
    """Ask how a call went until it is over."""
    _check_seconds("timeout", timeout)
    _check_seconds("interval", interval)
    waited = 0.0
    at_deadline = False
    while True:
        began = session.clock()
        try:
            return (yield from call_info(session, call_id))
        except MttError as error:
            if not _may_be_going(error):
                raise
            last = error
        waited += session.clock() - began
        left = timeout - waited
        if at_deadline or left <= 0:
            raise CallTimeoutError(call_id, waited, last) from last
        at_deadline = left <= interval + _MOMENT
        pause = left if at_deadline else interval
        began = session.clock()
        yield Sleep(pause)
        # A busy machine sleeps longer; a sleep on the fake's clock takes no time of this one.
        waited += max(pause, session.clock() - began)


def customer_balance(session: Session) -> Operation[Balance]:
    """Ask how much money is left."""
    params = {"customer_name": session.customer_name}
    return balance_from_wire((yield from call(session, "getCustomerBalance", params)))


def download_record(session: Session, url: str) -> Operation[bytes]:
    """Fetch the record of a talk."""
    request = download_request(url, session.max_record)
    return decode_download(request, (yield from exchange(request)))


def _may_be_going(error: MttError) -> bool:
    """Return whether the call may not be over yet, for all that ``error`` says.

    The real text for a call still going is not known, so that any failure of the method counts.
    """
    match error:
        case CallNotEndedError():
            return True
        case CallEndedError() | CallNotFoundError():
            return False
        case RpcError():
            return error.code not in REJECTIONS
        case HttpError():
            return error.status >= _SERVER_ERRORS
        case _:
            # Asking changes nothing, so that an answer that got lost is asked for again.
            return isinstance(error, TransportError)


def _check_seconds(name: str, value: object) -> None:
    problem = seconds_problem(name, value)
    if problem is not None:
        raise (ValueError if is_number(value) else TypeError)(problem)

"""Operations on calls, prompts, records and the balance, as generators of steps."""

from __future__ import annotations

from http import HTTPStatus
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
from mtt_client._operations import ClientContext, Elements, call
from mtt_client._retrying import REJECTIONS
from mtt_client._steps import Operation, Sleep, exchange
from mtt_client._transfers import decode_download, decode_upload, download_request, upload_request

MIN_SLEEP_SECONDS = 0.001  # differences of floats are not exact: no shorter sleep is useful


def set_prompt(context: ClientContext, file_name: str) -> Operation[str]:
    """Get the upload URL of a prompt."""
    params = {"customer_name": context.customer_name, "file_name": file_name}
    url: str = (yield from call(context, "setCallBackPrompt", params))["uploadURL"]
    return url


def upload_prompt(context: ClientContext, file_name: str, content: bytes) -> Operation[None]:
    """Get the upload URL and upload the prompt."""
    if not isinstance(content, bytes):
        raise TypeError(f"content must be bytes, got {type(content).__name__}")
    if not content:
        raise ValueError("content must not be empty")
    url = yield from set_prompt(context, file_name)
    request = upload_request(url, content, context.upload_origins)
    decode_upload(request, (yield from exchange(request)))


def make_call(
    context: ClientContext,
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
    params = {
        "customer_name": context.customer_name,
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
    params = {name: value for name, value in params.items() if value is not None}
    call_id: str = (yield from call(context, "makeCallBackCallFollowme", params))["callBackCall_id"]
    return call_id


def call_info(context: ClientContext, call_id: str) -> Operation[CallInfo]:
    """Get the call info."""
    params = {"customer_name": context.customer_name, "callBackCall_id": call_id}
    return call_info_from_wire((yield from call(context, "getCallBackFollowmeCallInfo", params)))


def wait_for_call(
    context: ClientContext, call_id: str, timeout: float, interval: float
) -> Operation[CallInfo]:
    """Poll the call info until the call is over."""
    _check_seconds("timeout", timeout)
    _check_seconds("interval", interval)
    waited = 0.0
    at_deadline = False
    while True:
        started = context.clock()
        try:
            return (yield from call_info(context, call_id))
        except MttError as error:
            if not _may_be_running(error):
                raise
            last = error
        waited += context.clock() - started
        remaining = timeout - waited
        if at_deadline or remaining <= 0:
            raise CallTimeoutError(call_id, waited, last) from last
        at_deadline = remaining <= interval + MIN_SLEEP_SECONDS
        pause = remaining if at_deadline else interval
        started = context.clock()
        yield Sleep(pause)
        # A busy machine sleeps longer than asked; a sleep on the fake's clock takes no real time.
        waited += max(pause, context.clock() - started)


def customer_balance(context: ClientContext) -> Operation[Balance]:
    """Get the balance."""
    params = {"customer_name": context.customer_name}
    return balance_from_wire((yield from call(context, "getCustomerBalance", params)))


def download_record(context: ClientContext, url: str) -> Operation[bytes]:
    """Download a record."""
    request = download_request(url, context.max_record)
    return decode_download(request, (yield from exchange(request)))


def _may_be_running(error: MttError) -> bool:
    """Return whether the call may still be running, given the ``error`` of its info.

    The real service's text for a running call is unknown, so any failure of the method counts.
    """
    match error:
        case CallNotEndedError():
            return True
        case CallEndedError() | CallNotFoundError():
            return False
        case RpcError():
            return error.code not in REJECTIONS
        case HttpError():
            return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        case _:
            # A read changes nothing, so the client may repeat it after a lost response.
            return isinstance(error, TransportError)


def _check_seconds(name: str, value: object) -> None:
    problem = seconds_problem(name, value)
    if problem is not None:
        raise (ValueError if is_number(value) else TypeError)(problem)

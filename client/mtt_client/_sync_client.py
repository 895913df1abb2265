"""``MttClient``: the synchronous client of the CallBack API."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Self, TypeVar

import httpx2

from mtt_client import _call_operations as calls
from mtt_client import _operations as operations
from mtt_client._calls import Balance, CallInfo
from mtt_client._client import BaseClient, Body, headers, no_response, verb
from mtt_client._elements import Element, Followme
from mtt_client._steps import Done, HttpRequest, Operation, Outcome, Step, advance

T = TypeVar("T")


class MttClient(BaseClient[httpx2.Client, httpx2.BaseTransport, Callable[[float], object]]):
    """A client of the CallBack API for one customer.

    It is a context manager, and threads may share it. After a fork it opens new connections.

    The client retries nothing unless ``retries`` is given; only ``wait_for_call`` polls by itself.
    With ``retries`` it repeats a request after no response, HTTP 429, and 5xx without an envelope,
    after pauses of 0.5, 1, 2, 4 and then always 8 seconds. It never executes anything twice: if a
    request may have arrived, it repeats only reads and deletes. Before it repeats a set, it reads
    the structure, and sends the set only if it is not stored. It follows no redirects and stores no
    cookies.

    Every method raises ``MttError``; invalid arguments raise ``ValueError`` or ``TypeError``.

    Source: MTT's page for setCallBackFollowme; public clients and assumptions for all else, as
    marked in ``mtt_contracts``.

    Args:
        url: The endpoint, such as ``http://127.0.0.1:8082/index.php``.
        login: Login for HTTP Basic Auth, sent in UTF-8.
        password: Password for HTTP Basic Auth, sent in UTF-8.
        customer_name: The number that calls are made from; MTT issues it.
        timeout: Seconds, each for connecting, for writing, and for every part of the response.
        validate: Whether to check params against the contract before they are sent.
        transport: An httpx2 transport that replaces the network, for tests.
        upload_origins: Further origins that prompts, and with them the credentials, may be sent to,
            such as ``["https://files.example.com"]``; the endpoint's origin is always allowed.
        max_record: Maximum size of a record, in bytes.
        retries: How often to retry a failed request.
        sleep: Replaces ``time.sleep`` (seconds), for tests with a virtual clock.
        clock: Replaces ``time.monotonic`` (seconds), for tests with a virtual clock.

    Raises:
        ValueError: An argument is invalid, or the environment's proxies or certificates are.
    """

    _http_class = httpx2.Client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def set_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Set the numbers to call (side A) and the prompts of sides A and B.

        Args:
            elements: ``Ringall``, ``Linear``, ``Text`` and ``File``, or mappings of the wire.
            caller_id: The number shown to side B.
            default_b_number: The number of side B if a call names none.

        Raises:
            SideNotClearError: A side already holds elements; delete or replace them.
        """
        self._run(operations.set_followme(self._context, elements, caller_id, default_b_number))

    def get_callback_followme(self) -> Followme:
        """Get the structure.

        Returns:
            The elements, the caller id and the default B number.

        Raises:
            FollowmeNotFoundError: Nothing is set.
        """
        return self._run(operations.get_followme(self._context))

    def delete_callback_followme(self) -> None:
        """Delete the elements of both sides, the caller id and the default B number.

        Deleting nothing is a success.
        """
        self._run(operations.delete_followme(self._context))

    def replace_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Replace the structure: get, delete, set.

        MTT has no such method, so this is not atomic. If it fails half-way, the client restores the
        former structure exactly and raises the original error. Cancellation and interrupts restore
        nothing.

        Args:
            elements: As for ``set_callback_followme``.
            caller_id: As for ``set_callback_followme``.
            default_b_number: As for ``set_callback_followme``.

        Raises:
            FollowmeNotRestoredError: Restoring failed too; it holds both errors and the structure.
        """
        self._run(operations.replace_followme(self._context, elements, caller_id, default_b_number))

    def set_callback_prompt(self, file_name: str) -> str:
        """Get the URL that the prompt is to be uploaded to; ``upload_prompt`` does both.

        Args:
            file_name: The prompt's name. Elements name it with or without its extension (observed
                in a public client).

        Returns:
            The upload URL.
        """
        return self._run(calls.set_prompt(self._context, file_name))

    def upload_prompt(self, file_name: str, content: bytes) -> None:
        """Get the upload URL of a prompt and POST the audio file to it, with Basic Auth.

        Source: a public client; the reply ``{"success": 1}`` is an assumption.

        Args:
            file_name: The prompt's name.
            content: The bytes of the audio file.

        Raises:
            ValueError: ``content`` is empty.
            ProtocolError: The upload URL is neither at the endpoint's origin nor at one of
                ``upload_origins``; the prompt was not sent.
            RefusedError: The service refuses the file.
        """
        self._run(calls.upload_prompt(self._context, file_name, content))

    def make_callback_call_followme(
        self,
        *,
        b_number: str | None = None,
        caller_id: str | None = None,
        callback_url: str | None = None,
        elements: Iterable[Element | Mapping[str, Any]] | None = None,
        record: bool | None = None,
        duration: int | None = None,
        client_caller_id: str | None = None,
        direction: Literal["A", "B"] | None = None,
        description: str | None = None,
    ) -> str:
        """Start a call: call the numbers of side A and join the one that answers with side B.

        Arguments that are ``None`` are not sent; then the stored elements, caller id and default B
        number apply.

        Args:
            b_number: The number of side B.
            caller_id: The number shown to side B.
            callback_url: The URL that MTT GETs at each event of the call.
            elements: Elements for this call instead of the stored ones.
            record: Whether to record the call; the recorded default is yes.
            duration: Maximum seconds of the call, a whole number up to 86400.
            client_caller_id: The number shown to side A (assumption).
            direction: The side to call first; default "A". That 1 on the wire means B is an
                assumption.
            description: Text that the call info returns.

        Returns:
            The call's id.

        Raises:
            RpcError: There are no numbers to call, no B number, or no caller id.
        """
        order = calls.make_call(
            self._context,
            b_number=b_number,
            caller_id=caller_id,
            callback_url=callback_url,
            elements=elements,
            record=record,
            duration=duration,
            client_caller_id=client_caller_id,
            direction=direction,
            description=description,
        )
        return self._run(order)

    def get_callback_followme_call_info(self, call_id: str) -> CallInfo:
        """Get the info of a call that is over.

        The texts behind ``CallNotEndedError`` and ``CallNotFoundError`` are assumptions: the real
        service may raise a plain ``RpcError`` instead.

        Args:
            call_id: The id that ``make_callback_call_followme`` returned.

        Returns:
            The info.

        Raises:
            CallEndedError: The call ended before both sides were joined.
            CallNotEndedError: The call is still running.
            CallNotFoundError: The id is unknown.
        """
        return self._run(calls.call_info(self._context, call_id))

    def wait_for_call(
        self, call_id: str, *, timeout: float = 300.0, interval: float = 5.0
    ) -> CallInfo:
        """Poll the call info until the call is over.

        The client polls again after ``CallNotEndedError``, after an ``RpcError`` of unknown meaning
        (the real text for a running call is unknown), after lost responses and after HTTP 5xx.

        Args:
            call_id: The id that ``make_callback_call_followme`` returned.
            timeout: Seconds to wait; a last poll follows, which may take the client's own timeout.
            interval: Seconds between polls; public clients poll every 5 s for 5 minutes.

        Returns:
            The info.

        Raises:
            CallTimeoutError: The call is still not over.
            CallEndedError: The call ended before both sides were joined.
            CallNotFoundError: The id is unknown.
        """
        return self._run(calls.wait_for_call(self._context, call_id, timeout, interval))

    def get_customer_balance(self) -> Balance:
        """Get the customer's balance.

        Source: assumption; the shape of the real result is unknown.

        Returns:
            The amount and its currency.
        """
        return self._run(calls.customer_balance(self._context))

    def download_record(self, url: str) -> bytes:
        """Download a record. Its signed URL, valid for 60 s, needs no credentials (assumption).

        Args:
            url: ``record_url_a`` or ``record_url_b`` of a call info.

        Returns:
            The bytes of the record.

        Raises:
            HttpError: The status is not 2xx.
            ProtocolError: The record is larger than ``max_record``.
        """
        return self._run(calls.download_record(self._context, url))

    def service_map(self) -> dict[str, Any]:
        """Get the service map (HTTP GET).

        Returns:
            The JSON object; its ``services`` has one entry per method.
        """
        return self._run(operations.service_map())

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call any method.

        The contract checks params and result of the methods that it knows.

        Args:
            method: The method's name.
            params: Named params, including ``customer_name``.

        Returns:
            The ``result`` of the response.
        """
        return self._run(operations.call(self._context, method, params))

    def _run(self, operation: Operation[T]) -> T:
        step = advance(operation, None)
        while not isinstance(step, Done):
            step = advance(operation, self._perform(step))
        return step.value

    def _perform(self, step: Step) -> Outcome | None:
        if isinstance(step, HttpRequest):
            return self._exchange(step)
        sleep = time.sleep if self._sleep is None else self._sleep
        sleep(step.seconds)
        return None

    def _exchange(self, request: HttpRequest) -> Outcome:
        try:
            with self._http_of(os.getpid()).stream(
                verb(request),
                self._url if request.url is None else request.url,
                content=request.body,
                headers=headers(request),
                auth=httpx2.USE_CLIENT_DEFAULT if request.authenticated else None,
            ) as answer:
                body = Body(answer, request.limit)
                if not body.refused:
                    for chunk in answer.iter_bytes():
                        if not body.add(chunk):
                            break
        except httpx2.RequestError as error:
            return no_response(error)
        return body.answer()

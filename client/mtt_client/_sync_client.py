"""The client for threads and scripts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import httpx2

from mtt_client import _call_operations as calls
from mtt_client import _operations as operations
from mtt_client._calls import Balance, CallInfo
from mtt_client._client import BaseClient, Body, headers, no_answer, no_cookies, verb
from mtt_client._elements import Element, Followme
from mtt_client._steps import Done, Operation, Outcome, Request, Sleep, Step, advance

T = TypeVar("T")


class MttClient(BaseClient[httpx2.Client, httpx2.BaseTransport, Callable[[float], object]]):
    """Calls the CallBack API for one customer; a context manager, and safe to share by threads.

    ``url`` is the whole endpoint, such as ``http://127.0.0.1:8082/index.php``. ``login`` and
    ``password`` go as HTTP Basic Auth in UTF-8. ``customer_name`` is the number from which calls
    are made, issued by MTT. ``timeout`` is in seconds and bounds each of connecting, writing and
    every wait for a piece of the answer. With ``validate=False`` parameters that break the
    contract are sent all the same. ``transport`` replaces the network (tests).

    Prompts, and the credentials with them, go to the endpoint's origin only; ``upload_origins``
    names further ones, such as ``["https://files.example.com"]``. ``max_record`` is in bytes and
    bounds what ``download_record`` takes. ``sleep`` replaces ``time.sleep`` and ``clock``
    ``time.monotonic``, both in seconds, where ``wait_for_call`` waits (tests turn a clock instead).

    Nothing is retried unless ``retries`` says how often (``wait_for_call`` asks again, as it says).
    Then failures of the moment are: no answer, HTTP 429 and 5xx without an envelope, with pauses of
    0.5, 1, 2, 4, 8 seconds by ``sleep``. What may have happened is not made to happen twice: of
    requests that may have arrived only reads and deletes are repeated, never a call or an upload; a
    set is looked for first, and sent again only when it is not stored. Redirects are not followed
    and no cookies kept. Every method raises ``MttError``, see its tree; wrong arguments raise
    ``ValueError`` or ``TypeError``. Facts: MTT's page for setCallBackFollowme; for everything else
    public clients and assumptions, as marked in ``mtt_contracts``.
    """

    @staticmethod
    def _open(
        auth: httpx2.Auth, timeout: float, transport: httpx2.BaseTransport | None
    ) -> httpx2.Client:
        return httpx2.Client(
            auth=auth,
            cookies=no_cookies(),
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
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
        """Preset whom a call-back rings (side A) and what sides A and B hear.

        ``caller_id`` is the number shown to side B, ``default_b_number`` the one rung on side B
        when a call names none. Raises ``SideNotClearError`` when a side already holds elements:
        delete before, or replace.
        """
        self._run(operations.set_followme(self._session, elements, caller_id, default_b_number))

    def get_callback_followme(self) -> Followme:
        """Return what is preset. Raises ``FollowmeNotFoundError`` when nothing is."""
        return self._run(operations.get_followme(self._session))

    def delete_callback_followme(self) -> None:
        """Clear both sides, caller_id and default B number; with nothing preset this is fine."""
        self._run(operations.delete_followme(self._session))

    def replace_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Put ``elements`` in the place of what is preset, if anything is: get, delete, set.

        MTT has no such method, so this is not atomic. When it fails half-way, the former
        structure is put back to the letter and the original error raised; when that fails too,
        ``FollowmeNotRestoredError``, which holds both errors and the former structure. Being
        cancelled or interrupted half-way puts nothing back.
        """
        self._run(operations.replace_followme(self._session, elements, caller_id, default_b_number))

    def set_callback_prompt(self, file_name: str) -> str:
        """Return the URL to which the prompt ``file_name`` is to be uploaded.

        ``upload_prompt`` does both. Structures name the prompt by ``file_name``, with or without
        its extension (observed in a public client).
        """
        return self._run(calls.set_prompt(self._session, file_name))

    def upload_prompt(self, file_name: str, content: bytes) -> None:
        """Ask for the upload URL and POST ``content``, an audio file's bytes, with Basic Auth.

        Raises ``ValueError`` for empty content, ``ProtocolError`` for an upload URL that leads
        neither to the endpoint's origin nor to one of ``upload_origins`` (the prompt is not sent),
        ``RefusedError`` when the service refuses the file. That success is ``{"success": 1}`` is an
        assumption.
        """
        self._run(calls.upload_prompt(self._session, file_name, content))

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
        """Ring the numbers of side A, join the one that answers with side B; return the call's id.

        What is ``None`` is not sent: then the preset's ``elements``, ``caller_id`` and default B
        number are used. ``callback_url`` is what MTT GETs with each event. ``record``: whether
        the talk is recorded (by the recorded default it is). ``duration`` bounds the talk, in whole
        seconds up to 86400. ``direction`` is the side that is called first, A when ``None`` (that
        the wire's 1 means B is an assumption). ``client_caller_id`` is the number shown to side A
        (assumption), ``description`` comes back in the call's info. Raises ``RpcError`` when there
        is nothing to ring, no B number or no caller id.
        """
        order = calls.make_call(
            self._session,
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
        """Return how the call went.

        Raises ``CallEndedError`` when it ended without joining both sides, and
        ``CallNotEndedError`` while it is going or ``CallNotFoundError`` for an unknown id; the
        texts of the latter two are assumptions, so that the real service may raise a plain
        ``RpcError`` in their place.
        """
        return self._run(calls.call_info(self._session, call_id))

    def wait_for_call(
        self, call_id: str, *, timeout: float = 300.0, interval: float = 5.0
    ) -> CallInfo:
        """Ask how the call went, now and then every ``interval`` seconds, until it is over.

        Public clients ask every 5 s and give up after 5 minutes. After ``timeout`` seconds, when it
        has asked a last time, it raises ``CallTimeoutError``; an answer to this last question may
        take the client's own ``timeout``. It asks again after ``CallNotEndedError``, after an
        ``RpcError`` of unknown meaning (the real text for a call still going is not known), after
        lost answers and after HTTP 5xx. ``CallEndedError``, ``CallNotFoundError`` and every other
        error are raised at once.
        """
        return self._run(calls.wait_for_call(self._session, call_id, timeout, interval))

    def get_customer_balance(self) -> Balance:
        """Return how much money the customer has left. The answer's shape is an assumption."""
        return self._run(calls.customer_balance(self._session))

    def download_record(self, url: str) -> bytes:
        """Return the record at ``url``, a ``record_url_a`` or ``record_url_b`` of a call's info.

        Without credentials: the URL, good for 60 s, is the ticket (assumption). Raises
        ``HttpError`` for any status but 2xx, ``ProtocolError`` for more than ``max_record`` bytes.
        """
        return self._run(calls.download_record(self._session, url))

    def service_map(self) -> dict[str, Any]:
        """Return the service map (HTTP GET): ``services`` has an entry for each method."""
        return self._run(operations.service_map())

    def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call ``method`` with named ``params`` (``customer_name`` included), return its result.

        The contract checks params and result of the methods that it has, and lets others pass.
        """
        return self._run(operations.call(self._session, method, params))

    def _run(self, operation: Operation[T]) -> T:
        step = advance(operation, None)
        while not isinstance(step, Done):
            step = advance(operation, self._perform(step))
        return step.value

    def _perform(self, step: Step) -> Outcome | None:
        if isinstance(step, Request):
            return self._exchange(step)
        self._wait(step)
        return None

    def _wait(self, step: Sleep) -> None:
        sleep = time.sleep if self._sleep is None else self._sleep
        sleep(step.seconds)

    def _exchange(self, request: Request) -> Outcome:
        try:
            with self._http.stream(
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
            return no_answer(error)
        return body.answer()

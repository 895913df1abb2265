"""``AsyncMttClient``: the asynchronous client of the CallBack API."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal, Self, TypeVar

import httpx2

from mtt_client import _call_operations as calls
from mtt_client import _operations as operations
from mtt_client._calls import Balance, CallInfo
from mtt_client._client import BaseClient, Body, headers, no_response, verb
from mtt_client._elements import Element, Followme
from mtt_client._steps import Done, HttpRequest, Operation, Outcome, Step, advance

T = TypeVar("T")


def _running_loop() -> tuple[object, Callable[[float], Awaitable[object]]]:
    """Return the running event loop, of trio its token, and the function that sleeps in it."""
    try:
        return asyncio.get_running_loop(), asyncio.sleep
    except RuntimeError:
        import trio  # noqa: PLC0415 -- the only other library that httpx2 runs on

        return trio.lowlevel.current_trio_token(), trio.sleep


class AsyncMttClient(
    BaseClient[httpx2.AsyncClient, httpx2.AsyncBaseTransport, Callable[[float], Awaitable[object]]]
):
    """``MttClient`` for asyncio and trio: the same arguments, methods and errors, to await.

    In another event loop, and after a fork, it opens new connections.

    Each method documents itself at the method of the same name of ``MttClient``.

    Args:
        url: As for ``MttClient``, like all that follow.
        login: Login for HTTP Basic Auth.
        password: Password for HTTP Basic Auth.
        customer_name: The number that calls are made from.
        timeout: Seconds.
        validate: Whether to check params before they are sent.
        transport: An httpx2 transport that replaces the network.
        upload_origins: Further origins that prompts may be sent to.
        max_record: Bytes.
        retries: How often to retry a failed request.
        sleep: Replaces ``asyncio.sleep`` or ``trio.sleep`` (seconds); it returns an awaitable.
        clock: Replaces ``time.monotonic`` (seconds).
    """

    _http_class = httpx2.AsyncClient

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def set_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Set elements; see ``MttClient.set_callback_followme``."""
        await self._run(
            operations.set_followme(self._context, elements, caller_id, default_b_number)
        )

    async def get_callback_followme(self) -> Followme:
        """Get the structure; see ``MttClient.get_callback_followme``."""
        return await self._run(operations.get_followme(self._context))

    async def delete_callback_followme(self) -> None:
        """Delete the structure; see ``MttClient.delete_callback_followme``."""
        await self._run(operations.delete_followme(self._context))

    async def replace_callback_followme(
        self,
        elements: Iterable[Element | Mapping[str, Any]],
        *,
        caller_id: str | None = None,
        default_b_number: str | None = None,
    ) -> None:
        """Replace the structure; see ``MttClient.replace_callback_followme``."""
        await self._run(
            operations.replace_followme(self._context, elements, caller_id, default_b_number)
        )

    async def set_callback_prompt(self, file_name: str) -> str:
        """Get the upload URL; see ``MttClient.set_callback_prompt``."""
        return await self._run(calls.set_prompt(self._context, file_name))

    async def upload_prompt(self, file_name: str, content: bytes) -> None:
        """Upload a prompt; see ``MttClient.upload_prompt``."""
        await self._run(calls.upload_prompt(self._context, file_name, content))

    async def make_callback_call_followme(
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
        """Start a call; see ``MttClient.make_callback_call_followme``."""
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
        return await self._run(order)

    async def get_callback_followme_call_info(self, call_id: str) -> CallInfo:
        """Get the call info; see ``MttClient.get_callback_followme_call_info``."""
        return await self._run(calls.call_info(self._context, call_id))

    async def wait_for_call(
        self,
        call_id: str,
        *,
        timeout: float = 300.0,  # noqa: ASYNC109 - asyncio.timeout would not ask a last time
        interval: float = 5.0,
    ) -> CallInfo:
        """Poll until the call is over; see ``MttClient.wait_for_call``."""
        return await self._run(calls.wait_for_call(self._context, call_id, timeout, interval))

    async def get_customer_balance(self) -> Balance:
        """Get the balance; see ``MttClient.get_customer_balance``."""
        return await self._run(calls.customer_balance(self._context))

    async def download_record(self, url: str) -> bytes:
        """Download a record; see ``MttClient.download_record``."""
        return await self._run(calls.download_record(self._context, url))

    async def service_map(self) -> dict[str, Any]:
        """Get the service map; see ``MttClient.service_map``."""
        return await self._run(operations.service_map())

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """Call any method; see ``MttClient.call``."""
        return await self._run(operations.call(self._context, method, params))

    async def _run(self, operation: Operation[T]) -> T:
        step = advance(operation, None)
        while not isinstance(step, Done):
            step = advance(operation, await self._perform(step))
        return step.value

    async def _perform(self, step: Step) -> Outcome | None:
        if isinstance(step, HttpRequest):
            return await self._exchange(step)
        _, sleep = _running_loop()
        await (sleep if self._sleep is None else self._sleep)(step.seconds)
        return None

    async def _exchange(self, request: HttpRequest) -> Outcome:
        try:
            loop, _ = _running_loop()
            owner = os.getpid(), loop
            async with self._http_of(owner).stream(
                verb(request),
                self._url if request.url is None else request.url,
                content=request.body,
                headers=headers(request),
                auth=httpx2.USE_CLIENT_DEFAULT if request.authenticated else None,
            ) as answer:
                body = Body(answer, request.limit)
                if not body.refused:
                    async for chunk in answer.aiter_bytes():
                        if not body.add(chunk):
                            break
        except httpx2.RequestError as error:
            return no_response(error)
        return body.answer()

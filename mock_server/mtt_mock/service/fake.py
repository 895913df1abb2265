"""One fake service without HTTP: settings, state, methods, journal."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from mtt_mock import jsonrpc
from mtt_mock.domain.faults import Faults, TriggeredFault
from mtt_mock.domain.followme import Followme
from mtt_mock.domain.store import Overrides, Store, StoreUnavailableError
from mtt_mock.jsonrpc.errors import InvalidRequest, ServiceUnavailable
from mtt_mock.service.accounts import Account, Accounts
from mtt_mock.service.context import Caller, ServiceContext
from mtt_mock.service.discovery import discover_method
from mtt_mock.service.envelope_rules import envelope_rules
from mtt_mock.service.fault_injection import faulted_response, prevents
from mtt_mock.service.fault_registry import match_fault
from mtt_mock.service.journal import Exchange, Journal
from mtt_mock.service.journal.received import Received, body_start
from mtt_mock.service.limits import HeadLimit
from mtt_mock.service.media import downloads, uploads
from mtt_mock.service.methods import mtt_methods
from mtt_mock.service.reply import Reply, ResponseFault
from mtt_mock.service.settings import Settings
from mtt_mock.service.state import State, in_memory
from mtt_mock.service.stubs import Stub

if TYPE_CHECKING:
    from mtt_mock.service.media.recordings import Recording

_TEXT = "text/plain; charset=utf-8"
_STATUSES = frozenset(HTTPStatus)


class Fake:
    """One fake service; two fakes in one process share nothing.

    It may own threads (calls, events); ``close`` ends them.

    Args:
        settings: The settings; the defaults if ``None``.
        state: The persistent state; in memory if ``None``.
    """

    def __init__(self, settings: Settings | None = None, state: State | None = None) -> None:
        settings = settings or Settings()
        self.state = state or in_memory()
        self.store: Store = self.state.store
        self.journal = Journal(settings.journal_size, self.state.entries)
        self.service = ServiceContext(settings, self.state, self.journal)
        self._closing = False
        self._set_faults()
        self._apply(settings)
        self.service.scheduler.start()

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self.service.settings

    def reset(self, settings: Settings | None = None) -> None:
        """Clear all state, calls and journal entries.

        Args:
            settings: New settings; ``None`` keeps the current ones.
        """
        settings = settings or self.settings
        self.service.reset(settings)
        self._apply(settings)
        self._set_faults()
        self.journal.clear()
        self.journal.resize(settings.journal_size)

    def _apply(self, settings: Settings) -> None:
        rules = self.service.http_rules
        self._accounts = Accounts(
            settings.accounts, required=rules.needs_credentials, encodings=rules.encodings
        )
        self._engine = jsonrpc.Engine(
            mtt_methods(self.service), [discover_method()], envelope_rules(settings)
        )

    def unavailable_reason(self) -> str | None:
        """Return the reason why the fake cannot work now.

        Returns:
            The reason, or ``None`` if the fake works.
        """
        if self._closing:
            return "the fake is being stopped"
        return self.state.unavailable_reason()

    def close(self) -> None:
        """End the threads; running calls stop."""
        self._closing = True
        self.service.scheduler.close()
        self.state.close()

    @property
    def may_wait(self) -> bool:
        """Whether ``answer`` may block: on a database, or between the check and end of a set."""
        return self.state.waits or self.service.followme_rules.sets_race

    def followme(self, customer_name: str) -> Followme:
        """Return the preset of a customer.

        Args:
            customer_name: The customer.

        Returns:
            The preset, empty by default.
        """
        return self.store.followme(customer_name)

    def answer(
        self,
        authorization: str | None,
        body: bytes,
        origin: str = "http://mtt-mock.invalid",
        wire: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Return the reply to a POST of the endpoint.

        Args:
            authorization: The Authorization header; ``None`` if absent. Checked first.
            body: The body of the request.
            origin: Scheme, host and port of the request; URLs in results begin with it.
            wire: The HTTP request as JSON values, for the journal.

        Returns:
            Status and body.
        """
        received = Received(len(body), wire, body)
        account = self._accounts.authenticate(authorization)
        if account is None:
            refused = self._engine.calls(body)
            return self._unauthorized(received, refused)
        rules = self.service.http_rules
        if rules.media_types and not rules.takes(wire):
            return self._refuse_as_text(received, rules.other_type_status)
        if not self.state.waits:
            return self._answer(account, origin, received)
        with self.state.session():
            return self._answer(account, origin, received)

    def _answer(self, account: Account, origin: str, received: Received) -> Reply:
        body = received.body
        overrides = self._overrides()
        caller = Caller(account, origin, overrides.stubs)
        trigger = None
        if overrides.faults:
            calls = self._engine.calls(body)
            trigger = self._match_fault(calls)
            if trigger is not None and prevents(trigger):
                return self._apply_fault(trigger, calls, Reply(0, b""), received)
        answer = self._engine.answer(body, caller)
        reply = self._reply(answer, caller.stubs)
        if trigger is not None:
            return self._apply_fault(trigger, answer.calls, reply, received)
        self._add_to_journal(answer.calls, reply.status, received, answered=len(reply.body))
        return reply

    def _reply(self, answer: jsonrpc.RpcResponse, stubs: Sequence[Stub]) -> Reply:
        """Return the reply to a request whose calls ``stubs`` answered.

        The first HTTP reply among them replaces the whole answer.
        """
        if not stubs:
            return Reply(self._status(answer), answer.body)
        http = next((stub.http for stub in stubs if stub.http), None)
        delay = max(stub.delay for stub in stubs)
        fault = ResponseFault("delay", delay) if delay else None
        if http is not None:
            return Reply(http.status, http.body, http.content_type, fault)
        return Reply(self._status(answer), answer.body, None, fault)

    def accepts(self, authorization: str | None) -> bool:
        """Return whether the fake accepts credentials.

        Args:
            authorization: The Authorization header; ``None`` if absent.

        Returns:
            True for an accepted login and password.
        """
        return self._accounts.authenticate(authorization) is not None

    def refuse_body(
        self, authorization: str | None, wire: Mapping[str, Any] | None = None
    ) -> Reply:
        """Return the reply to a body over ``max_body`` bytes (status and text: assumption).

        Args:
            authorization: The Authorization header; ``None`` if absent. Checked first.
            wire: The HTTP request as JSON values, for the journal.

        Returns:
            Status and body.
        """
        received = Received(wire=wire)
        if self._accounts.authenticate(authorization) is None:
            return self._unauthorized(received)
        data = f"request body is larger than {self.settings.max_body} bytes (--max-body)"
        answer = self._engine.refuse(InvalidRequest(data))
        status = self.service.profile["transport.body_limit"]["status"]
        self._add_to_journal(answer.calls, status, received)
        return Reply(status, answer.body)

    @property
    def head_limit(self) -> HeadLimit:
        """The limit of a request's head, which the transport applies."""
        return self.service.head_limit

    def options(self, authorization: str | None) -> Reply:
        """Return the reply to OPTIONS, such as a browser's preflight without credentials.

        Args:
            authorization: The Authorization header; ``None`` if absent.

        Returns:
            Status and body.
        """
        rule = self.service.profile["transport.options"]
        if rule["credentials"] and self._accounts.authenticate(authorization) is None:
            return self._challenge()
        return Reply(rule["status"], b"")

    def upload(
        self,
        authorization: str | None,
        verb: str,
        token: str,
        content: bytes | None,
        wire: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Return the reply to a request for an upload URL.

        Args:
            authorization: The Authorization header; ``None`` if absent.
            verb: The HTTP method.
            token: The signed token of the URL.
            content: The body; ``None`` if it is over the limit.
            wire: The HTTP request as JSON values, for the journal.

        Returns:
            Status and body.
        """
        received = Received(len(content or b""), wire)
        account = self._accounts.authenticate(authorization)
        if account is None:
            status = self.service.profile["prompt.auth"]["missing"]
            return self._unauthorized(received, [jsonrpc.RpcCall("upload")], status)
        params = uploads.upload_params(self.service, token)
        calls = [jsonrpc.RpcCall("upload", params)]
        trigger = self._match_fault(calls) if self._overrides().faults else None
        if trigger is not None and prevents(trigger):
            return self._apply_fault(trigger, calls, Reply(0, b""), received)
        if verb == "POST":
            done = uploads.accept_upload(self.service, account, params, content)
        else:
            done = uploads.refuse_verb(self.service, verb)
        call = jsonrpc.RpcCall("upload", done.params, result=done.answer, notes=done.notes)
        reply = Reply(done.status, self._engine.rules.encode(done.answer))
        if trigger is not None:
            return self._apply_fault(trigger, [call], reply, received)
        self._add_to_journal([call], done.status, received)
        return reply

    def recording(self, token: str) -> Recording:
        """Return the recording at a download URL.

        Args:
            token: The signed token of the URL.

        Returns:
            The recording (WAV).

        Raises:
            NoRecordingError: The token is unknown or expired, or the call is no longer stored.
        """
        return downloads.find_recording(self.service, token)

    def service_map(
        self,
        authorization: str | None,
        target: str,
        wire: Mapping[str, Any] | None = None,
        query: str = "smd",
    ) -> Reply:
        """Return the reply to a GET of the endpoint.

        Args:
            authorization: The Authorization header; ``None`` if absent. Checked first.
            target: The path of the request, which the map repeats.
            wire: The HTTP request as JSON values, for the journal.
            query: The query of the request.

        Returns:
            Status and body.
        """
        received = Received(wire=wire)
        if self._accounts.authenticate(authorization) is None:
            return self._unauthorized(received)
        rules = self.service.http_rules
        if rules.map_needs_query and query.partition("=")[0] != "smd":
            return self.answer(authorization, b"", wire=wire)
        if rules.map_status != HTTPStatus.OK:
            return self._refuse_as_text(received, rules.map_status, "GET")
        shape = self.service.profile["smd.shape"]
        methods = self._engine.methods.values()
        body = self._engine.rules.encode(jsonrpc.service_map(methods, target, shape))
        self._add_to_journal([jsonrpc.RpcCall(method="GET")], 200, received)
        return Reply(200, body)

    def _refuse_as_text(self, received: Received, status: int, method: str | None = None) -> Reply:
        """Return a reply of one line of text, which a profile asks for."""
        self._add_to_journal([jsonrpc.RpcCall(method)], status, received)
        text = f"{status} {HTTPStatus(status).phrase}" if status in _STATUSES else str(status)
        return Reply(status, f"{text}\n".encode(), _TEXT)

    def record_unmatched_request(
        self, request_line: str, status: int, wire: Mapping[str, Any] | None = None
    ) -> None:
        """Add a request for a path that MTT does not have to the journal.

        Args:
            request_line: Verb and path.
            status: The HTTP status of the response.
            wire: The HTTP request as JSON values, for the journal.
        """
        self._add_to_journal([jsonrpc.RpcCall(request_line)], status, Received(wire=wire))

    def _unauthorized(
        self,
        received: Received,
        calls: Sequence[jsonrpc.RpcCall] = (),
        status: int | None = None,
    ) -> Reply:
        reply = self._challenge()
        if status is not None:
            reply = replace(reply, status=status)
        self._add_to_journal([*calls] or [jsonrpc.RpcCall()], reply.status, received)
        return reply

    def _challenge(self) -> Reply:
        """Return the reply to missing or wrong credentials."""
        head = self.service.profile["transport.auth.missing"]
        text = self.service.profile["transport.auth.401_body"]
        return Reply(
            head["status"],
            text["body"].encode(),
            text["content_type"],
            challenge=head["www_authenticate"] or None,
        )

    def _set_faults(self) -> None:
        if self.settings.faults:
            # Another process that shares the state may have set them already.
            self.store.change_faults(partial(Faults.with_missing, faults=self.settings.faults))

    def _overrides(self) -> Overrides:
        """Return whether faults and shared stubs are set; none while the store is unavailable."""
        try:
            return self.store.overrides()
        except StoreUnavailableError:
            return Overrides(faults=False, stubs=False)

    def _status(self, answer: jsonrpc.RpcResponse) -> int:
        """Return the HTTP status of ``answer``."""
        status: int = self.settings.error_status
        if answer.body.startswith(b"["):
            status = self.service.profile["transport.status.batch"]
        elif not answer.is_error:
            status = 200 if answer.body else self.service.profile["rpc.notification"]["status"]
        elif isinstance(answer.calls[0].error, ServiceUnavailable):
            status = 503
        return status

    def _match_fault(self, calls: list[jsonrpc.RpcCall]) -> TriggeredFault | None:
        """Count ``calls`` and return the first fault that one triggers, for the whole request."""
        named = [
            (
                call.method if isinstance(call.method, str) else None,
                call.params.get("customer_name") if isinstance(call.params, dict) else None,
                call.params,
            )
            for call in calls
        ]
        try:
            return match_fault(self.store, named)
        except StoreUnavailableError:
            return None

    def _apply_fault(
        self,
        trigger: TriggeredFault,
        calls: list[jsonrpc.RpcCall],
        reply: Reply,
        received: Received,
    ) -> Reply:
        if trigger.name == "http-401":
            faulted = self._challenge()
        else:
            faulted = faulted_response(trigger, self._engine.rules, reply)
        status = 0 if trigger.name == "reset-after" else faulted.status
        self._add_to_journal(calls, status, received, trigger.text, answered=len(reply.body))
        return faulted

    def _add_to_journal(
        self,
        calls: list[jsonrpc.RpcCall],
        status: int,
        received: Received,
        fault: str | None = None,
        answered: int = 0,
    ) -> None:
        at, ms = time.time(), (time.perf_counter() - received.started) * 1000
        share = (received.size + answered) // len(calls)
        wire = received.wire
        if wire is not None and not self.state.waits:
            wire = {**wire, "clock": self.service.clock.now() / 1000}
        for call in calls:
            shown = wire
            if wire is not None and call.method is None and received.body:  # it was unreadable
                shown = {**wire, "body": body_start(received.body)}
            self.journal.add(
                Exchange.from_call(
                    call, at=at, status=status, ms=ms, size=share, fault=fault, wire=shown
                )
            )

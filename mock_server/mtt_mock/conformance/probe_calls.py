"""Makes the calls of the checks, each once in a run, and polls them until they are over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from mtt_mock.conformance.observations import amount_of, whole_seconds
from mtt_mock.conformance.outcomes import CheckFailed, Inconclusive
from mtt_mock.conformance.probe_client import ProbeClient, ProbeExchange, ProbeResponse

CALLER_ID = "74951001010"
MAX_CALL_SECONDS = 300
POLL_INTERVAL = 5  # seconds; this and the maximum are those of a public client
_ENDINGS = re.compile(r"Call ended by (timeout|cancel) on side [AB]")


@dataclass(slots=True)
class ProbeCall:
    """A call that was requested.

    Attributes:
        response: The response to the request.
        first: The info right after the request; ``None`` without one.
        last: The last info: of the call that is over, or after ``MAX_CALL_SECONDS``.
        waited: The seconds between the two.
        is_charged: Whether the call reduced the balance; ``None`` if it shows no amount.
        exchanges: The requests that made and followed the call.
    """

    response: ProbeResponse
    first: ProbeResponse | None = None
    last: ProbeResponse | None = None
    waited: int = 0
    is_charged: bool | None = None
    exchanges: list[ProbeExchange] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The call's id. Raises ``CheckFailed`` if the call was refused."""
        return str(self.response.result["callBackCall_id"])

    @property
    def seconds(self) -> int:
        """The seconds until the call was over. Raises ``CheckFailed`` if it has no end."""
        if self.last is None or self.waited >= MAX_CALL_SECONDS:
            seen = self.last or self.response
            raise CheckFailed(seen.envelope, "the end of the call", "info after 5 minutes")
        return self.waited

    @property
    def error(self) -> Any:
        """The info's error when the call was over, ``None`` if it was joined. Raises as above."""
        self.seconds  # noqa: B018
        return self.last and self.last.envelope.get("error")

    @property
    def info(self) -> dict[str, Any]:
        """The info of a joined call. Raises ``Inconclusive`` if the call was not joined."""
        if self.last is None:
            refused = "error" in self.response.envelope
            raise Inconclusive("the call was refused" if refused else "its info did not arrive")
        if "result" not in self.last.envelope:
            raise Inconclusive(f"the call was not joined: {self.last.error['data']}")
        info: dict[str, Any] = self.last.result["callBackFollowmeCallInfoStruct"]
        return info

    def sides(self, name: str) -> list[int]:
        """Return the seconds that the info has under ``name`` for the sides A and B."""
        return [whole_seconds(self.info[f"{name}_{side}"]) for side in "AB"]


def request_call(probe: ProbeClient, **params: Any) -> ProbeResponse:
    """Request a call to side A first, not recorded; ``params`` override both."""
    values = {"recordEnable": 0, "direction": 0} | params
    return probe.of_customer(
        "makeCallBackCallFollowme",
        **{name: value for name, value in values.items() if value is not None},
    )


def call_info(probe: ProbeClient, call_id: Any) -> ProbeResponse:
    """Ask for the info of a call."""
    return probe.of_customer("getCallBackFollowmeCallInfo", callBackCall_id=call_id)


def follow(probe: ProbeClient, call: ProbeCall, interval: int = POLL_INTERVAL) -> None:
    """Ask for the info every ``interval`` seconds until the call is over."""
    call.first = call.last = call_info(probe, call.id)
    running = call.first.envelope.get("error")
    while call.waited < MAX_CALL_SECONDS:
        error = call.last.envelope.get("error")
        if error is None or error != running or _ENDINGS.fullmatch(str(error.get("data"))):
            return
        probe.options["sleep"](interval)
        call.waited += interval
        call.last = call_info(probe, call.id)


def call_once(
    probe: ProbeClient,
    *elements: dict[str, Any],
    interval: int = POLL_INTERVAL,
    is_measured: bool = False,
    **params: Any,
) -> ProbeCall:
    """Make a call and poll it until it is over; with equal arguments return the earlier call.

    ``elements`` are set first, ``params`` are those of the request; ``None`` leaves one out. With
    ``is_measured`` compare the balance before and after the call. Raises ``Inconclusive`` if no
    response to the request arrived; it is not sent again.
    """
    key = repr((elements, interval, params))
    if key not in probe.calls:
        start = len(probe.endpoint.exchanges)
        before = amount_of(probe.of_customer("getCustomerBalance")) if is_measured else None
        probe.fill(*elements)
        probe.calls[key] = None
        usual = {
            "caller_id": probe.options.get("caller_id") or CALLER_ID,
            "callBackURL": probe.options.get("events_url"),
        }
        call = probe.calls[key] = ProbeCall(request_call(probe, **usual | params))
        try:
            if "result" in call.response.envelope:
                follow(probe, call, interval)
        finally:
            call.exchanges = probe.endpoint.exchanges[start:]
        after = amount_of(probe.of_customer("getCustomerBalance")) if is_measured else None
        call.is_charged = None if before is None or after is None else after < before
    earlier: ProbeCall | None = probe.calls[key]
    if earlier is None:
        raise Inconclusive("a call was requested, and no response arrived")
    probe.call_exchanges = earlier.exchanges
    return earlier


def events_of(probe: ProbeClient, call: ProbeCall) -> list[Any]:
    """Return the events of a call; learn the names of their parameters from the first."""
    receiver = probe.option("receiver", "--events-url, where the service can send events")
    events = [event for event in receiver.events if [call.id] in event.query.values()]
    query = events[0].query if events else {}
    names = {
        "event": next((name for name in query if query[name] != [call.id]), None),
        "id": next((name for name in query if query[name] == [call.id]), None),
    }
    if all(names.values()):
        probe.observe("event.query", names)
    return events


def event_names(probe: ProbeClient, events: list[Any]) -> list[str]:
    """Return MTT's names of events, which the service may name otherwise."""
    known = {seen: name for name, seen in probe.observed.get("event.names", {}).items()}
    return [known.get(name, name) for name in sent_names(probe, events)]


def sent_names(probe: ProbeClient, events: list[Any]) -> list[str]:
    """Return the names of events as the service sends them."""
    name = probe.observed.get("event.query", {}).get("event", "event")
    return [event.query.get(name, [""])[-1] for event in events]

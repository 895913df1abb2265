"""A state machine that tests an application of the CallBack API against the fake. Needs hypothesis.

Subclass ``FollowmeMachine``, implement the four methods of your application, and let pytest collect
its ``TestCase``. Hypothesis searches for the shortest history after which the application and the
model disagree, and prints it as steps that run as a test.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Subscriber
from mtt_mock.server.handles import MttServer, serve

A_NUMBER, B_NUMBER, CALLER_ID = "79161234501", "79161234502", "74951001010"
_NUMBER: dict[str, Any] = {
    "type": "Ringall",
    "redirect_number": A_NUMBER,
    "order": 1,
    "timeout": 25,
}
_PROMPT: dict[str, Any] = {"type": "text", "value": "One moment, please", "side": "B"}
_STRUCTURES: dict[str, list[dict[str, Any]]] = {
    "A": [_NUMBER],
    "B": [_PROMPT],
    "AB": [_NUMBER, _PROMPT],
}
_BEHAVIOURS: dict[str, Subscriber] = {
    "answers": Answers(after=2, talks_for=20),
    "busy": Busy(),
    "timeout": NeverAnswers(),
}


class _StartedCall(NamedTuple):
    handle: Any
    call_id: str
    end: str


class FollowmeMachine(RuleBasedStateMachine):
    """Runs random histories with your application and a fake, and compares the results.

    The machine owns the fake, its clock, the numbers' behaviour, the faults and the model. Your
    application calls ``self.server.url`` with ``self.server.credentials`` for ``self.customer``.

    Attributes:
        customer: The customer_name.
        server: The fake, with a manual clock.
    """

    customer = "883140500000000"
    server: MttServer

    def preset(self, elements: list[dict[str, Any]]) -> bool:
        """Set the structure with your application.

        Args:
            elements: The elements, with the names and values of the wire.

        Returns:
            Whether your application reports that these elements are set now.
        """
        raise NotImplementedError

    def clear(self) -> None:
        """Delete the structure with your application."""
        raise NotImplementedError

    def start_call(self, b_number: str, caller_id: str) -> Any:
        """Start a call with your application.

        Args:
            b_number: The number of side B.
            caller_id: The number that both sides see.

        Returns:
            A handle for ``outcome``, or ``None`` if your application reports a failure.
        """
        raise NotImplementedError

    def outcome(self, call: Any) -> str | None:
        """Return the outcome that your application reports of a call.

        Args:
            call: The handle that ``start_call`` returned.

        Returns:
            ``"joined"``, ``"timeout A"``, ``"timeout B"``, ``"busy A"``, ``"busy B"``, or ``None``
            while the call is running.
        """
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self.server = self._stack.enter_context(serve(clock="manual", callback_allow=["none"]))
        self._stored: set[str] = set()  # sides that hold elements
        self._behaviours = {"A": "answers", "B": "answers"}
        self._calls: list[_StartedCall] = []

    def teardown(self) -> None:
        """Stop the fake."""
        self._stack.close()

    @initialize(
        side_a=st.sampled_from(sorted(_BEHAVIOURS)), side_b=st.sampled_from(sorted(_BEHAVIOURS))
    )
    def numbers_behave(self, side_a: str, side_b: str) -> None:
        """Set the behaviour of numbers."""
        self._behaviours = {"A": side_a, "B": side_b}
        self.server.subscribers[A_NUMBER] = _BEHAVIOURS[side_a]
        self.server.subscribers[B_NUMBER] = _BEHAVIOURS[side_b]

    @rule(sides=st.sampled_from(sorted(_STRUCTURES)))
    def presets(self, sides: str) -> None:
        """Preset elements: the service refuses them if a side already holds some."""
        free = not self._stored & set(sides)
        reported = self.preset([dict(element) for element in _STRUCTURES[sides]])
        assert bool(reported) is free, (
            f"preset() reported {'success' if reported else 'failure'}, but the service "
            f"{'stored the elements' if free else 'refused them: a side is not clear'}"
        )
        self._stored |= set(sides) if free else set()

    @precondition(lambda self: not self._stored)
    @rule()
    def presets_with_a_lost_answer(self) -> None:
        """Preset elements of both sides: the service stores them, but answers 504."""
        self.server.faults.add("setCallBackFollowme:http-504*1")
        reported = self.preset([dict(element) for element in _STRUCTURES["AB"]])
        self.server.faults.clear()
        self._stored = {"A", "B"}
        assert reported, "preset() reported failure, but the service stored the elements"

    @rule()
    def clears(self) -> None:
        """Delete the structure."""
        self.clear()
        self._stored = set()

    @rule()
    def starts_a_call(self) -> None:
        """Start a call: it fails unless a number is preset."""
        handle = self.start_call(B_NUMBER, CALLER_ID)
        possible = "A" in self._stored
        assert (handle is not None) is possible, (
            f"start_call() returned {handle!r}, but the call is "
            f"{'possible' if possible else 'impossible: no number is preset'}"
        )
        if possible:
            call_id = self.server.calls()[-1].id
            self._calls.append(_StartedCall(handle, call_id, self._end_of_call()))

    @precondition(lambda self: self._calls)
    @rule(seconds=st.sampled_from([1, 5, 30, 120]))
    def time_passes(self, seconds: int) -> None:
        """Advance the clock."""
        self.server.clock.advance(seconds)

    @invariant()
    def stores_what_the_model_stores(self) -> None:
        """The fake stores the sides that the model has."""
        stored = {element.side for element in self.server.followme(self.customer).elements}
        assert stored == self._stored, f"sides {stored} are stored, expected {self._stored}"

    @invariant()
    def reports_the_outcome_of_the_last_call(self) -> None:
        """The application reports the end of the last call, and nothing before it."""
        if not self._calls:
            return
        last = self._calls[-1]
        call = next(call for call in self.server.calls() if call.id == last.call_id)
        over = call.is_over(round(self.server.clock.time() * 1000))
        reported, expected = self.outcome(last.handle), last.end if over else None
        assert reported == expected, (
            f"outcome() reported {reported!r}, but the call "
            f"{f'ended: {last.end}' if over else 'is still running'}"
        )

    def _end_of_call(self) -> str:
        for side in "AB":
            if self._behaviours[side] != "answers":
                return f"{self._behaviours[side]} {side}"
        return "joined"

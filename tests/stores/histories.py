"""Histories of operations, and whether one order explains them: linearizability.

The search is that of Wing and Gong with Lowe's memory of configurations. An operation without an
answer may have taken effect at any time after its start, or never.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from dataclasses import dataclass, field

MAX_CONFIGURATIONS = 500_000
UNKNOWN = "unknown"  # the answer of an operation whose outcome is not known
EVENTS = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]


@dataclass
class Operation:
    name: str
    argument: object
    started: float
    ended: float = math.inf
    answer: object = UNKNOWN


@dataclass
class History:
    """The operations on one object, from any thread."""

    operations: list[Operation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _last: threading.local = field(default_factory=threading.local)

    def add_read(self, value):
        """Add that the last operation of this thread read ``value`` at some time of its own."""
        last = self._last.operation
        read = Operation("get", None, last.started, last.ended, value)
        with self._lock:
            self.operations.append(read)

    def do(self, name, argument, work):
        """Run ``work`` as an operation; it returns the answer or ``UNKNOWN``."""
        operation = Operation(name, argument, time.monotonic())
        with self._lock:
            self.operations.append(operation)
        self._last.operation = operation
        operation.answer = work()
        if operation.answer is not UNKNOWN:
            operation.ended = time.monotonic()
        return operation.answer

    @property
    def answered(self):
        return sum(operation.answer is not UNKNOWN for operation in self.operations)


def preset_step(state, operation):
    """Return the states in which a preset may be after ``operation``; none contradicts its answer."""
    name, argument, answer = operation.name, operation.argument, operation.answer
    if name == "set":
        if answer is UNKNOWN:
            return [argument if state is None else state]
        return (
            [argument]
            if state is None and answer == "won"
            else [state] * (state is not None and answer == "refused")
        )
    if name == "delete":
        return [None]
    return [state] if answer is UNKNOWN or answer == state else []


def clock_step(state, operation):
    """Return the times at which a clock may be after ``operation``, in ms."""
    name, argument, answer = operation.name, operation.argument, operation.answer
    if answer == "busy":  # refused with 409: it moves nothing
        return [state]
    if name == "advance":
        return [state + argument]
    return [state] if answer == state else []


def is_linearizable(history, step, initial):
    """Return whether one order of the operations explains all answers."""
    operations = sorted(
        (
            operation
            for operation in history.operations
            if not (operation.name == "get" and operation.answer is UNKNOWN)
        ),
        key=lambda operation: operation.started,
    )
    known = sum(1 << i for i, each in enumerate(operations) if each.answer is not UNKNOWN)
    seen = set()
    todo = [(0, initial)]
    while todo:
        done, state = todo.pop()
        if done & known == known:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        assert len(seen) < MAX_CONFIGURATIONS, "undecided: too many operations without an answer"
        limit = math.inf
        for index in itertools.islice(itertools.count(_first_open(done)), len(operations)):
            if index >= len(operations) or operations[index].started > limit:
                break
            if done >> index & 1:
                continue
            limit = min(limit, operations[index].ended)
            todo += [(done | 1 << index, after) for after in step(state, operations[index])]
    return False


def _first_open(done):
    """Return the index of the first operation that is not done."""
    return (~done & (done + 1)).bit_length() - 1


def event_problem(names, *, is_over=True):
    """Return what is wrong with the events of a call in the order of arrival, ``None`` if nothing.

    An event in flight at a death may be sent again, before the next one.
    """
    order = [name for name, _ in itertools.groupby(names)]
    if order != EVENTS[: len(order)]:
        return f"out of order: {names}"
    if is_over and len(order) < len(EVENTS):
        return f"missing: {names}"
    return None

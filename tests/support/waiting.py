"""Waiting for a condition or a value."""

import time

TIMEOUT = 60.0  # seconds


def until(condition, seconds=TIMEOUT):
    """Poll ``condition()`` and return its first true result; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {seconds:g} s: {condition}"
        time.sleep(0.02)
    return value


def until_equal(get, expected, seconds=TIMEOUT):
    """Poll ``get()`` until it returns ``expected``; the failure shows the last value."""
    deadline = time.monotonic() + seconds
    while (value := get()) != expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert value == expected, f"{value!r} after {seconds:g} s, not {expected!r}"

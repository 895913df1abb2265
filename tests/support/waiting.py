"""Waiting for a condition."""

import time


def until(condition, seconds=60.0):
    """Poll ``condition()`` and return its first true result; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {seconds:g} s: {condition}"
        time.sleep(0.02)
    return value

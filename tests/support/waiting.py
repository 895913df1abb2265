"""Waiting for a condition."""

import time


def until(condition, seconds=60.0):
    """Return what ``condition()`` returns as soon as that is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not true within {seconds:g} s: {condition}"
        time.sleep(0.02)
    return value

"""The event loops of the servers: uvloop's for a process, asyncio's without it."""

import sys
import time

from mtt_mock.server.event_loops import RealTimeLoop, process_loop


def type_of_process_loop():
    loop = process_loop()
    loop.close()
    return type(loop)


def test_a_process_that_only_serves_runs_on_uvloop():
    if sys.platform == "win32" or sys.implementation.name != "cpython":
        assert type_of_process_loop() is RealTimeLoop
    else:
        assert type_of_process_loop().__module__ == "uvloop"


def test_without_uvloop_a_process_runs_on_asyncio(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert type_of_process_loop() is RealTimeLoop


def test_the_loop_needs_no_clock_gettime(monkeypatch):
    loop = RealTimeLoop()
    try:
        monkeypatch.delattr(time, "clock_gettime")
        assert abs(loop.time() - time.monotonic()) < 60
    finally:
        loop.close()

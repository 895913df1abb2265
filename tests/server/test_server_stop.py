"""A server that stops: how fast, and what becomes of the last connections."""

import gc
import signal
import socket
import time

import httpx2
import pytest

import mtt_mock
from mtt_mock.server.signals import STOP_SIGNALS, handle_signals


def seconds_to_stop():
    with httpx2.Client(trust_env=False) as client:
        with mtt_mock.serve(clock="manual") as server:
            client.get(server.url)
            start = time.perf_counter()
        return time.perf_counter() - start


def test_an_idle_connection_does_not_delay_a_stop():
    # The fastest of ten, because the machine may be busy with other tests.
    assert min(seconds_to_stop() for _ in range(10)) < 0.1


def test_a_connection_just_before_a_stop_is_closed():
    for _ in range(20):
        with mtt_mock.serve(clock="manual") as server:
            client = socket.create_connection((server.live.host, server.live.port), timeout=10)
        assert client.recv(1) == b""
        client.close()
    gc.collect()  # reports an unclosed socket of the server


@pytest.mark.parametrize(
    ("former", "during"), [(signal.SIG_DFL, print), (signal.SIG_IGN, signal.SIG_IGN)]
)
def test_nohup_keeps_a_server_running(former, during):
    handler = signal.signal(signal.SIGHUP, former)
    try:
        with handle_signals(STOP_SIGNALS, print):
            assert signal.getsignal(signal.SIGHUP) is during
            assert signal.getsignal(signal.SIGTERM) is print
        assert signal.getsignal(signal.SIGHUP) is former
    finally:
        signal.signal(signal.SIGHUP, handler)

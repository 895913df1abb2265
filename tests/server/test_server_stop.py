"""A server that stops: how fast, and what becomes of the last connections."""

import gc
import socket
import time

import httpx2

import mtt_mock


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

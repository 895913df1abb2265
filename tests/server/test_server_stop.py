"""How fast a server stops."""

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

"""Sends the same requests to the application in process and over a raw socket."""

from __future__ import annotations

import pytest
from wire_client import InProcess, OverSocket

from mtt_mock import LiveServer, Settings, create_app, fake_of


@pytest.fixture(scope="session")
def over_socket():
    with LiveServer(create_app()) as live:
        yield OverSocket(live)


@pytest.fixture(scope="session")
def in_process():
    app = create_app()
    return InProcess(app, fake_of(app))


@pytest.fixture(autouse=True)
def _clean(over_socket, in_process):
    for each in (over_socket, in_process):
        each.fake.reset(Settings())


@pytest.fixture(scope="session")
def wires(over_socket, in_process):
    return (in_process, over_socket)


@pytest.fixture(params=["in process", "over a socket"])
def wire(request, in_process, over_socket):
    return in_process if request.param == "in process" else over_socket


@pytest.fixture
def post(wire):
    return wire.post

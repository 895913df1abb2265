"""Wrong clients: the client passes every check, and each wrong client fails its check."""

import pytest
from client_checks import CLIENT_CHECKS
from fake_transport import FakeTransport
from wrong_clients import WRONG_CLIENTS

from mtt_client import MttClient


def run_check(name):
    """Run the check ``name`` on the client."""
    transport = FakeTransport()
    try:
        with MttClient(**transport.options()) as client:
            CLIENT_CHECKS[name](client, transport)
    finally:
        transport.fake.close()


@pytest.mark.parametrize("name", CLIENT_CHECKS)
def test_the_client_passes_every_check(name):
    run_check(name)


@pytest.mark.parametrize("name", WRONG_CLIENTS)
def test_a_wrong_client_fails_its_check(monkeypatch, name):
    broken, change = WRONG_CLIENTS[name]
    change(monkeypatch)
    with pytest.raises((Exception, pytest.fail.Exception)):
        run_check(broken)


def test_each_check_fails_for_a_wrong_client():
    assert {check for check, _ in WRONG_CLIENTS.values()} == set(CLIENT_CHECKS)

"""The client meets every demand, and every wrong client fails the one that it breaks."""

import pytest
from client_checks import CLIENT_CHECKS
from line import Line
from wrong_clients import WRONG_CLIENTS

from mtt_client import MttClient


def demand(name):
    """Hold the client, as it is now, to the demand ``name``."""
    line = Line()
    try:
        with MttClient(**line.options()) as client:
            CLIENT_CHECKS[name](client, line)
    finally:
        line.fake.close()


@pytest.mark.parametrize("name", CLIENT_CHECKS)
def test_the_client_meets_every_demand(name):
    demand(name)


@pytest.mark.parametrize("name", WRONG_CLIENTS)
def test_a_wrong_client_fails_the_demand_that_it_breaks(monkeypatch, name):
    broken, change = WRONG_CLIENTS[name]
    change(monkeypatch)
    with pytest.raises((Exception, pytest.fail.Exception)):
        demand(broken)


def test_every_demand_is_broken_by_a_wrong_client():
    assert {demand for demand, _ in WRONG_CLIENTS.values()} == set(CLIENT_CHECKS)

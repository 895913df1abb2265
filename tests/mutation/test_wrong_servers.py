"""The conformance suite catches every wrong server, and names the fact that is broken."""

import httpx2
import pytest
from wrong_servers import WRONG_SERVERS

import mtt_contracts
from mtt_mock import EventReceiver, FakeClock, create_app, fake_of
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.runner import verify
from mtt_mock.conformance.suite import checks

URL = "http://fake.invalid/index.php"


@pytest.fixture(scope="module")
def receiver():
    with EventReceiver() as receiver:
        yield receiver


@pytest.fixture
def ask_all(receiver):
    """Return the report of a run against an application in process; ``only``: these facts."""
    receiver.clear()

    def ask(app, only=None):
        target = Target(
            url=URL, login="a", password="b", customer="8831405", rate=1e9, budget=2000, timeout=5
        )
        try:
            return verify(
                target,
                transport=httpx2.WSGITransport(app=app.wsgi_app),
                allowed=("change", "calls", "uploads"),
                numbers=["79000010002", "79000010105"],
                receiver=receiver,
                events_url=receiver.url,
                sleep=FakeClock(fake_of(app)).sleep,
                only=only,
            )
        finally:
            fake_of(app).close()

    return ask


def app():
    return create_app(clock="manual")


def test_the_fake_itself_is_confirmed(ask_all):
    report = ask_all(app())
    assert [(finding.fact.id, finding.why) for finding in report.of("refuted")] == []
    assert (report.exit_code, report.abort_reason, report.unrestored) == (0, None, None)
    assert len(report.of("confirmed")) >= 88
    assert len(report.findings) == len(mtt_contracts.facts())


@pytest.mark.parametrize("name", WRONG_SERVERS)
def test_a_wrong_server_is_refuted_by_the_right_fact(ask_all, name):
    fact, mutate = WRONG_SERVERS[name]
    wrong = app()
    mutate(wrong)
    report = ask_all(wrong, only=[fact])
    [finding] = report.of("refuted")
    assert finding.fact.id == fact
    assert finding.why
    assert finding.exchanges


def test_there_are_at_least_thirty_and_their_facts_are_all_asked_about():
    assert len(WRONG_SERVERS) >= 30
    assert {fact for fact, _ in WRONG_SERVERS.values()} <= {check.fact for check in checks()}

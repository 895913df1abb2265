"""Wrong servers: the conformance suite refutes each by the fact that it breaks."""

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
def run_suite(receiver):
    """Return a function that verifies an application in process, ``only`` some facts."""
    receiver.clear()

    def run(app, only=None):
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

    return run


def app():
    return create_app(clock="manual")


def test_the_unchanged_fake_is_confirmed(run_suite):
    report = run_suite(app())
    assert [(finding.fact.id, finding.why) for finding in report.of("refuted")] == []
    assert (report.exit_code, report.abort_reason, report.unrestored) == (0, None, None)
    assert len(report.of("confirmed")) >= 88
    assert len(report.findings) == len(mtt_contracts.facts())


@pytest.mark.parametrize("name", WRONG_SERVERS)
def test_a_wrong_server_fails_its_fact(run_suite, name):
    fact, mutate = WRONG_SERVERS[name]
    wrong = app()
    mutate(wrong)
    report = run_suite(wrong, only=[fact])
    [finding] = report.of("refuted")
    assert finding.fact.id == fact
    assert finding.why
    assert finding.exchanges


def test_the_facts_of_all_wrong_servers_are_checked():
    assert len(WRONG_SERVERS) >= 30
    assert {fact for fact, _ in WRONG_SERVERS.values()} <= {check.fact for check in checks()}

"""Interception with freezegun and time-machine: certificates use real time."""

import datetime as dt
import subprocess
import sys

import freezegun
import pytest
import time_machine

from mtt_mock import Fake, LiveServer
from mtt_mock.server.tls import Authority

DAY = dt.timedelta(days=1)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MTT_MOCK_CA_DIR", str(tmp_path / "ca"))
    return tmp_path / "ca"


@pytest.mark.parametrize("date", ["2000-01-01", "2040-01-01"])
@pytest.mark.parametrize("tool", [freezegun.freeze_time, time_machine.travel])
def test_a_certificate_starts_at_the_real_time(folder, tool, date):
    before = dt.datetime.now(dt.UTC)
    with tool(date):
        authority = Authority.of_machine()
        leaf = authority.issue(["example.com"])
    assert -2 * DAY < authority.certificate.not_valid_before_utc - before < DAY
    assert 29 * DAY < leaf.not_after - before < 31 * DAY


def test_certificates_issued_in_frozen_time_are_valid(tmp_path):
    code = (
        "import freezegun\n"
        "with freezegun.freeze_time('2040-01-01'):\n"
        "    from mtt_mock.server.tls import Authority\n"
        "    Authority.of_machine().issue(['a.example'])\n"
        "print(Authority.of_machine().issue(['a.example']).not_after.year < 2040)\n"
    )
    env = {"MTT_MOCK_CA_DIR": str(tmp_path / "ca"), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_not_yet_valid_authority_is_replaced(folder, caplog):
    ahead = dt.datetime.now(dt.UTC) + 20 * 365 * DAY
    spoilt = Authority.of_machine(now=lambda: ahead)
    assert spoilt.certificate.not_valid_before_utc > dt.datetime.now(dt.UTC)
    repaired = Authority.of_machine()
    assert repaired.certificate.not_valid_before_utc < dt.datetime.now(dt.UTC)
    assert "replaces its certificate authority" in caplog.text
    assert Authority.of_machine().certificate == repaired.certificate


@pytest.mark.parametrize("real_asyncio", [False, True])
def test_a_server_starts_and_stops_in_frozen_time(real_asyncio):
    with freezegun.freeze_time("2024-05-05", real_asyncio=real_asyncio):
        server = LiveServer(Fake())
        server.start()
        server.stop()


def test_a_server_reports_an_ended_thread(monkeypatch):
    server = LiveServer(Fake())

    async def serve(**_options):
        raise RuntimeError("another loop is running")

    monkeypatch.setattr(server._server, "serve", serve)
    with pytest.raises(RuntimeError, match="ended at its start: another loop is running"):
        server.start()


def test_an_intercepted_test_in_the_past_reaches_the_fake(pytester):
    pytester.makeini("[pytest]\nmtt_intercept = true\n")
    pytester.makepyfile(
        """
        import json, urllib.request
        from freezegun import freeze_time

        @freeze_time("2020-02-02")
        def test_it(mtt_intercept):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "rpc.discover"}).encode()
            request = urllib.request.Request("https://webapicommon.mtt.ru/index.php", body)
            try:
                urllib.request.urlopen(request, timeout=20).read()
            except urllib.error.HTTPError as error:
                assert error.code == 401
        """
    )
    pytester.runpytest_subprocess("-q", timeout=60).assert_outcomes(passed=1)

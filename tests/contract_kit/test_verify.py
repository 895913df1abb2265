"""The command ``verify`` against live fakes and other servers."""

import getpass
import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from xml.etree import ElementTree as ET

import httpx2
import pytest
from endpoints import (
    CUSTOMER,
    ELEMENTS,
    OTHER,
    closed_port,
    preset,
    stored,
    verify_arguments,
)

from mtt_mock.cli.main import main
from mtt_mock.conformance import runner
from mtt_mock.server.handles import serve
from support.one_response import answering
from support.processes import MTT_MOCK

FACTS = ["--fact", "set.success", "--fact", "rpc.success"]
BACKUP = f"mtt-mock-backup-{CUSTOMER}.json"


@pytest.fixture
def server():
    with serve() as server:
        yield server


@pytest.fixture
def verify(run_main, tmp_path, monkeypatch):
    """Return a function that runs ``mtt-mock verify`` of a URL in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MTT_PASSWORD", "password")
    return lambda url, *more: run_main(*verify_arguments(url, *more))


def changed(server):
    """Return the customers of all requests that change a structure."""
    return {
        each.customer
        for each in server.journal
        if str(each.method).startswith(("setCallBackF", "deleteCallBackF")) and not each.error
    }


def until(condition, process):
    """Wait until ``condition()``; the run must not end before that."""
    end = time.monotonic() + 60
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def started(url, tmp_path, *more):
    return subprocess.Popen(
        [*MTT_MOCK, *verify_arguments(url, "--yes", "--rate", "40", *more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"MTT_PASSWORD": "password"},
    )


def test_the_fake_confirms_every_testable_fact(server, tmp_path, verify):
    preset(server, caller_id="74951001010", defaultBNumber="79000000018")
    preset(server, OTHER)
    done = verify(server.url, "--yes")
    assert (done.returncode, " 0 refuted" in done.stdout) == (0, True), done.stdout[-3000:]
    assert stored(server) == (ELEMENTS, "74951001010", "79000000018")
    assert stored(server, OTHER) == (ELEMENTS, None, None)
    assert "restored: the structure of 2 elements" in done.stdout
    assert list(tmp_path.iterdir()) == []  # the copy of what was found is gone
    assert server.calls() == []
    asked = {each.method for each in server.journal}
    assert asked.isdisjoint({"setCallBackPrompt", "makeCallBackCallFollowme"})


def test_without_yes_it_only_announces_its_changes(server, verify):
    preset(server)
    before = len(server.journal)
    done = verify(server.url)
    assert done.returncode == 2
    assert done.stderr == (
        f"This run changes the structure of customer {CUSTOMER} at {server.url}: it deletes it, "
        "sets others, and\n"
        f"restores the original one. Until then {BACKUP} holds a backup.\n"
        "At most 500 requests, 1000 per second. It makes no calls. It uploads nothing.\n"
        "mtt-mock: nothing was sent; agree with --yes, or use --read-only\n"
    )
    assert len(server.journal) == before


def test_every_number_that_is_called_is_announced(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    numbers = [
        "--number",
        "79000000001",
        "--busy-number",
        "79000009001",
        "--silent-number",
        "79000009002",
    ]
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert main(verify_arguments(server.url, "--allow-calls", *numbers)) == 2
    announced = capsys.readouterr().err
    assert "It calls 79000000001 and 79000009001 and 79000009002." in announced


def test_read_only_needs_no_confirmation(server, verify):
    preset(server)
    done = verify(server.url, "--read-only")
    assert done.returncode == 0, done.stdout[-2000:]
    assert "changes the structure; not with --read-only" in done.stdout
    assert changed(server) == {CUSTOMER}  # by preset
    assert stored(server) == (ELEMENTS, None, None)


def test_other_customers_are_never_changed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.chdir(tmp_path)
    with serve(clock="manual", journal_size=1000) as server:
        # The calls take no time: the run sleeps by the fake's clock.
        monkeypatch.setattr(runner, "verify", partial(runner.verify, sleep=server.clock.sleep))
        code = main(
            verify_arguments(
                server.url, "--yes", "--allow-large", "--allow-wrong-password",
                "--allow-uploads", "--allow-calls", "--number", "79000000001",
                "--number", "79000000002", "--caller-id", "74951001010",
            )
        )  # fmt: skip
        assert code in (0, 1), capsys.readouterr().err
        assert changed(server) == {CUSTOMER}
        calls = [
            each.params for each in server.journal if each.method == "makeCallBackCallFollowme"
        ]
    assert len(calls) >= 2
    assert {str(each.get("b_number")) for each in calls} <= {"None", "79000000002"}


def test_a_lost_response_causes_no_second_call(tmp_path, monkeypatch, capsys):
    from mtt_mock.conformance.probe_client import NoResponseError, ProbeClient

    of_customer = ProbeClient.of_customer

    def lost(ask, method, **params):
        answer = of_customer(ask, method, **params)
        if "callBackCall_id" in str(answer.body):
            raise NoResponseError("ReadTimeout")
        return answer

    monkeypatch.setattr(ProbeClient, "of_customer", lost)
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.chdir(tmp_path)
    facts = ["call.id", "info.currency", "info.running", "info.destination"]
    with serve() as server:
        code = main(
            verify_arguments(
                server.url, "--yes", "--allow-calls", "--number", "79000000001",
                *[part for fact in facts for part in ("--fact", fact)],
            )
        )  # fmt: skip
        assert len(server.calls()) == 1
    assert code == 1
    out = capsys.readouterr().out
    assert out.count("a call was requested, and no response arrived") == 3
    assert "call.id                      [" in out
    assert "no response: ReadTimeout" in out


def test_a_refuted_fact_shows_its_exchange(verify):
    with serve(error_status=200) as server:
        preset(server)
        done = verify(
            server.url, "--yes", "--fact", "transport.status.error", "--fact", "set.success"
        )
        assert stored(server) == (ELEMENTS, None, None)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    at = next(index for index, line in enumerate(lines) if "REFUTED" in line)
    assert lines[at : at + 4] == [
        "  REFUTED  transport.status.error       [assumption] A single error envelope comes with HTTP 500.",
        "           a single error comes with 500: status: seen 200, expected 500",
        '           > POST /index.php {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}',
        "           < HTTP 200 "
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found","data":null}}',
    ]
    assert lines[-2].startswith("1 confirmed, 1 refuted, 0 not tested; ")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_restores_the_structure(server, tmp_path, name):
    preset(server)
    process = started(server.url, tmp_path)
    until(lambda: len(server.journal) > 30, process)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.splitlines()[-2:] == [
        "restored: the structure of 2 elements",
        "mtt-mock: interrupted",
    ]
    assert "facts: interrupted" in out
    assert "ok       rpc.success" in out or "ok       transport.endpoint" in out
    assert stored(server) == (ELEMENTS, None, None)
    assert list(tmp_path.iterdir()) == []


def test_signals_do_not_interrupt_the_restore(server, tmp_path):
    preset(server)
    process = started(server.url, tmp_path, "--rate", "5")
    until(lambda: server.followme(CUSTOMER).elements[:1] != (), process)
    until(lambda: len(server.journal) > 8, process)
    process.send_signal(signal.SIGINT)
    line = ""
    count = len(server.journal)
    until(lambda: len(server.journal) > count, process)  # it is restoring
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    line = process.communicate(timeout=60)[1]
    assert "restored: the structure of 2 elements" in line
    assert stored(server) == (ELEMENTS, None, None)


def test_a_dead_server_leaves_the_backup(tmp_path):
    with serve() as server:
        preset(server, caller_id="74951001010")
        process = started(server.url, tmp_path)
        until(lambda: len(server.journal) > 30, process)
        url = server.url
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "facts: the endpoint has stopped answering" in out
    assert "COULD NOT RESTORE the original state: " in err
    assert '"redirect_number": "79000000017"' in err
    delete = (
        '{"jsonrpc": "2.0", "id": 1, "method": "deleteCallBackFollowme", '
        f'"params": {{"customer_name": "{CUSTOMER}"}}}}'
    )
    at = err.splitlines().index(f"The backup is {BACKUP}. To restore it:")
    assert err.splitlines()[at + 1 : at + 3] == [
        f"  curl -u login -d '{delete}' {url}",
        f"  curl -u login -d @{BACKUP} {url}",
    ]
    assert (tmp_path / BACKUP).stat().st_mode & 0o777 == 0o600
    with serve() as server:  # the file is the request that puts it back
        answer = httpx2.post(
            server.url, content=(tmp_path / BACKUP).read_bytes(), auth=("login", "password")
        )
        assert answer.json()["result"] == {"success": 1}
        assert stored(server) == (ELEMENTS, "74951001010", None)


def test_an_existing_backup_is_not_overwritten(server, tmp_path, verify):
    (tmp_path / BACKUP).write_text("{}")
    done = verify(server.url, "--yes")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"mtt-mock: {BACKUP} holds a structure that an earlier run could not restore; restore it, "
        "then remove the file"
    )
    assert list(server.journal) == []
    assert (tmp_path / BACKUP).read_text() == "{}"


def test_the_path_of_the_backup_can_be_chosen(server, tmp_path):
    preset(server)
    place = tmp_path / "copy.json"
    process = started(server.url, tmp_path, "--backup", str(place))
    until(place.exists, process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert stored(server) == (ELEMENTS, None, None)
    assert not place.exists()


@pytest.mark.parametrize(
    "result",
    [["Ringall"], {"elements": [1]}, {"callBackFollowmeStruct": {"1": {}}}],
    ids=["list", "other key", "object"],
)
def test_an_unrestorable_structure_is_not_changed(result, verify):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode()
    with answering(200, "application/json", body) as url:
        done = verify(url, "--yes")
    assert done.returncode == 2
    assert "not a structure that a run can restore" in done.stderr.splitlines()[-1]
    assert "; 1 request to" in done.stdout
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("stopped early, before ")
    assert not any("the run stopped" in line for line in lines)


def test_a_refused_login_is_reported_in_one_line(verify):
    with serve(accounts=["ann:secret"]) as server:
        done = verify(server.url, "--yes")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        "mtt-mock: the login is refused (HTTP 401); check --login and password"
    )


@pytest.mark.parametrize(
    ("status", "kind", "body", "message"),
    [
        (200, "text/html", b"<html>Welcome</html>", 'answers HTTP 200 with HTML: "<html>Welcome'),
        (503, "text/html", b"<h1>Maintenance</h1>", "answers HTTP 503 with HTML"),
        (200, "text/plain", b"It works!", 'answers HTTP 200 with no JSON-RPC: "It works!"'),
        (200, "application/json", b"[]", "answers HTTP 200 with no JSON-RPC"),
        (403, "text/html", b"<html>", "the login is refused (HTTP 403)"),
    ],
    ids=["html", "maintenance", "text", "other json", "403"],
)
def test_other_servers_are_reported_in_one_line(status, kind, body, message, verify):
    with answering(status, kind, body) as url:
        done = verify(url, "--yes")
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_redirect_is_named_and_not_followed(verify):
    with answering(301, "text/html", b"", [("Location", "https://elsewhere.example/")]) as url:
        done = verify(url, "--yes")
    assert done.returncode == 2
    assert "redirects to https://elsewhere.example/" in done.stderr.splitlines()[-1]


def test_a_closed_port_is_reported_in_one_line(verify):
    url = f"http://127.0.0.1:{closed_port()}/index.php"
    done = verify(url, "--yes")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"mtt-mock: cannot reach {url}: ConnectError")


def test_a_tls_error_is_reported_in_one_line(server, verify):
    port = server.live.tls_port(("127.0.0.1",))
    for url, reason in (
        (f"https://127.0.0.1:{port}/index.php", "certificate verify failed"),
        (server.url.replace("http:", "https:"), "SSL"),
    ):
        done = verify(url, "--yes")
        assert done.returncode == 2
        assert f"cannot reach {url}: " in done.stderr.splitlines()[-1]
        assert reason in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ftp://host/"], "not an http(s) URL: ftp://host/"),
        (["http://"], "not an http(s) URL: http://"),
        (["http://[::1/"], "not an http(s) URL: http://[::1/"),
        (["http://host:99999/"], "not an http(s) URL: http://host:99999/"),
        (["http://a:b@host/"], "the URL must not hold a password; use --login and --password-env"),
        (["--fact", "no.such"], "the contract has no fact no.such"),
        (["--allow-calls"], "--allow-calls needs --number, a number that may be called"),
        (
            ["--read-only", "--allow-uploads"],
            "--read-only excludes --allow-calls and --allow-uploads",
        ),
        (["--password-env", "NO_SUCH"], "the variable NO_SUCH is not set"),
        (
            ["--json", "/no/such/report.json"],
            "cannot write /no/such/report.json: its folder does not exist, or it is a folder",
        ),
        (
            ["--confirmations", "noted.json"],
            "127.0.0.1 is this machine: a fake here confirms nothing about the service",
        ),
        (
            ["--events-url", "http://x/", "--events-host", "192.0.2.1"],
            "cannot listen for events on 192",
        ),
    ],
)
def test_contradicting_options_stop_the_run_first(
    server, tmp_path, monkeypatch, capsys, arguments, message
):
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.chdir(tmp_path)
    given = verify_arguments(server.url, "--yes")
    if "://" in arguments[0]:
        given[1], arguments = arguments[0], []
    assert main([*given, *arguments]) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"mtt-mock: {message}")
    assert list(server.journal) == []


@pytest.mark.parametrize(
    ("option", "value"), [("--rate", "0"), ("--budget", "1.5"), ("--rate", "inf")]
)
def test_budget_and_rate_are_numbers_above_0(option, value, capsys):
    with pytest.raises(SystemExit) as ended:
        main(verify_arguments("http://127.0.0.1:1/", option, value))
    assert ended.value.code == 2
    assert f"'{value}' is not a number above 0" in capsys.readouterr().err


def test_no_option_takes_a_password(capsys):
    with pytest.raises(SystemExit) as ended:
        main(verify_arguments("http://127.0.0.1:1/", "--password", "secret"))
    assert ended.value.code == 2
    assert "unrecognized arguments: --password" in capsys.readouterr().err


def test_the_password_is_prompted_for(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    asked = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt: asked.append(prompt) or "password")
    arguments = verify_arguments(server.url, "--read-only", *FACTS)
    del arguments[4:6]  # --password-env
    assert main(arguments) == 0
    assert asked == ["Password of login: "]


def test_without_a_terminal_it_names_the_password_option(server, run_main):
    arguments = verify_arguments(server.url, "--read-only")
    del arguments[4:6]
    done = run_main(*arguments)
    assert (done.returncode, done.stderr) == (
        2,
        "mtt-mock: no password: name a variable that holds it with --password-env\n",
    )


def test_at_a_terminal_yes_can_be_typed(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MTT_PASSWORD", "password")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    for typed, code in (("no", 2), ("yes", 0)):
        monkeypatch.setattr("builtins.input", lambda _prompt, typed=typed: typed)
        assert main(verify_arguments(server.url, *FACTS)) == code


def test_a_spent_budget_still_restores_the_structure(server, tmp_path, verify):
    preset(server)
    before = len(server.journal)
    done = verify(server.url, "--yes", "--budget", "20", "--junit", "r.xml")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "mtt-mock: the budget of 20 requests is spent"
    assert len(server.journal) - before == 23  # delete, set and get put it back
    assert stored(server) == (ELEMENTS, None, None)
    suite = ET.parse(tmp_path / "r.xml").getroot()
    assert suite.get("errors") == "1"
    error = suite.find(".//testcase[error]/error")
    assert error.get("message") == "the budget of 20 requests is spent"


def test_the_rate_limits_requests_per_second(server, verify):
    done = verify(server.url, "--yes", "--rate", "20", "--fact", "set.atomic")
    assert done.returncode == 0, done.stdout
    count = len(server.journal)
    times = [each.at for each in server.journal]
    assert count >= 9
    assert times[-1] - times[0] >= (count - 1) / 20 * 0.9


def test_the_reports_hold_every_fact_with_its_evidence(tmp_path, verify):
    with serve(error_status=200) as server:
        done = verify(server.url, "--yes", "--json", "report.json", "--junit", "report.xml",
                "--fact", "transport.status.error", "--fact", "set.success", "--fact", "ring.ringall")  # fmt: skip
    assert done.returncode == 1, done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["endpoint"] == server.url
    assert report["counts"] == {"confirmed": 1, "refuted": 1, "not tested": 1}
    assert (report["restored"], report["abort_reason"]) == (True, None)
    facts = {each["id"]: each for each in report["facts"]}
    assert facts["set.success"]["evidence"] == "doc"
    refuted = facts["transport.status.error"]
    assert refuted["evidence"] == "assumption"
    assert refuted["last_response"].startswith("HTTP 200 ")
    assert refuted["exchanges"][0]["status"] == 200
    suite = ET.parse(tmp_path / "report.xml").getroot()
    counts = [suite.get(name) for name in ("tests", "failures", "skipped", "errors")]
    assert counts == ["3", "1", "1", "0"]
    failed = suite.find(".//testcase[failure]")
    assert failed.get("name") == "transport.status.error"


def test_no_report_holds_password_or_number(server, tmp_path, verify):
    preset(server)
    done = verify(server.url, "--yes", "--verbose", "--json", "r.json", "--junit", "r.xml")
    written = (tmp_path / "r.json").read_text("utf-8") + (tmp_path / "r.xml").read_text("utf-8")
    for secret in ("bG9naW46", "79000000017", "password123"):
        assert secret not in done.stdout + done.stderr + written


def test_verbose_shows_responses_about_assumptions(server, verify):
    done = verify(server.url, "--yes", "--verbose", "--fact", "get.nothing")
    assert "           response: HTTP 500 " in done.stdout
    assert "Callback followme structure not found" in done.stdout

"""``mtt-mock exec`` and ``proxy`` with another fake, a tape or a JUnit file."""

import json
import re
import subprocess
import sys
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from requests_by_commands import SET, call

import mtt_mock
from mtt_mock.conformance.recording import tape as tapes
from support.processes import serving

pytestmark = pytest.mark.process

URL = "https://webapicommon.mtt.ru/index.php"
MTT_URL_PROGRAM = f"""
import base64, sys, urllib.error, urllib.request
request = urllib.request.Request({URL!r}, sys.argv[1].encode())
request.add_header("Authorization", "Basic " + base64.b64encode(b"a:b").decode())
try:
    print(urllib.request.urlopen(request).read().decode())
except urllib.error.HTTPError as error:
    print(error.code)
    error.close()
"""
DELETE = json.dumps(call("deleteCallBackFollowme"))


@pytest.fixture
def team():
    """Return a fake that runs elsewhere, as a team's."""
    with mtt_mock.serve() as server:
        yield server


# A fake that runs already.


def test_requests_go_to_the_fake_at_the_url(execute, team):
    done = execute(
        sys.executable, "-c", MTT_URL_PROGRAM, DELETE, options=["--fake", team.url, "--strict"]
    )
    assert json.loads(done.stdout)["result"] == {"success": 1}
    assert done.returncode == 0
    assert done.stderr == (
        f"mtt-mock: 1 request forwarded to {team.url}\nmtt-mock:   POST /index.php 200\n"
    )
    assert [exchange.method for exchange in team.journal] == ["deleteCallBackFollowme"]


def test_a_refused_login_fails_a_strict_run(execute):
    with mtt_mock.serve(accounts=["ann:secret"]) as team:
        origin = team.url.removesuffix("/index.php")
        done = execute(
            sys.executable, "-c", MTT_URL_PROGRAM, DELETE,
            options=["--fake", origin, "--strict=problems,none-reached"],
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "401\n")
    assert "mtt-mock: --strict: POST /index.php 401: the login is refused\n" in done.stderr


@pytest.mark.unmeasured
def test_an_unreachable_fake_fails_a_strict_run(execute):
    with serving() as other:
        program = (
            "import os, signal, socket, time\n"
            f"os.kill({other.pid}, signal.SIGKILL)\n"
            f"while not socket.socket().connect_ex(('127.0.0.1', {urlsplit(other.url).port})): "
            "time.sleep(0.01)\n"
            f"{MTT_URL_PROGRAM}"
        )
        done = execute(
            sys.executable, "-c", program, DELETE, options=["--fake", other.url, "--strict"]
        )
    assert (done.returncode, done.stdout) == (3, "502\n")
    assert "mtt-mock: --strict: POST /index.php failed: no answer: " in done.stderr


def test_a_strict_run_without_requests_fails(execute, team):
    done = execute("true", options=["--fake", team.url, "--strict"])
    assert done.returncode == 3
    assert done.stderr.startswith("mtt-mock: 0 requests reached the fake\nmtt-mock: WARNING: ")
    assert execute("true", options=["--fake", team.url, "--strict", "--allow-none"]).returncode == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--fake", URL], f"--fake {URL} is MTT's own host; give the URL of a fake"),
        (["--fake", "https://a.example/", "--mtt-host", "a.example"], "is MTT's own host"),
        (["--fake", "nonsense"], "--fake: not an http(s) URL: nonsense"),
        (["--fake", "http://127.0.0.1:1/other"], "--fake must be an origin or end in /index.php"),
        (["--fake", "http://a:b@127.0.0.1:1/"], "--fake must be an origin or end in /index.php"),
        (["--fake", "http://127.0.0.1:1/"], "http://127.0.0.1:1/ does not answer: "),
        (["--fake", "http://x/", "--state", "f"], "--state is for a new fake; the one at --fake"),
        (["--fake", "http://x/", "--account", "a:b"], "--account is for a new fake"),
        (["--fake", "http://x/", "--wait-for-calls"], "--wait-for-calls is for a new fake"),
        (
            ["--fake", "http://x/", "--strict=errors"],
            "--strict=errors needs the journal of a new fake; --fake URL supports problems, "
            "none-reached",
        ),
    ],
)
def test_an_unusable_fake_is_refused_in_one_line(run_main, options, message):
    done = run_main("exec", *options, "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


# A tape.


def test_the_exchanges_of_an_unmodified_program_are_recorded(execute, tmp_path):
    tape = tmp_path / "mtt.jsonl"
    done = execute(
        sys.executable, "-c", MTT_URL_PROGRAM, json.dumps(SET), options=["--record", tape]
    )
    assert json.loads(done.stdout)["result"] == {"success": 1}
    assert "mtt-mock: 1 request: 1 setCallBackFollowme\n" in done.stderr
    assert done.stderr.endswith(f"mtt-mock: 1 exchanges on {tape}\n")
    [exchange] = tapes.read(str(tape)).exchanges
    assert (exchange.status, json.loads(exchange.body)["method"]) == (200, "setCallBackFollowme")
    assert "79000000001" not in tape.read_text()  # numbers are replaced


def test_exchanges_with_the_other_fake_are_recorded_too(execute, team, tmp_path):
    tape = tmp_path / "mtt.jsonl"
    options = ["--record", tape, "--fake", team.url, "--quiet"]
    execute(sys.executable, "-c", MTT_URL_PROGRAM, DELETE, options=options)
    assert [exchange.status for exchange in tapes.read(str(tape)).exchanges] == [200]


def test_a_tape_that_exists_is_not_overwritten(execute, tmp_path):
    tape = tmp_path / "mtt.jsonl"
    tape.write_text("kept")
    done = execute("true", options=["--record", tape])
    assert (done.returncode, done.stderr) == (
        2,
        f"mtt-mock: cannot write {tape}: it exists; delete it, or give another name\n",
    )
    assert tape.read_text() == "kept"


# A JUnit file.


def outcomes(path):
    """Return the outcome of each test case, by its name."""
    return {
        case.get("name"): "".join(child.tag + ": " + child.get("message") for child in case)
        for case in ET.parse(path).getroot()
    }


def test_a_junit_file_has_the_command_and_each_category(asking, tmp_path):
    junit = tmp_path / "mtt.xml"
    done = asking(SET, SET, "nonsense", options=["--junit", junit, "--strict=conflicts,problems"])
    assert done.returncode == 3
    cases = outcomes(junit)
    assert cases.pop("problems").startswith(
        "failure: contract problem: (no method): error -32700: the body is not JSON: "
    )
    assert cases == {
        "command": "",
        "errors": "skipped: not part of --strict",
        "conflicts": "failure: conflict without a delete after it: setCallBackFollowme: Side A "
        "not clear. Delete before insert",
        "none-reached": "skipped: not part of --strict",
        "refused": "skipped: not part of --strict",
    }
    suite = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("6", "2", "3")


def test_junit_reports_a_failed_command(execute, tmp_path):
    junit = tmp_path / "mtt.xml"
    done = execute("sh", "-c", "exit 7", options=["--junit", junit, "--strict", "--allow-none"])
    assert done.returncode == 7
    assert outcomes(junit)["command"] == "failure: exit code 7"


def test_junit_reports_a_command_that_cannot_be_run(execute, tmp_path):
    junit = tmp_path / "mtt.xml"
    done = execute("no-such-command", options=["--junit", junit])
    assert done.returncode == 127
    [failure] = ET.parse(junit).iter("failure")
    assert failure.text == "exit code 127\nno-such-command: command not found"


def test_an_unwritable_junit_file_is_reported(execute, tmp_path):
    done = execute("true", options=["--junit", tmp_path, "--quiet"])
    assert done.returncode == 2
    assert done.stderr == f"mtt-mock: cannot write {tmp_path}: Is a directory\n"


# The proxy.


@pytest.mark.unmeasured
def test_the_proxy_forwards_to_the_fake_and_records(team, tmp_path):
    tape = tmp_path / "mtt.jsonl"
    command = ("proxy", "--port", "0", "--http-port", "0", "--tls-port", "0")
    with serving("--fake", team.url, "--record", tape, command=command) as process:
        banner = "\n".join(process.banner)
        line = re.search(r'eval "\$\(mtt-mock (env .*)\)"', banner).group(1)
        script = f'eval "$({sys.executable} -m mtt_mock {line})"; exec "$@"'
        done = subprocess.run(
            ["sh", "-c", script, "sh", sys.executable, "-c", MTT_URL_PROGRAM, DELETE],
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.stop() == (0, ["mtt-mock stopped."])
    assert json.loads(done.stdout)["result"] == {"success": 1}
    assert f"The fake itself: {team.url}" in banner
    assert [exchange.method for exchange in team.journal] == ["deleteCallBackFollowme"]
    assert [exchange.status for exchange in tapes.read(str(tape)).exchanges] == [200]

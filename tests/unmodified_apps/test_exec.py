"""The command ``exec``: exit codes, signals, the summary, ``--strict``."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from requests_by_commands import ASK, SET, call

from mtt_mock.interception.exec.command import forwarded_signals, wait_for_process
from support.processes import MTT_MOCK, run

pytestmark = pytest.mark.process

EXEC = [*MTT_MOCK, "exec"]


def execute_elsewhere(*command, options=(), **more):
    return run("exec", *options, "--", *command, **more)


def odd(**changes):
    request = json.loads(json.dumps(SET))
    request["params"]["callBackFollowmeStruct"][0] |= changes
    return request


@pytest.mark.unmeasured
@pytest.mark.parametrize("code", [0, 1, 2, 3, 42, 255])
def test_the_exit_code_is_the_commands(execute, code):
    assert execute(sys.executable, "-c", f"raise SystemExit({code})").returncode == code


def test_a_signal_gives_exit_code_128_plus_its_number(execute):
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert execute(sys.executable, "-c", kill).returncode == 137


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_signals_are_forwarded_and_the_answer_to_them_counts(name):
    code = (
        "import signal, sys\n"
        f"signal.pthread_sigmask(signal.SIG_BLOCK, [signal.{name}])\n"
        "print('ready', flush=True)\n"
        f"signal.sigwait([signal.{name}])\n"  # one that came before it counts too
        "sys.exit(7)\n"
    )
    process = subprocess.Popen(
        [*EXEC, "--", sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # no terminal
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, name))
        assert process.wait(timeout=30) == 7
        assert process.stderr.read().startswith("mtt-mock: 0 requests reached the fake\n")


def test_signals_before_the_command_runs_are_sent_to_it_then():
    with forwarded_signals() as set_target:
        os.kill(os.getpid(), signal.SIGUSR1)
        sent = []
        set_target(sent.append)
        os.kill(os.getpid(), signal.SIGUSR2)
    assert sent == [signal.SIGUSR1, signal.SIGUSR2]


def test_signals_are_forwarded_to_a_child_that_is_waited_for():
    former = signal.signal(signal.SIGUSR1, lambda *_: None)  # until the forwarding begins
    try:
        code = "while :; do kill -USR1 $PPID; sleep 0.05; done"
        pid = os.posix_spawn("/bin/sh", ["sh", "-c", code], os.environ)
        assert wait_for_process(pid) == 128 + signal.SIGUSR1
    finally:
        signal.signal(signal.SIGUSR1, former)


# Libraries of other tests leave threads; the child process uses none of them.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_ctrl_c_on_a_terminal_reaches_the_command_once():
    pty = pytest.importorskip("pty")
    code = (
        "import signal, sys, time\n"
        "got = []\n"
        "signal.signal(signal.SIGINT, lambda *_: got.append(1))\n"
        "print('ready', flush=True)\n"
        "while not got: time.sleep(0.02)\n"
        "end = time.monotonic() + 0.3\n"
        "while time.monotonic() < end: time.sleep(0.05)\n"
        "print('got', len(got), 'signals', flush=True)\n"
    )
    number, terminal = pty.fork()
    if number == 0:  # pragma: no cover
        os.execv(sys.executable, [*EXEC, "--quiet", "--", sys.executable, "-c", code])
    output = b""
    while b"ready" not in output:
        output += os.read(terminal, 1000)
    os.write(terminal, b"\x03")
    while b"signals" not in output:
        output += os.read(terminal, 1000)
    _, status = os.waitpid(number, 0)
    os.close(terminal)
    assert b"got 1 signals" in output
    assert os.waitstatus_to_exitcode(status) == 0


def test_missing_commands_are_127_and_others_126(execute, tmp_path):
    done = execute("no-such-command-here")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr == "mtt-mock: no-such-command-here: command not found\n"
    assert "for a line of the shell, write: sh -c" in execute("ls -l").stderr
    (tmp_path / "file").write_text("x")
    done = execute(str(tmp_path / "file"))
    assert done.returncode == 126
    assert done.stderr == f"mtt-mock: {tmp_path / 'file'}: Permission denied\n"
    assert execute(str(tmp_path)).returncode == 126
    done = execute("a\0b")
    assert (done.returncode, done.stderr) == (
        126,
        "mtt-mock: the command holds a NUL character\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give a command: mtt-mock exec -- COMMAND [ARGUMENT...]"),
        (["--"], "give a command: mtt-mock exec -- COMMAND [ARGUMENT...]"),
        (["--url-var", "a b", "--", "true"], "--url-var: 'a b' is not the name of a variable"),
        (["--mtt-host", "https://x", "--", "true"], "'https://x' is not a host"),
        (["--account", "x", "--", "true"], "write an account as login:password"),
        (["--error-status", "99", "--", "true"], "error_status must be from 200 to 599, got 99"),
        (["--isolate", "--mtt-host", "a/b", "--", "true"], "'a/b' is not a host"),
        (["--store", "nonsense", "--", "true"], "--store: "),
        (["--state", "/no/such/file", "--", "true"], "/no/such/file"),
    ],
)
def test_failures_of_mtt_mock_end_with_exit_code_2(run_main, arguments, message):
    done = run_main("exec", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("mtt-mock: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_options_after_the_command_are_the_commands(execute):
    done = execute("printf", "%s %s", "--strict", "--quiet")
    assert done.stdout == "--strict --quiet"
    assert "0 requests" in done.stderr


def test_the_environment_is_extended(tmp_path):
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    given = os.environ | {
        "OURS": "kept",
        "NO_PROXY": "example.com,.mtt.ru,*",
        "NODE_OPTIONS": "--max-old-space-size=900",
        "PHP_INI_SCAN_DIR": "/etc/php.d",
        "PYTHONPATH": str(tmp_path),
    }
    done = execute_elsewhere(
        sys.executable, "-c", code, options=["--url-var", "APP_MTT_URL"], env=given
    )
    got = json.loads(done.stdout)
    assert got["OURS"] == "kept"
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/index\.php", got["MTT_MOCK_URL"])
    assert got["APP_MTT_URL"] == got["MTT_MOCK_URL"]
    assert re.fullmatch(r"https://localhost:\d+/index\.php", got["MTT_MOCK_TLS_URL"])
    proxies = {got[name] for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")}
    assert len(proxies) == 1
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", proxies.pop())
    assert got["NO_PROXY"] == got["no_proxy"] == "example.com,localhost,127.0.0.1,::1"
    bundles = {
        got[name]
        for name in (
            "SSL_CERT_FILE",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "NODE_EXTRA_CA_CERTS",
        )
    }
    assert len(bundles) == 1
    bundle = Path(bundles.pop()).read_text()
    assert "BEGIN CERTIFICATE" in bundle
    [certificates] = Path(got["GUILE_TLS_CERTIFICATE_DIRECTORY"]).iterdir()
    assert certificates.read_text() == bundle
    assert got["NODE_OPTIONS"].endswith(" --max-old-space-size=900")
    assert got["PHP_INI_SCAN_DIR"].startswith("/etc/php.d:")
    assert got["PYTHONPATH"].endswith(f":{tmp_path}")


def test_the_https_url_is_trusted_by_the_command(execute):
    code = (
        "import os, urllib.request as u\n"
        "r = u.Request(os.environ['MTT_MOCK_TLS_URL'], method='OPTIONS')\n"
        "with u.urlopen(r) as a: print(a.status)\n"
    )
    assert execute(sys.executable, "-c", code).stdout == "200\n"


def test_the_fake_has_the_settings_of_serve(asking):
    done = asking(SET, options=["--account", "ann:secret"])
    assert "mtt-mock:   setCallBackFollowme: 401 no or wrong credentials\n" in done.stderr


def test_the_fake_follows_profile_and_stubs(asking, tmp_path):
    profile, stubs = tmp_path / "mtt.toml", tmp_path / "stubs.toml"
    profile.write_text('[facts]\n"get.nothing" = {code = -32603, data = "Nothing here"}\n')
    stubs.write_text(
        'version = 1\n[[stubs]]\nmethod = "getCustomerBalance"\n'
        'error = [-32002, "Permission denied", "No access"]\n'
    )
    done = asking(
        call("getCallBackFollowme"),
        call("getCustomerBalance"),
        options=["--profile", profile, "--stubs", stubs, "--strict=errors"],
    )
    assert done.returncode == 3
    assert "  getCallBackFollowme: Nothing here\n" in done.stderr
    assert "  getCustomerBalance: No access\n" in done.stderr


def test_a_database_keeps_state_between_runs(asking, tmp_path):
    store = ["--store", f"sqlite:///{tmp_path}/mtt.db", "--strict"]
    assert asking(SET, options=store).returncode == 0
    done = asking(SET, options=store)
    assert done.returncode == 3
    assert "--strict: conflict without a delete after it" in done.stderr


def test_a_file_gives_the_state_at_the_start(asking, run_main, tmp_path):
    store, state = f"sqlite:///{tmp_path}/mtt.db", tmp_path / "state.json"
    assert asking(SET, options=["--store", store]).returncode == 0
    assert run_main("state", "export", store, "-o", state).returncode == 0
    done = asking(SET, options=["--state", state])
    assert "1 conflict: 1 setCallBackFollowme: Side A not clear" in done.stderr


def test_an_injected_fault_is_counted_apart(asking):
    done = asking(SET, options=["--fault", "setCallBackFollowme:http-503", "--strict"])
    assert done.returncode == 0, done.stderr
    assert "mtt-mock: 1 injected fault\n" in done.stderr
    assert "mtt-mock:   setCallBackFollowme: http-503\n" in done.stderr


def test_the_summary_counts_requests_conflicts_and_contract_problems(asking):
    done = asking(
        SET,
        SET,
        odd(timeout=5, colour="red"),
        odd(redirect_number=7),
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "getCallBackFollowme",
            "params": {"customer_name": "1"},
        },
        {"jsonrpc": "2.0", "id": 1, "method": "noSuch"},
        "nonsense",
    )
    assert done.returncode == 0
    # The reason why it is no JSON is orjson's.
    stderr = re.sub("(not JSON: ).*", r"\1…", done.stderr)
    assert [line.removeprefix("mtt-mock: ") for line in stderr.splitlines()] == [
        "7 requests: 4 setCallBackFollowme, 1 getCallBackFollowme, 1 noSuch, 1 (no method)",
        "1 error",
        "  getCallBackFollowme: Callback followme structure not found",
        "2 conflicts: 2 setCallBackFollowme: Side A not clear. Delete before insert",
        "5 contract problems",
        "  setCallBackFollowme: callBackFollowmeStruct[0].colour is not a known field and is ignored",
        "  setCallBackFollowme: callBackFollowmeStruct[0].timeout is 5 s; MTT advises 10 s or more",
        "  setCallBackFollowme: error -32602 callBackFollowmeStruct[0].redirect_number must be a"
        ' string, got number 7 (send it as a JSON string: "7")',
        "  noSuch: error -32601",
        "  (no method): error -32700: the body is not JSON: …",
    ]


def test_the_summary_counts_clients_that_do_not_trust_the_certificate(execute):
    program = """
import os, socket, ssl, urllib.parse, urllib.request
port = urllib.parse.urlsplit(os.environ["MTT_MOCK_TLS_URL"]).port
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
for _ in range(2):
    plain = socket.create_connection(("127.0.0.1", port))
    tls = context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False)
    try:
        tls.do_handshake()
    except ssl.SSLCertVerificationError:
        os.read(tls.fileno(), 9999)
        while os.read(tls.fileno(), 9999):  # until the fake has read the alert
            pass
"""
    done = execute(sys.executable, "-E", "-S", "-c", program)
    assert (
        "mtt-mock: 2 TLS connections ended by the program, which does not trust the fake's"
        in done.stderr
    )
    assert "WARNING" not in done.stderr


def test_the_summary_is_short_and_printable(asking):
    calls = [
        {"jsonrpc": "2.0", "id": 1, "method": f"\x1b[2Jm{number}" * 40} for number in range(60)
    ]
    done = asking(*calls)
    lines = done.stderr.splitlines()
    assert len(lines) <= 24
    assert "\x1b" not in done.stderr
    assert lines[-1] == "mtt-mock:   and 52 more kinds"
    assert max(map(len, lines)) < 800


DELETE = call("deleteCallBackFollowme")
MAKE_WITHOUT_CALLER_ID = call("makeCallBackCallFollowme", b_number="79000000002")


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("bodies", "strict", "code"),
    [
        ([SET], "--strict", 0),
        ([SET, SET], "--strict", 3),  # the application ignores the refusal
        ([SET, SET], "--strict=problems", 0),
        ([SET, SET, DELETE, SET], "--strict", 0),  # it deletes and sets once more
        ([odd(timeout=5)], "--strict", 3),
        ([odd(timeout=5)], "--strict=errors,conflicts", 0),
        (["nonsense"], "--strict", 3),
        ([{"jsonrpc": "2.0", "id": 1, "method": "noSuch"}], "--strict", 3),
        ([SET, MAKE_WITHOUT_CALLER_ID], "--strict", 3),
        ([SET, MAKE_WITHOUT_CALLER_ID], "--strict=problems", 0),
        ([call("getCallBackFollowme")], "--strict", 0),  # a question about a preset
        ([], "--strict", 3),
        ([], "--strict=errors,problems", 0),
    ],
)
def test_strict_fails_the_run_on_the_categories_given(asking, bodies, strict, code):
    done = asking(*bodies, options=[strict])
    assert done.returncode == code, done.stderr
    assert ("mtt-mock: --strict: " in done.stderr) == (code == 3)


def test_a_run_without_requests_may_be_meant(asking):
    done = asking(options=["--strict", "--allow-none"])
    assert done.returncode == 0
    assert "WARNING" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strict", "php"], "'php' is not one of errors, conflicts, problems, none-reached"),
        (["--reach", "0"], "'0' is not a port; give a number from 1 to 65535"),
        (["--wait-for-calls", "never"], "'never' is not a number above 0"),
        (["--wait-for-calls", "inf"], "'inf' is not a number above 0"),
    ],
)
def test_values_that_options_cannot_have_are_refused(run_main, arguments, message):
    done = run_main("exec", *arguments, "app.php")
    assert done.returncode == 2
    assert message in done.stderr


def test_events_are_counted_and_calls_are_waited_for(asking):
    started = call(
        "makeCallBackCallFollowme",
        b_number="79000000002",
        callBackURL="http://127.0.0.1:1/events",
    )
    preset = {**SET, "params": {**SET["params"], "caller_id": "74951001010"}}
    done = asking(
        preset,
        started,
        options=["--clock", "1000x", "--wait-for-calls", "--event-timeout", "1"],
    )
    assert "Traceback" not in done.stderr
    assert re.search(r"mtt-mock: \d+ events: ", done.stderr), done.stderr
    assert "not confirmed by the receiver" in done.stderr
    assert "in progress" not in done.stderr
    left = asking(preset, started, options=["--wait-for-calls", "0.1"])
    assert "1 call in progress at the end" in left.stderr
    still = asking(preset, started, options=["--clock", "manual", "--wait-for-calls"])
    assert "(1000001): the clock is manual, so calls do not progress; --clock" in still.stderr


def test_strict_keeps_a_failing_exit_code(execute):
    code = f"{ASK}\nsys.exit(9)"
    done = execute(sys.executable, "-c", code, '["nonsense"]', options=["--strict"])
    assert done.returncode == 9


def test_quiet_prints_no_summary(asking):
    assert asking(SET, options=["--quiet"]).stderr == ""


@pytest.mark.unmeasured
def test_two_at_once_do_not_disturb_each_other():
    code = f"{ASK}\nprint('asked', flush=True)\nsys.stdin.readline()"
    processes = [
        subprocess.Popen(
            [*EXEC, "--", sys.executable, "-c", code, json.dumps([json.dumps(SET)])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "asked\n"
    for process in processes:
        _, output = process.communicate("\n", timeout=30)
        assert "1 request: 1 setCallBackFollowme" in output
        assert "0 conflicts" in output


def test_input_output_and_the_working_folder_are_the_commands(tmp_path):
    done = execute_elsewhere("sh", "-c", "cat; pwd", input="given\n", cwd=tmp_path)
    assert done.stdout == f"given\n{tmp_path}\n"


def test_it_ends_at_once_when_the_command_does(execute):
    started = time.monotonic()
    execute("sh", "-c", "exit 0")
    assert time.monotonic() - started < 20


def test_the_ports_are_free_again_when_it_has_ended(execute):
    done = execute("sh", "-c", "echo $MTT_MOCK_URL")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(done.stdout.strip(), timeout=5)


def test_certificates_that_cannot_be_read_are_named(execute, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    done = execute("true")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"mtt-mock: {tmp_path / 'none.pem'}, named by SSL_CERT_FILE" in done.stderr
    assert done.stderr.count("\n") == 1

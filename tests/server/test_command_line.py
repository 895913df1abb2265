"""The command line in real processes."""

import contextlib
import errno
import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from importlib import util
from pathlib import Path

import pytest

from mtt_mock.cli.main import main
from support.processes import MTT_MOCK, run, serving, started
from support.waiting import until

pytestmark = pytest.mark.process

SET = {
    "jsonrpc": "2.0",
    "id": "1",
    "method": "setCallBackFollowme",
    "params": {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [{"type": "ringall", "redirect_number": "79000000001"}],
    },
}

REFUSED = "refused: Side A not clear. Delete before insert"


def post(url, envelope, credentials="bG9naW46cGFzc3dvcmQ="):
    host, port = url.split("/")[2].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    with contextlib.closing(connection):
        headers = {"Authorization": f"Basic {credentials}"}
        connection.request("POST", "/index.php", json.dumps(envelope), headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture(scope="module")
def server():
    """A fake with default options, for tests that leave it running."""
    with serving() as server:
        yield server


def printed(server, send, count):
    """Return the lines that ``send()`` makes the fake print; there are ``count``."""
    before = len(server.lines)
    send()
    until(lambda: len(server.lines) >= before + count)
    return server.lines[before:]


def set_for(customer, **fields):
    """Return a request that sets a structure for ``customer``."""
    request = json.loads(json.dumps(SET))
    request["params"]["customer_name"] = customer
    request["params"]["callBackFollowmeStruct"][0] |= fields
    return request


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_serve_answers_until_a_signal_and_then_stops_cleanly(number):
    with serving() as process:
        assert post(process.url, SET) == (200, b'{"jsonrpc":"2.0","result":{"success":1},"id":"1"}')
        assert process.stop(number)[0] == 0
    assert process.lines[-1] == "mtt-mock stopped."
    assert "Traceback" not in "".join(process.lines)


def test_serve_logs_one_line_per_request(server):
    def send():
        post(server.url, set_for("1"))
        post(server.url, set_for("1"))
        post(server.url, set_for("1"), credentials="")

    assert [re.sub(r"[0-9.]+ ms", "N ms", line) for line in printed(server, send, 3)] == [
        "setCallBackFollowme 1 ok N ms",
        "setCallBackFollowme 1 refused: Side A not clear. Delete before insert N ms",
        "setCallBackFollowme 1 401 no or wrong credentials N ms",
    ]


def test_serve_prints_notes_below_the_request(server):
    odd = set_for("2", timeout=5, colour="red")
    assert printed(server, lambda: post(server.url, odd), 3)[1:] == [
        "  note: callBackFollowmeStruct[0].colour is not a known field and is ignored",
        "  note: callBackFollowmeStruct[0].timeout is 5 s; MTT advises 10 s or more",
    ]


def test_requests_cannot_control_the_terminal(server):
    hostile = set_for("\x1b[31mred\r\nfake line")
    [line] = printed(server, lambda: post(server.url, hostile), 1)
    assert line.startswith('setCallBackFollowme "\ufffd[31mred\ufffd\ufffdfake line" ok ')


def test_quiet_prints_no_request():
    with serving("--quiet") as process:
        post(process.url, SET)
        process.stop(signal.SIGINT)
    assert process.lines == ["mtt-mock stopped."]


def test_the_log_rate_limits_the_lines():
    with serving("--log-rate", "1") as process:
        post(process.url, [SET] * 23)
        process.stop(signal.SIGINT)
    assert [line.rpartition(" ")[0].rpartition(" ")[0] for line in process.lines[:20]] == [
        "setCallBackFollowme 883140500000000 ok",
        *[f"setCallBackFollowme 883140500000000 {REFUSED}"] * 19,
    ]
    assert process.lines[20:] == [
        f"… 3 more (--log-rate 1): 3 setCallBackFollowme {REFUSED}",
        "mtt-mock stopped.",
    ]


def test_the_printed_curl_line_works(server):
    line = next(line for line in server.banner if line.startswith("  curl"))
    words = shlex.split(line)
    assert words[:6] == ["curl", "-w", r"\n", "-u", "login:password", "-d"]
    envelope, url = json.loads(words[6]), words[7]
    assert url == server.url
    assert post(url, envelope) == (200, b'{"jsonrpc":"2.0","result":{"success":1},"id":"1"}')
    assert post(url, envelope) == (
        200,
        b'{"jsonrpc":"2.0","result":{"error":1,"error_description":'
        b'"Side A not clear. Delete before insert"},"id":"1"}',
    )


def test_the_curl_line_uses_the_configured_account():
    with serving("--account", "ann:secret:8831405,8831406") as process:
        line = next(line for line in process.banner if line.startswith("  curl"))
    words = shlex.split(line)
    assert words[4] == "ann:secret"
    assert json.loads(words[6])["params"]["customer_name"] == "8831405"


def test_a_password_from_a_file_is_not_printed(tmp_path):
    file = tmp_path / "accounts.toml"
    file.write_text('[[account]]\nlogin = "ann"\npassword = "hidden"\n')
    with serving("--accounts-file", str(file)) as process:
        banner = "\n".join(process.banner)
        assert post(process.url, SET)[0] == 401
        assert post(process.url, SET, credentials="YW5uOmhpZGRlbg==")[0] == 200
    assert "hidden" not in banner
    assert "-u ann -d" in banner


def test_error_status_and_body_limit_are_options(server):
    unknown = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
    assert post(server.url, unknown)[0] == 500
    with serving("--error-status", "200", "--max-body", "100") as process:
        assert post(process.url, unknown)[0] == 200
        assert post(process.url, SET)[0] == 413


def test_the_installed_command_does_the_same_as_python_m():
    command = [os.path.join(os.path.dirname(sys.executable), "mtt-mock")]
    with serving(program=command) as process:
        assert post(process.url, SET)[0] == 200


def test_a_busy_port_ends_with_exit_code_2(run_main):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_main("serve", "--port", str(port))
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"mtt-mock: cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "choose another with --host or --port (0: a free one)\n"
    )


class _UnprivilegedSocket(socket.socket):
    """A socket of a user who may not bind ports below 1024."""

    def bind(self, *_):
        raise PermissionError(errno.EACCES, "Permission denied")


def test_a_refused_low_port_names_the_sysctl(run_main, monkeypatch):
    monkeypatch.setattr(socket, "socket", _UnprivilegedSocket)
    done = run_main("serve", "--port", "80")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "mtt-mock: cannot listen on 127.0.0.1 port 80: Permission denied (on Linux, sysctl "
        "net.ipv4.ip_unprivileged_port_start=80 or root permits it); choose another with --host or "
        "--port (0: a free one)\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "x"], "argument --port: 'x' is not a port; give a number from 0 to 65535"),
        (["--port", "65536"], "'65536' is not a port; give a number from 0 to 65535"),
        (["--port", "-1"], "give a number from 0 to 65535"),
        (["--account", "nocolon"], "write an account as login:password"),
        (["--account", "a:b", "--account", "a:c"], "account a is given twice"),
        (["--account", "a:b:1,"], "account a has an empty customer"),
        (["--accounts-file", "/no/such/file"], "/no/such/file: No such file or directory"),
        (["--accounts-file", "/"], "/: Is a directory"),
        (["--error-status", "99"], "error_status must be from 200 to 599, got 99"),
        (["--error-status", "many"], "argument --error-status: invalid int value: 'many'"),
        (["--max-body", "0"], "max_body must be at least 1, got 0"),
        (["--host", "no such host"], "cannot listen on no such host port 8082"),
        (["--host", ""], "--host must not be empty; 0.0.0.0 means all interfaces"),
        (["--log-rate", "-1"], "argument --log-rate: '-1' is not a rate; give a number from 0 on"),
        (["--max-batch", "0"], "max_batch must be at least 1, got 0"),
        (["--account", b"ann:\xff"], "an account's login and password must be UTF-8 text"),
        (["--no-such-option"], "unrecognized arguments: --no-such-option"),
        (["--profile", ""], "argument --profile: the name of the file is empty"),
        (["--stubs", ""], "argument --stubs: the name of the file is empty"),
        (["--state", ""], "argument --state: the name of the file is empty"),
        (["--accounts-file", ""], "argument --accounts-file: the name of the file is empty"),
    ],
)
def test_an_invalid_option_ends_with_exit_code_2(run_main, arguments, message):
    done = run_main("serve", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"login = ", "not TOML: "),
        (b"\xff\xfe", "not TOML: 'utf-8' codec can't decode byte 0xff in position 0"),
        (b"", "holds no [[account]] table"),
        (b"account = 1", "holds no [[account]] table"),
        (b"account = [1]", "account 1 is not a table"),
        (b'[[account]]\nlogin = "a"', "account 1: password must be a string"),
        (b'[[account]]\nlogin = "a"\npassword = ""', "the password of account a is empty"),
        (b'[[account]]\nlogin = "a"\npassword = "b"\ncustomers = "8"', "customers must be a list"),
        (b'[[account]]\nlogin = "a"\npassword = "b"\ncolour = "8"', "unknown key colour"),
    ],
)
def test_a_broken_accounts_file_ends_with_exit_code_2(run_main, tmp_path, content, message):
    file = tmp_path / "accounts.toml"
    file.write_bytes(content)
    done = run_main("serve", "--accounts-file", str(file))
    assert done.returncode == 2
    assert done.stderr.startswith(f"mtt-mock: {file}")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (["serve", "8083"], "usage: mtt-mock serve "),
        (["exec", "--recrod", "x", "--", "true"], "usage: mtt-mock exec "),
        (["state", "export", "x", "--colour"], "usage: mtt-mock state export "),
    ],
)
def test_a_wrong_option_shows_its_commands_usage(run_main, arguments, usage):
    done = run_main(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(usage)


def test_help_names_every_option_and_shows_examples(run_main):
    text = run_main("serve", "--help").stdout
    for option in ("--host", "--port", "--account", "--accounts-file", "--error-status", "--quiet"):
        assert option in text
    assert "mtt-mock serve --port 0" in text


def test_a_missing_command_prints_the_usage(run_main):
    done = run_main()
    assert done.returncode == 2
    assert done.stderr.startswith("usage: mtt-mock")


def test_version_is_printed():
    assert run("--version").stdout == "mtt-mock 0.1.0\n"


def test_the_version_loads_no_command():
    program = [sys.executable, "-X", "importtime", "-m", "mtt_mock", "--version"]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=30)
    assert done.stdout == "mtt-mock 0.1.0\n"
    assert "mtt_mock.cli.main" in done.stderr
    assert "mtt_mock.cli.commands" not in done.stderr


# What the first answer does not need: it is loaded by the first request that does.
LATE = {
    "alembic",
    "cryptography",
    "difflib",
    "flask",
    "hashlib",
    "httpx2",
    "importlib.resources",
    "itsdangerous",
    "jsonschema",
    "mtt_contracts._examples",
    "mtt_contracts._notes",
    "mtt_contracts._validation",
    "mtt_mock.cli.commands.state",
    "mtt_mock.domain.call_planning",
    "mtt_mock.server.event_stream",
    "mtt_mock.service.journal.assertions",
    "mtt_mock.service.media.audio",
    "mtt_mock.service.media.decoding",
    "mtt_mock.service.media.recordings",
    "mtt_mock.storage.snapshots",
    "mtt_mock.web.app",
    "psycopg",
    "sqlalchemy",
    "werkzeug",
    "zipfile",
}


def test_the_first_answer_loads_no_library_for_later_ones(monkeypatch):
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # coverage loads hashlib itself
    with serving(program=(sys.executable, "-X", "importtime", "-m", "mtt_mock")) as server:
        status, answer = post(server.url, SET)
        assert (status, json.loads(answer)["result"]) == (200, {"success": 1})
        assert server.stop()[0] == 0
    imported = {line.rpartition("|")[2].strip() for line in [*server.banner, *server.lines]}
    assert "mtt_mock.service.methods.followme" in imported
    assert ("uvloop" in imported) is (util.find_spec("uvloop") is not None)
    assert imported & LATE == set()


@pytest.mark.parametrize("missing", ["flask", "uvicorn", "jsonschema_rs", "orjson"])
def test_a_missing_server_extra_is_named(missing):
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from mtt_mock.cli.main import main; sys.exit(main(['serve', '--port', '0']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f'mtt-mock: {missing} is not installed; this command needs: pip install "mtt-mock[server]" (a database: "mtt-mock[sql]")\n'
    )


def test_a_closed_output_does_not_stop_the_fake():
    with started() as server:
        server.read_banner(keep_reading=False)
        server.process.stdout.close()
        server.process.stdout = open(os.devnull)
        for _ in range(5):
            assert post(server.url, SET)[0] == 200
        assert server.stop()[0] == 0


def test_a_closed_pipe_ends_without_a_traceback():
    process = subprocess.Popen(
        [*MTT_MOCK, "contract", "fidelity"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=30) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_ends_with_exit_code_2():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*MTT_MOCK, "contract", "fidelity"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "mtt-mock: cannot write the output: No space left on device\n"


def test_fidelity_prints_the_table(run_main):
    text = run_main("contract", "fidelity").stdout
    assert text.startswith("# How true the fake is\n")
    assert "Side B is refused likewise, with its letter. | **assumption**: by symmetry" in text


def test_unread_output_does_not_block_the_fake():
    odd = json.loads(json.dumps(SET))
    odd["method"] = "m" * 60
    batch = [odd] * 100
    with started("--log-rate", "0") as server:
        server.read_banner(keep_reading=False)
        for _ in range(30):  # some 400 kB of lines, more than a pipe takes
            assert post(server.url, batch)[0] == 200
        assert server.stop()[0] == 0


def test_broken_requests_print_nothing():
    with serving() as process:
        host, port = process.url.split("/")[2].split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(b"nonsense\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
        process.stop(signal.SIGINT)
    assert process.lines == ["mtt-mock stopped."]


def test_a_deeply_nested_accounts_file_is_refused(run_main, tmp_path):
    file = tmp_path / "accounts.toml"
    file.write_text("x=" + "[" * 100_000)
    done = run_main("serve", "--accounts-file", str(file))
    assert done.returncode == 2
    assert done.stderr == f"mtt-mock: {file} is not TOML: it is nested too deeply\n"


def test_plain_lines_of_the_environment_hold_no_line_break(run_main, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "a\nINJECTED=1")
    done = run_main("env", "--no-check", "--format", "plain")
    assert done.returncode == 2
    assert "INJECTED" not in done.stdout
    assert "holds a line break" in done.stderr


def test_ctrl_c_while_a_command_loads_prints_nothing(run_main, monkeypatch):
    def interrupted(name):
        raise KeyboardInterrupt

    monkeypatch.setattr("mtt_mock.cli.main.import_module", interrupted)
    done = run_main("exec", "--", "true")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_command_runs_without_an_output(monkeypatch, name):
    monkeypatch.setattr(sys, name, None)
    assert main(["ca", "path"]) == 0
    getattr(sys, name).close()

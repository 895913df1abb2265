"""The option ``exec --isolate``: no program reaches a decoy of the real MTT."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mtt_mock import intercept, serve
from mtt_mock.interception.exec import namespaces
from support.processes import MTT_MOCK

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's"),
]

DECOY = [sys.executable, str(Path(__file__).with_name("decoy.py"))]
BODY = json.dumps(
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "deleteCallBackFollowme",
        "params": {"customer_name": "8831405"},
    }
)
PYTHON = f"""
import http.client
c = http.client.HTTPSConnection("webapicommon.mtt.ru", timeout=20)
c.request("POST", "/index.php", {BODY!r}, {{"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}})
print(c.getresponse().read().decode())
"""
URL = "https://webapicommon.mtt.ru/index.php"
# Programs that pass by the proxy, or replace the variables that mtt-mock sets.
PROGRAMS = {
    "python -E": ["python3", "-E", "-c", PYTHON],
    "python -S": ["python3", "-S", "-c", PYTHON],
    "python, PYTHONPATH": ["sh", "-c", 'PYTHONPATH=. python3 -c "$0"', PYTHON],
    "curl --noproxy": ["curl", "-sS", "--noproxy", "*", "-u", "l:p", "-d", BODY, URL],
    "curl, empty environment": ["env", "-i", "/usr/bin/curl", "-sS", "-u", "l:p", "-d", BODY, URL],
    "node, NODE_OPTIONS": [
        "sh", "-c", 'NODE_OPTIONS=--no-warnings node -e "$0"',
        f"fetch('{URL}', {{method: 'POST', body: {BODY!r}, headers: "
        "{Authorization: 'Basic bG9naW46cGFzc3dvcmQ='}}).then(r => r.text()).then(console.log)",
    ],
    "node, certificates of its own": [
        "node", "-e",
        f"require('https').request('{URL}', {{method: 'POST', ca: require('tls').rootCertificates, "
        "headers: {Authorization: 'Basic bG9naW46cGFzc3dvcmQ='}}, r => r.pipe(process.stdout))"
        f".end({BODY!r})",
    ],
    "php -n": [
        "php", "-n", "-r",
        f"echo file_get_contents('{URL}', false, stream_context_create(['http' => ["
        f"'method' => 'POST', 'content' => '{BODY}', 'header' => "
        "'Authorization: Basic bG9naW46cGFzc3dvcmQ=']]));",
    ],
    "perl LWP": [
        "perl", "-MLWP::UserAgent", "-e",
        "my $r = HTTP::Request->new(POST => $ARGV[0]); $r->authorization_basic('l', 'p');"
        "$r->content($ARGV[1]); print LWP::UserAgent->new->request($r)->content",
        URL, BODY,
    ],
    "wget --no-proxy": [
        "wget", "-qO-", "--no-proxy", "--auth-no-challenge", "--user=l", "--password=p",
        f"--post-data={BODY}", URL,
    ],
    "ruby, no proxy": [
        "ruby", "-rnet/http", "-e",
        "h = Net::HTTP.new('webapicommon.mtt.ru', 443, nil); h.use_ssl = true;"
        "r = Net::HTTP::Post.new('/index.php'); r.basic_auth('l', 'p'); r.body = ARGV[0];"
        "puts h.request(r).body",
        BODY,
    ],
}  # fmt: skip


def run(*command, **options):
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, **options
    )


def in_decoy(*command, options=("--isolate",), **more):
    done = run(*DECOY, *MTT_MOCK, "exec", *options, "--", *command, **more)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    return done


def visitors(done):
    return int(re.search(r"decoy: (\d+) connections", done.stdout)[1])


def needs(name):
    program = re.split(r"[ ,]", name)[0]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    if name == "perl LWP" and run("perl", "-MLWP::UserAgent", "-e", "1").returncode:
        pytest.skip("LWP::UserAgent is not installed")
    if program == "php" and "openssl" not in run("php", "-n", "-m").stdout:
        pytest.skip("php -n has no openssl")


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", PROGRAMS)
def test_isolated_programs_reach_only_the_fake(name):
    needs(name)
    done = in_decoy(*PROGRAMS[name])
    assert '"success":1' in done.stdout, done.stdout + done.stderr
    assert "mtt-mock: 1 request: 1 deleteCallBackFollowme" in done.stderr
    assert visitors(done) == 0


def test_the_decoy_counts_a_program_without_protection():
    done = run(*DECOY, "python3", "-E", "-c", PYTHON)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    assert visitors(done) >= 1


@pytest.mark.unmeasured
def test_a_program_past_the_proxy_is_led_to_the_fake():
    done = in_decoy("python3", "-E", "-c", PYTHON, options=["--strict"])
    assert (done.returncode, visitors(done)) == (0, 0), done.stderr
    assert "1 connection past the proxy redirected to the fake" in done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    "command",
    [
        PROGRAMS["curl, empty environment"],
        [
            "curl",
            "-sS",
            "--cacert",
            "/etc/ssl/certs/ca-certificates.crt",
            "-u",
            "l:p",
            "-d",
            BODY,
            URL,
        ],
    ],
    ids=["env -i", "--cacert"],
)
def test_a_program_that_reads_the_systems_certificates_trusts_the_fake(command):
    done = in_decoy(*command, options=["--strict"])
    assert '"success":1' in done.stdout, done.stderr
    assert visitors(done) == 0
    # The machine's own files stay.
    assert b"mtt-mock" not in Path("/etc/ssl/certs/ca-certificates.crt").read_bytes()


@pytest.mark.unmeasured
def test_other_addresses_are_out_of_reach():
    done = in_decoy(
        "python3", "-c", "import socket; socket.create_connection(('45.45.45.45', 443), 5)"
    )
    assert done.returncode == 1
    assert "unreachable" in done.stderr
    assert visitors(done) == 0


@pytest.mark.unmeasured
@pytest.mark.skipif(shutil.which("aria2c") is None, reason="aria2 is not installed")
def test_a_program_with_a_resolver_of_its_own_reaches_the_fake(tmp_path):
    done = in_decoy(
        "aria2c", "--http-user=l", "--http-passwd=p", f"--dir={tmp_path}", "--out=map", f"{URL}?smd"
    )
    assert "setCallBackFollowme" in (tmp_path / "map").read_text(), done.stdout
    assert visitors(done) == 0


def test_ports_of_the_host_are_led_in():
    server = socket.create_server(("127.0.0.1", 0))
    served = server.getsockname()[1]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = taken.getsockname()[1]

    def answer():
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100).upper())

    threading.Thread(target=answer, daemon=True).start()
    code = (
        "import socket, sys\n"
        "for port in sys.argv[1:]:\n"
        "    with socket.create_connection(('127.0.0.1', int(port)), 10) as connection:\n"
        "        connection.sendall(b'hello')\n"
        "        print(connection.recv(100))\n"
    )
    ports = (str(served), str(closed))
    done = run(
        *MTT_MOCK, "exec", "--isolate", "--allow-none", "--reach", ports[0], "--reach", ports[1],
        "--", "python3", "-c", code, *ports,
    )  # fmt: skip
    if "--isolate=network:" in done.stderr:
        pytest.skip(done.stderr)
    assert done.stdout.startswith("b'HELLO'\n"), done.stderr
    assert done.stdout.endswith("b''\n") or "reset" in done.stderr
    server.close()


@pytest.mark.parametrize("more", [[], ["--reach", "1"]])
def test_an_isolated_program_reaches_the_fake_of_a_team(tmp_path, more):
    tape = tmp_path / "mtt.jsonl"
    with serve() as team:
        options = ["--isolate", "--fake", team.url, "--record", tape, *more]
        done = run(*MTT_MOCK, "exec", *options, "--", "python3", "-E", "-c", PYTHON)
        if "--isolate=network:" in done.stderr:
            pytest.skip(done.stderr)
        assert '"success":1' in done.stdout, done.stderr
        assert f"mtt-mock: 1 request forwarded to {team.url}\n" in done.stderr
        assert len(team.journal) == 1
    assert len(tape.read_text().splitlines()) == 2


def test_an_isolated_program_needs_a_fake_that_answers():
    done = run(*MTT_MOCK, "exec", "--isolate", "--fake", "http://127.0.0.1:1", "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mtt-mock: http://127.0.0.1:1 does not answer: Connection refused\n"


def test_a_port_in_use_is_reported_in_one_line():
    done = run(*MTT_MOCK, "exec", "--isolate", "--reach", "80", "--", "true")
    if "network: /proc" in done.stderr or "network: the kernel" in done.stderr:
        pytest.skip(done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "mtt-mock: --isolate=network: Address already in use\n"


@pytest.mark.unmeasured
@pytest.mark.skipif(os.geteuid() != 0, reason="it changes the user")
def test_a_program_may_become_another_user():
    # As web servers do with their workers.
    code = f"import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n{PYTHON}"
    done = in_decoy("/usr/bin/python3", "-c", code)
    assert '"success":1' in done.stdout, done.stdout + done.stderr


def test_an_isolated_program_is_recorded_on_a_tape(tmp_path):
    tape = tmp_path / "mtt.jsonl"
    done = in_decoy(*PROGRAMS["python -E"], options=["--isolate", "--record", tape])
    assert '"success":1' in done.stdout, done.stdout + done.stderr
    assert f"mtt-mock: 1 exchanges on {tape}\n" in done.stderr
    assert len(tape.read_text().splitlines()) == 2


def test_an_invalid_authority_is_reported_in_one_line(tmp_path):
    (tmp_path / "ca").write_text("not a folder")
    done = run(
        *MTT_MOCK, "exec", "--isolate", "--", "true",
        env=os.environ | {"MTT_MOCK_CA_DIR": str(tmp_path / "ca")},
    )  # fmt: skip
    if "--isolate=network: " in done.stderr:
        pytest.skip(done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    assert str(tmp_path / "ca") in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("mode", ["host", "auto"])
def test_other_modes_redirect_curl_to_the_fake(mode):
    done = in_decoy("curl", "-sS", "-u", "l:p", "-d", BODY, URL, options=[f"--isolate={mode}"])
    if f"--isolate={mode}: " in done.stderr or "none works here" in done.stderr:
        pytest.skip(done.stderr)
    assert '"success":1' in done.stdout, done.stderr
    assert visitors(done) == 0
    assert ("mtt-mock: isolation: network\n" in done.stderr) == (mode == "auto")


def test_the_exit_code_and_the_user_are_the_commands():
    done = in_decoy("sh", "-c", "id -u; exit 42")
    assert (done.returncode, done.stdout.split()[0]) == (42, str(os.geteuid()))


@pytest.mark.skipif(os.geteuid() != 0, reason="it changes the user")
@pytest.mark.skipif(not Path("/usr/bin/python3").exists(), reason="it needs a system's Python")
def test_an_unprivileged_user_keeps_its_uid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    for parent in (folder, *folder.parents[:-2]):
        parent.chmod(0o755)
    shutil.copy(namespaces.__file__, folder / "namespaces.py")
    (folder / "namespaces.py").chmod(0o644)
    code = (
        "import namespaces, pathlib, socket, subprocess\n"
        "namespaces.enter(network=True)\n"
        "namespaces.bind_contents({pathlib.Path('/etc/hosts'): b'127.0.0.1 mtt'})\n"
        "socket.create_server(('127.0.0.1', 443))\n"
        "subprocess.run('id -u; cat /etc/hosts; echo; grep CapEff /proc/self/status', shell=True)\n"
    )
    temporary = folder / "tmp"
    temporary.mkdir()
    os.chown(temporary, 65534, 65534)
    done = run("/usr/bin/python3", "-c", code, cwd=folder, user=65534, group=65534, extra_groups=[])
    if "NamespaceError" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.stdout.split() == ["65534", "127.0.0.1", "mtt", "CapEff:", "0000000000000000"]
    assert list(temporary.iterdir()) == []


def test_an_address_as_host_is_refused_in_words():
    done = run(*MTT_MOCK, "exec", "--isolate", "--mtt-host", "45.45.45.45", "--", "true")
    assert done.returncode == 2
    assert done.stderr == (
        "mtt-mock: --isolate=network: 45.45.45.45 is an address; only names can be redirected\n"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--reach", "5432"],
            "--reach needs --isolate; without it the whole network is reachable",
        ),
        (["--isolate", "--pass-on"], "--pass-on is for the proxy, which --isolate does not use"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, message):
    done = run(*MTT_MOCK, "exec", *options, "--", "true")
    assert (done.returncode, done.stderr) == (2, f"mtt-mock: {message}\n")


@pytest.mark.unmeasured
@pytest.mark.parametrize("outer", [[], ["--isolate"]])
@pytest.mark.parametrize("inner", [[], ["--isolate"]])
def test_of_nested_commands_the_innermost_counts(outer, inner):
    done = run(
        *MTT_MOCK, "exec", *outer, "--",
        *MTT_MOCK, "exec", *inner, "--",
        "curl", "-sS", "-u", "l:p", "-d", BODY, URL,
    )  # fmt: skip
    if "--isolate=network:" in done.stderr:
        pytest.skip(done.stderr)
    assert '"success":1' in done.stdout, done.stderr
    assert done.stderr.count("mtt-mock: 1 request: 1 deleteCallBackFollowme\n") == 1
    assert "mtt-mock: 0 requests reached the fake" in done.stderr


@pytest.mark.unmeasured
def test_exec_inside_interception_uses_its_own_fake():
    with intercept() as interception:
        done = run(*MTT_MOCK, "exec", "--", "curl", "-sS", "-u", "l:p", "-d", BODY, URL)
        assert '"success":1' in done.stdout, done.stderr
        assert len(interception.server.journal) == 0

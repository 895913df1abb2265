"""The commands of docs/reference/contract-kit.md print the documented output."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from mtt_mock.cli.main import main
from mtt_mock.server.handles import serve
from support.processes import serving

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reference/contract-kit.md").read_text(encoding="utf-8")
CONSOLE = dict(re.findall(r"```console\n\$ (.*)\n((?:.*\n)*?)```", TEXT))
FAKE, RECORDER = "http://127.0.0.1:8082", "http://127.0.0.1:8083"
OF = '{"customer_name": "883140500000000"}'


def shown(start):
    """Return the documented command with this start, and its documented output."""
    [found] = [item for item in CONSOLE.items() if item[0].startswith(start)]
    return found


def printed(command, folder, code):
    done = subprocess.run(
        command.replace("mtt-mock", f"{sys.executable} -m mtt_mock"),
        shell=True, cwd=folder, text=True, check=False, timeout=120, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"MTT_PASSWORD": "password", "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    return done.stdout


def test_check_prints_the_documented_output(tmp_path):
    (tmp_path / "set.json").write_text(re.search(r"```json\n(.*?)```", TEXT, re.DOTALL).group(1))
    for start in ("mtt-mock contract check", "echo"):
        command, output = shown(start)
        assert printed(command, tmp_path, 1) == output


def test_openrpc_is_written(tmp_path):
    command, output = shown("mtt-mock contract openrpc")
    assert printed(command, tmp_path, 0) == output == ""
    assert (tmp_path / "openrpc.json").stat().st_size > 10_000


def test_verify_prints_the_documented_output(tmp_path):
    command, output = shown("mtt-mock verify")
    with serve() as server:
        origin = server.url.removesuffix("/index.php")
        seen = printed(command.replace(FAKE, origin), tmp_path, 0)
    assert seen.replace(origin, FAKE) == output


def test_record_and_drift_print_the_documented_output(tmp_path):
    _, output = shown("mtt-mock record")
    tape = tmp_path / "tape.jsonl"
    with serve() as server:
        upstream = ("--upstream", server.url, "--out", str(tape))
        with serving(*upstream, command=("record", "--port", "0")) as process:
            for method in ("deleteCallBackFollowme", "getCallBackFollowme"):
                body = f'{{"jsonrpc": "2.0", "id": 1, "method": "{method}", "params": {OF}}}'
                httpx2.post(process.url, content=body, auth=("ann", "password"))
            process.stop(signal.SIGINT)
    seen = "".join(f"{line}\n" for line in [*process.banner, *process.lines])
    for real, on_the_page in (
        (str(tape), "tape.jsonl"),
        (server.url, f"{FAKE}/index.php"),
        (process.url, f"{RECORDER}/index.php"),
    ):
        seen = seen.replace(real, on_the_page)
    assert seen == output
    for start, code in (
        ("mtt-mock drift tape.jsonl --error", 1),
        ("mtt-mock contract examples-from", 0),
    ):
        command, output = shown(start)
        assert printed(command, tmp_path, code) == output
    assert printed("mtt-mock drift tape.jsonl", tmp_path, 0) == CONSOLE["mtt-mock drift tape.jsonl"]


def test_fidelity_prints_the_documented_confirmations(tmp_path):
    (tmp_path / "noted.json").write_text(
        '{"smd.get": {"date": "2026-01-31", "verdict": "confirmed"},'
        ' "smd.query": {"date": "2026-01-31", "verdict": "refuted"}}'
    )
    command, output = shown("mtt-mock contract fidelity")
    assert output.strip("…\n") in printed(command, tmp_path, 0)


@pytest.mark.parametrize("command", ["verify", "record", "drift"])
def test_every_documented_option_exists(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    own = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = {
        "verify": "--yes --read-only --allow-calls --number --allow-uploads --allow-wrong-password "
        "--budget --rate --events-url --events-port --json --junit --confirmations --verbose",
        "record": "--upstream --out --no-redaction",
        "drift": "--error-status",
    }[command]
    assert set(named.split()) <= own
    assert all(f"{option}" in TEXT for option in named.split())

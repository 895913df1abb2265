"""The README does what it says: its commands and examples are run."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

import mtt_contracts.fidelity
import mtt_mock
from mtt_client import Ringall
from mtt_mock import LiveServer, Settings, create_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_lines_get_the_answers_printed_below_them():
    console = next(block for block in blocks("console") if "curl" in block)
    commands = re.findall(r"^\$ (curl .*)\n(.*)$", console, re.MULTILINE)
    assert len(commands) == 2
    with LiveServer(create_app()) as server:
        for command, answer in commands:
            assert curl(command, server.url) == f"{answer}\n"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_lines_of_a_call_get_the_answers_printed_below_them():
    asked, told = (
        block
        for block in blocks("console")
        if "callBackCall_id" in block or "callBackFollowmeCallInfoStruct" in block
    )
    (make, made), (info, not_yet) = re.findall(r"^\$ (curl .*)\n(.*)$", asked, re.MULTILINE)
    with LiveServer(create_app(clock="manual")) as server:
        assert curl(make, server.url) == f"{made}\n"
        assert curl(info, server.url) == f"{not_yet}\n"
        # Two seconds at the pace of the text, 20x.
        server.fake.service.scheduler.advance(2 * 20)
        assert curl(info, server.url) == told


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_curl_line_that_turns_the_clock_gets_the_answer_printed_below_it():
    [block] = [block for block in blocks("console") if "/_mtt/clock" in block]
    [(command, answer)] = re.findall(r"^\$ (curl .*)\n(.*)$", block, re.MULTILINE)
    with LiveServer(create_app(clock="manual")) as server:
        assert curl(command, server.url) == f"{answer}\n"


def curl(command, url):
    words = shlex.split(command.replace("http://127.0.0.1:8082/", url.replace("index.php", "")))
    assert words[-1].startswith(url.replace("index.php", ""))
    done = subprocess.run(["curl", "-sS", *words[1:]], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.skipif(
    not (ROOT / ".venv/bin/mtt-mock").exists() or shutil.which("make") is None,
    reason="make test has not set up this checkout, or there is no make",
)
def test_make_serve_serves_and_stops_on_ctrl_c():
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    process = subprocess.Popen(
        ["make", "serve", "ARGS=--port 0"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    with process, process.stdout as output:
        while not (line := output.readline()).startswith("  curl "):
            assert line, "make serve ended before it served"
        words = shlex.split(line)
        answer = httpx2.post(words[-1], content=words[-2], auth=("a", "b"), trust_env=False)
        assert answer.json() == {"jsonrpc": "2.0", "result": {"success": 1}, "id": "1"}
        os.killpg(process.pid, signal.SIGINT)
        assert output.read().endswith("mtt-mock stopped.\n")


def test_the_test_examples_pass(pytester):
    examples = [block for block in blocks("python") if "def test_" in block]
    assert len(examples) == 5
    [conftest] = [block for block in blocks("python") if "def mtt_settings" in block]
    pytester.makepyfile(
        **{
            "suite/conftest": conftest,
            "suite/test_suite": examples[0].replace("883140500000000", "8831405"),
        }
    )
    for number, example in enumerate(examples):
        pytester.makepyfile(**{f"test_example_{number}": example})
    pytester.runpytest_subprocess().assert_outcomes(passed=6)


def test_the_client_example_prints_what_it_says(capsys):
    [example] = [block for block in blocks("python") if "with MttClient" in block]
    with LiveServer(create_app()) as server:
        exec(example, {"url": server.url, "login": "login", "password": "password"})
    assert capsys.readouterr().out.split() == re.findall(r"# (\S+)$", example, re.MULTILINE)
    assert "# A" in example


def test_the_call_example_returns_a_recording(mtt_client, mtt_customer, capsys):
    [example] = [block for block in blocks("python") if "def call_back" in block]
    names = {}
    exec(example, names)
    elements = [Ringall("79000000001")]
    mtt_client.set_callback_followme(elements, caller_id="74951001010")
    assert names["call_back"](mtt_client, b"RIFF").startswith(b"RIFF")
    assert capsys.readouterr().out == "33 1.58 998.42\n"


def test_the_contract_example_holds():
    [example] = [block for block in blocks("python") if "validate_params" in block]
    exec(example, {})


def test_every_option_of_serve_is_in_the_readme():
    command = [sys.executable, "-m", "mtt_mock", "serve", "--help"]
    help_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"--[a-z-]+", help_text)) - {"--help"}
    assert options
    assert {option for option in options if f"`{option}" not in README} - {"--port"} == set()


def test_every_setting_and_fixture_is_in_the_readme():
    for name in Settings.__dataclass_fields__:
        assert f"`{name}`" in README, name
    plugin = (ROOT / "mock_server/mtt_mock/testing/plugin.py").read_text(encoding="utf-8")
    fixtures = re.findall(r"^def (mtt_\w+)\(", plugin, re.MULTILINE)
    assert len(fixtures) == 10
    for name in fixtures:
        assert f"| `{name}` |" in README, name


def test_the_fidelity_table_is_the_one_that_the_contract_gives():
    written = (ROOT / "docs/FIDELITY.md").read_text(encoding="utf-8")
    assert written == mtt_contracts.fidelity.table()


def test_every_switch_in_the_fidelity_table_is_an_option_of_serve():
    command = [sys.executable, "-m", "mtt_mock", "serve", "--help"]
    help_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    switches = {fact.switch for fact in mtt_contracts.facts() if fact.switch}
    assert switches == {
        "--account",
        "--balance",
        "--calls-kept",
        "--error-status",
        "--event-timeout",
        "--callback-allow",
        "--lengths-as-text",
        "--max-batch",
        "--max-body",
        "--max-prompt",
        "--missing-prompts",
        "--refuse-at-zero",
        "--ring-timeout",
        "--tariff",
    }
    assert all(switch in help_text for switch in switches)


def test_every_package_has_its_line_on_the_map():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for path in (ROOT / "mock_server/mtt_mock").glob("*/__init__.py"):
        assert f"`{path.parent.name}`" in text, path.parent.name


def test_the_version_is_the_same_everywhere():
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{mtt_mock.__version__}"' in pyproject
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {mtt_mock.__version__}" in changelog


def test_no_document_or_lock_file_names_a_package_registry():
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in tracked:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not [host for host in hosts if host in text], name


def test_the_example_files_are_the_documented_exchange():
    examples = mtt_contracts.examples()
    assert json.dumps(examples["set_documented_success"].response) == (
        '{"jsonrpc": "2.0", "id": "1", "result": {"success": 1}}'
    )

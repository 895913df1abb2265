"""The examples of README.md and docs/ run and print the documented output."""

import re
import shlex
import shutil
import subprocess
import sys

import pytest

from docs.pages import NAMES, ROOT, blocks, commands, read
from mtt_client import Ringall
from mtt_mock import LiveServer, create_app

FAKE = "http://127.0.0.1:8082/"
WITH_CURL = [name for name in NAMES if any(c.startswith("curl") for c, _ in commands(name))]
WITH_EXEC = [
    name for name in NAMES if any(c.startswith("mtt-mock exec") for c, _ in commands(name))
]
WITH_TESTS = [name for name in NAMES if any("def test_" in b.text for b in blocks(name, "python"))]


def test_every_page_with_examples_is_tested():
    assert WITH_CURL == ["README.md", "docs/reference/control-api.md", "docs/tutorial.md"]
    assert WITH_EXEC == ["README.md", "docs/how-to/php.md", "docs/tutorial.md"]
    assert WITH_TESTS == [
        "README.md",
        "docs/how-to/events.md",
        "docs/how-to/faults.md",
        "docs/how-to/frameworks.md",
        "docs/how-to/polling.md",
        "docs/how-to/pytest.md",
        "docs/how-to/stubs.md",
        "docs/reference/contract-kit.md",
        "docs/tutorial.md",
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize("name", WITH_CURL)
def test_curl_commands_print_the_shown_answers(name):
    with LiveServer(create_app(clock="manual")) as server:
        origin = server.url.removesuffix("index.php")
        for command, output in commands(name):
            if command.startswith("curl"):
                words = shlex.split(command.replace(FAKE, origin))
                assert words[-1].startswith(origin)
                done = subprocess.run(
                    [words[0], "-sS", *words[1:]], capture_output=True, text=True, check=True
                )
                assert shown(done.stdout, origin) == output


def shown(answer, origin):
    """Return a response with the documented port and without the signatures of URLs."""
    for escape in (str, lambda text: text.replace("/", "\\/")):
        start = escape(FAKE)
        answer = answer.replace(escape(origin), start)
        answer = re.sub(rf'("downloadURL":"{re.escape(start)})[^"]+', lambda m: f"{m[1]}…", answer)
    return answer


@pytest.mark.unmeasured
@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
@pytest.mark.parametrize("name", WITH_EXEC)
def test_exec_commands_print_the_shown_output(name):
    [(command, output)] = [c for c in commands(name) if c[0].startswith("mtt-mock exec")]
    done = subprocess.run(
        [sys.executable, "-m", "mtt_mock", *shlex.split(command)[1:]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout + done.stderr == output


@pytest.mark.slow
def test_the_tests_of_all_pages_pass(pytester):
    count = 0
    for name in WITH_TESTS:
        folder = name.removesuffix(".md").replace("/", "_").replace("-", "_").lower()
        conftest = ""
        for number, block in enumerate(blocks(name, "python")):
            if block.text.startswith("# conftest.py\n"):
                conftest = block.text
            elif "def test_" in block.text:
                files = {f"{folder}_{number}/test_{folder}_{number}": block.text}
                if conftest:
                    files[f"{folder}_{number}/conftest"] = conftest
                conftest = ""
                pytester.makepyfile(**files)
                count += len(re.findall(r"^ *def test_", block.text, re.MULTILINE))
    pytester.makeconftest(
        "from hypothesis import HealthCheck, settings\n"
        "settings.register_profile(\n"
        "    'docs', deadline=None, suppress_health_check=[HealthCheck.too_slow]\n"
        ")\n"
        "settings.load_profile('docs')\n"
    )
    assert count >= 17
    pytester.runpytest_subprocess().assert_outcomes(passed=count)


@pytest.mark.parametrize("name", NAMES)
def test_python_blocks_compile(name):
    for block in blocks(name, "python"):
        compile(block.text, name, "exec")


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not installed")
def test_the_php_receiver_stores_events(tmp_path):
    [receiver] = [b.text for b in blocks("docs/how-to/php.md", "php") if "receiver.php" in b.text]
    (tmp_path / "receiver.php").write_text(receiver)
    script = "parse_str('event=start_side_A&id=1000001', $_GET); require 'receiver.php';"
    subprocess.run(
        ["php", "-r", script], cwd=tmp_path, check=True,
        env={"EVENTS_FILE": "events.txt", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (tmp_path / "events.txt").read_text() == "start_side_A 1000001\n"


def test_the_client_example_prints_the_shown_values(capsys):
    [example] = [b.text for b in blocks("docs/reference/client.md") if "with MttClient" in b.text]
    with LiveServer(create_app()) as server:
        exec(example, {"url": server.url, "login": "login", "password": "password"})
    assert capsys.readouterr().out == "A\n5\n"
    assert re.findall(r"# (\S+)$", example, re.MULTILINE) == ["A", "5"]


def test_the_call_example_returns_a_recording(mtt_client, capsys):
    [example] = [b.text for b in blocks("docs/reference/client.md") if "def call_back" in b.text]
    names = {}
    exec(example, names)
    mtt_client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
    assert names["call_back"](mtt_client, b"RIFF").startswith(b"RIFF")
    assert capsys.readouterr().out == "33 1.58 998.42\n"


def test_the_validation_example_holds():
    [example] = [b.text for b in blocks("docs/reference/contract-kit.md") if "[problem]" in b.text]
    exec(example, {})


def test_the_workflow_on_the_page_is_the_example_file():
    [workflow] = [b.text for b in blocks("docs/how-to/ci.md", "yaml") if "jobs:" in b.text]
    assert workflow in read("examples/ci/github-actions.yaml")

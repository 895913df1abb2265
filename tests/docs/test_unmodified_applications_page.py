"""The examples of docs/how-to/unmodified-applications.md, for containers and CI."""

import json
import re
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/how-to/unmodified-applications.md").read_text(encoding="utf-8")
VARIABLES = (ROOT / "docs/reference/exec.md").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def run(*arguments, **more):
    return subprocess.run(
        [sys.executable, "-m", "mtt_mock", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


def test_the_interception_example_holds():
    example = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL).group(1)
    assert "interception.refused" in example
    exec(example, {})


@pytest.mark.unmeasured
def test_the_ini_setting_is_accepted(pytester):
    pytester.makeini(re.search(r"```ini\n(.*?)```", TEXT, re.DOTALL).group(1))
    pytester.makepyfile("def test_it(mtt_intercept): pass")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.unmeasured
@pytest.mark.parametrize("command", ["exec", "proxy", "env", "ca export", "health"])
def test_documented_options_are_in_the_help(command):
    text = run(*command.split(), "--help").stdout
    named = {
        "exec": ["--strict", "--pass-on", "--url-var"],
        "proxy": ["--host", "--pass-on"],
        "env": ["--format"],
        "ca export": ["--bundle"],
        "health": ["URL"],
    }
    for option in named[command]:
        assert option in text


def test_every_variable_of_exec_is_documented():
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    import os

    environment["MTT_MOCK_CA_DIR"] = os.environ["MTT_MOCK_CA_DIR"]
    done = run("exec", "--quiet", "--", sys.executable, "-c", code, env=environment)
    added = set(json.loads(done.stdout)) - set(environment) - {"LC_CTYPE"}
    assert "HTTPS_PROXY" in added
    small = {name for name in added if name.islower()}
    assert {name.upper() for name in small} <= added
    for name in added - small:
        assert f"`{name}`" in VARIABLES, name


def test_the_image_copies_existing_files():
    copied = re.findall(r"^COPY (.*) \S+$", DOCKERFILE, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    kept = (ROOT / ".dockerignore").read_text().split()
    assert "mock_server" in names
    for name in names:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in kept
    assert "/src[sql]" in DOCKERFILE
    assert re.search(r"^USER mtt$", DOCKERFILE, re.MULTILINE)


def test_the_image_command_passes_its_health_check(tmp_path):
    words = json.loads(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE).group(1))
    assert words[:2] == ["sh", "-c"]
    here = f"{shlex.quote(sys.executable)} -m mtt_mock"
    script = words[2].replace("mtt-mock", here).replace("/trust", str(tmp_path))
    script = script.replace("--port 80", "--port 0").replace("--tls-port 443", "--tls-port 0")
    assert "0.0.0.0" in script
    script = script.replace("0.0.0.0", "127.0.0.1")
    process = subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", process.stdout.readline()).group()
        check = json.loads(re.search(r"CMD (\[\"mtt-mock\".*\])", DOCKERFILE).group(1))
        assert check[:2] == ["mtt-mock", "health"]
        assert run("health", check[2].replace("http://127.0.0.1:80/index.php", url)).returncode == 0
        assert "BEGIN CERTIFICATE" in (tmp_path / "bundle.pem").read_text()
        assert "PRIVATE" not in (tmp_path / "bundle.pem").read_text()
        process.send_signal(signal.SIGTERM)  # exec: the shell is gone, the fake gets it
        assert process.wait(timeout=20) == 0
        assert run("health", url).returncode == 2
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_workflow_and_compose_file_name_existing_files():
    workflow = (ROOT / "examples/ci/github-actions.yaml").read_text()
    compose = (ROOT / "examples/ci/compose.yaml").read_text()
    assert "mtt-mock exec --isolate --strict -- php" in workflow
    assert "\t" not in workflow + compose
    assert (ROOT / "examples/ci" / re.search(r"build: (\S+)", compose).group(1)).resolve() == ROOT
    assert "aliases: [webapicommon.mtt.ru]" in compose
    assert "trust:/trust:ro" in compose
    assert "VOLUME /trust" in DOCKERFILE


def test_ci_installs_the_languages():
    script = (ROOT / ".ci/run").read_text()
    for name in ("curl", "nodejs", "php-cli", "php-curl", "apt-get update"):
        assert name in script
    assert subprocess.run(["bash", "-n", ROOT / ".ci/run"], check=False).returncode == 0


def test_interception_leaves_unknown_hosts_unresolved():
    import mtt_mock

    with mtt_mock.intercept(), pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("https://host.invalid/", timeout=20)

"""README.md: its size, its server, its links."""

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess

import httpx2
import pytest

from docs.pages import NAMES, ROOT, read
from mtt_mock.cli.banner import banner
from mtt_mock.service.settings import Settings

README = read("README.md")


def test_the_readme_has_at_most_160_lines():
    assert len(README.splitlines()) <= 160


def test_the_first_screen_shows_unmodified_applications():
    first_screen = "\n".join(README.splitlines()[:25])
    assert "mtt-mock exec -- " in first_screen
    assert "mtt_intercept" in first_screen


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_files(name):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(name)):
        assert ((ROOT / name).parent / target).exists(), target


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


def test_readme_and_banner_show_the_same_request():
    url = "http://127.0.0.1:8082/index.php"
    options = argparse.Namespace(host="127.0.0.1", tls_host=[], workers=None)
    text = banner(url, None, "memory", options, Settings())
    printed = next(line.strip() for line in text.splitlines() if "curl" in line)
    shown = re.findall(r"^\$ (curl .*setCallBackFollowme.*)$", README, re.MULTILINE)
    assert shown == [printed, printed]

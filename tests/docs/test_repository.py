"""The files of the repository match the code."""

import json
import re
import subprocess
import sys

import pytest

import mtt_contracts
import mtt_mock
from docs.pages import ROOT, read


@pytest.mark.slow
def test_the_site_builds_without_warnings(tmp_path):
    pytest.importorskip("sphinx", reason="the docs extra is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "docs", tmp_path / "site"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/index.html").exists()


def test_the_map_lists_every_package():
    text = read("ARCHITECTURE.md")
    for path in (ROOT / "mock_server/mtt_mock").glob("*/__init__.py"):
        assert f"`{path.parent.name}`" in text, path.parent.name


def test_every_path_on_the_map_exists():
    for path in re.findall(r"`((?:\w+/)+\w+\.py|tests/[\w/]+)`", read("ARCHITECTURE.md")):
        places = (ROOT / path, ROOT / "mock_server/mtt_mock" / path)
        assert any(place.exists() for place in places), path


def test_the_map_of_tests_lists_every_folder():
    text = read("tests/README.md")
    for path in (ROOT / "tests").iterdir():
        if path.is_dir() and path.name != "__pycache__" and any(path.glob("*.py")):
            assert f"`{path.name}`" in text, path.name


def test_the_version_is_the_same_everywhere():
    assert f'version = "{mtt_mock.__version__}"' in read("pyproject.toml")
    assert f"## {mtt_mock.__version__}" in read("CHANGELOG.md")


def test_no_file_names_a_package_registry():
    hosts = ("pypi" + ".org", "pythonhosted" + ".org", "registry.npmjs" + ".org")
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for name in tracked:
        content = (ROOT / name).read_bytes()
        assert not [host for host in hosts if host.encode() in content], name


def test_the_example_files_are_the_documented_exchange():
    examples = mtt_contracts.examples()
    assert json.dumps(examples["set_documented_success"].response) == (
        '{"jsonrpc": "2.0", "id": "1", "result": {"success": 1}}'
    )

"""The wheel: its contents, and a run after installation."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.process]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, ROOT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [built] = folder.glob("*.whl")
    return built


def test_the_wheel_contains_three_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names}
    assert top == {"mtt_mock", "mtt_contracts", "mtt_client", "mtt_mock-0.1.0.dist-info"}


def test_the_wheel_holds_types_schemas_and_examples(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("mtt_mock", "mtt_contracts", "mtt_client"):
        assert f"{package}/py.typed" in names
    for folder in ("schemas", "examples"):
        shipped = {name for name in names if name.startswith(f"mtt_contracts/{folder}/")}
        there = (ROOT / "contracts/mtt_contracts" / folder).glob("*.json")
        assert shipped == {f"mtt_contracts/{folder}/{path.name}" for path in there}


def test_the_wheel_holds_the_page_of_the_console(wheel):
    folder = "mtt_mock/web/console/page/"
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(folder)}
    there = (ROOT / "mock_server" / folder).iterdir()
    assert shipped == {f"{folder}{path.name}" for path in there}


def test_the_fake_runs_from_the_installed_wheel(wheel, tmp_path):
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*install, wheel], check=True, capture_output=True)
    code = (
        f"import sys; sys.path.insert(0, {str(target)!r})\n"
        "import mtt_mock, mtt_client, mtt_contracts\n"
        f"assert mtt_mock.__file__.startswith({str(target)!r})\n"
        "with mtt_mock.LiveServer(mtt_mock.create_app()) as server:\n"
        "    client = mtt_client.MttClient(server.url, 'a', 'b', '8831405')\n"
        "    client.set_callback_followme([mtt_client.Ringall('79000000001')])\n"
        "    print(server.fake.followme('8831405').elements[0].kind)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("Ringall\n", "")

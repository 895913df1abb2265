"""The control API's description in the tools that read OpenAPI; ``make openapi-tools`` installs them."""

import json
import subprocess
from pathlib import Path

import httpx2
import pytest

import mtt_mock
from mtt_client import Ringall

TOOLS = Path(__file__).parents[2] / "build" / "openapi"
HERE = Path(__file__).parent
CUSTOMER = "883140500000000"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.skipif(not (TOOLS / "installed").exists(), reason="run: make openapi-tools"),
]


def run(*command, **options):
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, **options
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_bytes(mtt_mock.create_app().test_client().get("/_mtt/openapi.json").data)
    return path


def test_schemathesis_finds_no_failure():
    with mtt_mock.serve(clock="manual") as server:
        status, output = run(
            TOOLS / "bin" / "schemathesis", "--config-file", HERE / "schemathesis.toml",
            "run", server.url.replace("index.php", "_mtt/openapi.json"),
            "--max-examples", "10", "--seed", "1", "--request-timeout", "10", "--no-color",
            cwd=TOOLS,
        )  # fmt: skip
    assert status == 0, output
    assert "Stateful" in output


def test_spectral_and_redocly_find_no_errors(document, tmp_path):
    (tmp_path / "spectral.yaml").write_text('extends: ["spectral:oas"]')
    programs = TOOLS / "node_modules" / ".bin"
    for command in (
        ["spectral", "lint", "-r", "spectral.yaml", "--fail-severity", "error", document],
        ["redocly", "lint", "--extends", "recommended", document],
    ):
        status, output = run(programs / command[0], *command[1:], cwd=tmp_path)
        assert status == 0, output


def test_a_generated_client_uses_every_path(document, tmp_path, mtt_receiver):
    generated = tmp_path / "control_client"
    status, output = run(
        TOOLS / "bin" / "openapi-python-client", "generate",
        "--path", document, "--output-path", generated, "--meta", "none",
    )  # fmt: skip
    assert status == 0, output
    with mtt_mock.serve(clock="manual") as server:
        origin = server.url.removesuffix("/index.php")
        with mtt_mock_client(server) as client:
            client.set_callback_followme([Ringall("79000009000")], caller_id="74951001010")
            call = client.make_callback_call_followme(
                b_number="79000009001", callback_url=mtt_receiver.url
            )
            client.upload_prompt("hello.wav", b"not audio")
        server.clock.run_until_idle()
        server.subscribers["79000000001"] = mtt_mock.Busy()
        [fault] = httpx2.post(f"{origin}/_mtt/faults", json={"fault": "delay@9"}).json()["faults"]
        server.stubs.add("getCustomerBalance", result={"balance": 1, "currency": "RUB"})
        script = HERE / "openapi_round_trip.py"
        python = TOOLS / "bin" / "python"
        status, output = run(python, script, generated, origin, call, str(fault["id"]), "1")
    assert status == 0, output
    answers = {name: answer for name, *answer in map(str.split, output.splitlines())}
    operations = {
        operation["operationId"]
        for verbs in json.loads(document.read_bytes())["paths"].values()
        for operation in verbs.values()
    }
    assert answers.keys() == operations - {"get_stream"}
    # What cannot be played is 404, and that is described too.
    assert answers.pop("get_prompt_audio") == ["404", "Error"]
    assert {status for status, _ in answers.values()} == {"200"}
    # The generator knows neither sound nor JSON lines.
    unread = {name for name, (_, kind) in answers.items() if kind == "NoneType"}
    assert unread == {"get_calls_call_id_recording", "get_journal_jsonl"}


def mtt_mock_client(server):
    from mtt_client import MttClient

    return MttClient(server.url, "login", "password", CUSTOMER)

"""The OpenRPC document in the OpenRPC project's own tools.

Run ``npm install`` in ``openrpc_tools`` and ``openrpc_client`` first.
"""

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import httpx2
import pytest

from mtt_contracts import openrpc
from mtt_mock import LiveServer, create_app
from support.waiting import until

TOOLS = Path(__file__).with_name("openrpc_tools")
MODULES = TOOLS / "node_modules" / "@open-rpc"
GENERATOR = Path(__file__).with_name("openrpc_client") / "node_modules"
METHODS = [method["name"] for method in openrpc.document()["methods"]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not MODULES.exists(),
        reason="run: npm install --prefix tests/contract_kit/openrpc_tools",
    ),
]


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_schema_utils_accepts_the_document():
    run = subprocess.run(
        ["node", "parse.js"],
        cwd=TOOLS,
        input=json.dumps(openrpc.document()),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.returncode, run.stdout.split()) == (0, METHODS), run.stderr


def test_the_mock_server_answers_all_methods(tmp_path, unused_port):
    document = openrpc.document()
    path = tmp_path / "openrpc.json"
    path.write_text(json.dumps(document))
    command = ["node", MODULES / "mock-server/build/cli.js", "-d", path, "-p", str(unused_port)]
    url = f"http://127.0.0.1:{unused_port}/"
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            until(lambda: listens(url))
            for method in document["methods"]:
                [example, *_] = method["examples"]
                call = {
                    "jsonrpc": "2.0",
                    "id": 1,
                    "method": method["name"],
                    "params": [param["value"] for param in example["params"]],
                }
                answer = httpx2.post(url, json=call, timeout=30).json()
                assert answer["result"] == example["result"]["value"], method["name"]
        finally:
            server.kill()


def test_every_example_passes_on_a_fresh_fake(tmp_path):
    # The call of the example lasts 45 seconds; its info is read half a millisecond later.
    with LiveServer(create_app(clock="100000x")) as live:
        url = live.url.replace("://", "://login:password@")
        path = tmp_path / "openrpc.json"
        path.write_text(json.dumps(openrpc.document(url=url)))
        command = ["node", MODULES / "test-coverage/bin/cli.js", "-s", path, "--transport", "http"]
        run = subprocess.run(
            [*command, "--reporters", "json"],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    calls = json.loads(re.search(r"^\[.*^\]", run.stdout, re.DOTALL | re.MULTILINE)[0])
    assert {call["methodName"] for call in calls} == set(METHODS)
    assert [call["reason"] for call in calls if not call["valid"]] == []


@pytest.mark.skipif(
    not GENERATOR.exists(), reason="run: npm install --prefix tests/contract_kit/openrpc_client"
)
def test_the_generated_typescript_client_compiles(tmp_path):
    (tmp_path / "openrpc.json").write_text(json.dumps(openrpc.document()))
    (tmp_path / "node_modules").symlink_to(GENERATOR)
    for command in (
        "@open-rpc/generator/build/cli.js generate -t client -l typescript -n mtt -o .",
        "typescript/bin/tsc -p client/typescript --noEmit --skipLibCheck",
    ):
        program, *options = command.split()
        run = subprocess.run(
            ["node", GENERATOR / program, *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert run.returncode == 0, run.stdout + run.stderr
    source = (tmp_path / "client/typescript/src/index.ts").read_text()
    assert [method for method in METHODS if f"public {method}:" not in source] == []


def test_the_openrpc_package_reads_the_document():
    package = pytest.importorskip("openrpc", reason="pip install openrpc")
    document = package.OpenRPC.model_validate(openrpc.document())
    assert [method.name for method in document.methods] == METHODS


def listens(url):
    try:
        httpx2.get(url, timeout=5)
    except httpx2.HTTPError:
        return False
    return True

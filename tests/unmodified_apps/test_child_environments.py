"""Programs that replace the environment of their children still redirect them to the fake."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtt_mock import intercept
from mtt_mock.interception.hooks.child_processes import completed, execve

pytestmark = pytest.mark.process

EXAMPLES = Path(__file__).parents[2] / "examples/unchanged"
APP = str(EXAMPLES / "app.py")
ANSWER = '{"jsonrpc":"2.0","result":{"success":1},"id":1}\n'
PYTHON = {
    "subprocess": "import subprocess as s; s.run([{python!r}, {app!r}], env={env}, check=True)",
    "asyncio": (
        "import asyncio\n"
        "async def main():\n"
        "    child = await asyncio.create_subprocess_exec({python!r}, {app!r}, env={env})\n"
        "    await child.wait()\n"
        "asyncio.run(main())"
    ),
    "execve": "import os; os.execve({python!r}, [{python!r}, {app!r}], {env})",
    "posix_spawn": (
        "import os; os.waitpid(os.posix_spawn({python!r}, [{python!r}, {app!r}], {env}), 0)"
    ),
}
NODE = {
    "spawn": "cp.spawn(process.execPath, [app], {stdio: 'inherit', env})",
    "exec": "cp.exec('node ' + app, {env}, (error, out) => console.log(out.trim()))",
    "promisified exec": (
        "require('util').promisify(cp.exec)('node ' + app, {env})"
        ".then(({stdout}) => console.log(stdout.trim()))"
    ),
    "fork": "cp.fork(app, [], {env})",
    "execFileSync": "console.log(cp.execFileSync(process.execPath, [app], {env}).toString().trim())",
    "spawnSync": "cp.spawnSync(process.execPath, [app], {stdio: 'inherit', env})",
    "execSync": "console.log(cp.execSync('node ' + app, {env}).toString().trim())",
}


@pytest.mark.unmeasured
@pytest.mark.parametrize("env", ["{}", "{'PYTHONPATH': '/nowhere'}"])
@pytest.mark.parametrize("way", PYTHON)
def test_a_child_of_python_reaches_the_fake(execute, way, env):
    code = PYTHON[way].format(python=sys.executable, app=APP, env=env)
    done = execute(sys.executable, "-c", code)
    assert (done.stdout, done.returncode) == (ANSWER, 0), done.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("way", NODE)
def test_a_child_of_node_reaches_the_fake(execute, way):
    code = (
        f"const cp = require('child_process'), app = {json.dumps(str(EXAMPLES / 'https.cjs'))};"
        f"const env = {{PATH: process.env.PATH, NODE_OPTIONS: '--no-warnings'}}; {NODE[way]}"
    )
    done = execute("node", "-e", code)
    assert done.stdout == ANSWER, done.stderr


def test_child_processes_reach_the_fake_with_any_environment():
    with intercept() as interception:
        done = subprocess.run(
            [sys.executable, APP], env={"A": "1"}, capture_output=True, text=True, check=True
        )
        assert len(interception.server.journal) == 1
    assert done.stdout == ANSWER
    assert completed({"A": "1"}) == {"A": "1"}


def test_the_environment_of_execve_is_completed():
    hooked = execve(None, lambda *arguments: arguments)
    with intercept():
        path, argv, env = hooked("/bin/true", ["true"], {"A": "1"})
    assert (path, argv, env["A"]) == ("/bin/true", ["true"], "1")
    assert "MTT_MOCK_REDIRECT" in env


def test_variables_that_a_program_sets_stay():
    given = {"SSL_CERT_FILE": "/own.pem", "PYTHONPATH": "/own", "EMPTY": ""}
    with intercept():
        env = completed(given)
        assert env["SSL_CERT_FILE"] == "/own.pem"
        assert env["PYTHONPATH"].endswith(f"{os.pathsep}/own")
        assert env["EMPTY"] == ""
        assert completed(env) == env
        assert completed(None) is None

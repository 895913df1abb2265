#!/usr/bin/env bash
# The pytest plugin of anyio 4.16.0, on asyncio and on trio 0.35.0, beside pytest-asyncio 1.5.0 (PyPI), with pytest
# 9.2.0: context variables, in which structlog binds its fields and programs keep the account of a request.
#
# A module has an asynchronous fixture of its own scope, for a server or a pool of connections.
#
# Guess before the run: a test sees what its own fixtures set, and nothing of the test before, under both plugins.
# Behaviour: under anyio, the tests of such a module share one context. A variable that a test sets is seen by the next
# test. What a synchronous fixture sets does not reach an asynchronous test; in a module without such a fixture it does.
# pytest-asyncio keeps the tests apart, and gives them what a synchronous fixture has set.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pytest==9.2.0 anyio==4.16.0 trio==0.35.0 pytest-asyncio==1.5.0
cat >test_context.py <<'PYTHON'
import contextvars
import os

import pytest
import pytest_asyncio

ACCOUNT = contextvars.ContextVar("account", default="none")
NAME = os.environ["PLUGIN"]
if NAME.startswith("anyio"):
    pytestmark = pytest.mark.anyio
    fixture = pytest.fixture(scope="module")
else:
    pytestmark = pytest.mark.asyncio(loop_scope="module")
    fixture = pytest_asyncio.fixture(scope="module", loop_scope="module")


@pytest.fixture(scope="module")
def anyio_backend():
    return NAME.split()[-1]


@fixture
async def server(anyio_backend):
    yield


@pytest.fixture
def account():
    token = ACCOUNT.set("of the fixture")
    yield
    ACCOUNT.reset(token)


def show(line):
    print(f"{NAME}: {line}", file=open("output", "a"))


async def test_without_the_server(account):
    show(f"account {ACCOUNT.get()}")


async def test_with_the_server(account, server):
    show(f"account {ACCOUNT.get()}, with a server")
    ACCOUNT.set("of the test before")


async def test_after_it(server):
    show(f"account {ACCOUNT.get()}, in the next test")
PYTHON
for plugin in "anyio on asyncio" "anyio on trio"; do
    PLUGIN=$plugin venv/bin/python -m pytest -q -p no:asyncio
done
PLUGIN=pytest-asyncio venv/bin/python -m pytest -q -p no:anyio
cat output
diff output - <<'EXPECTED'
anyio on asyncio: account of the fixture
anyio on asyncio: account none, with a server
anyio on asyncio: account of the test before, in the next test
anyio on trio: account of the fixture
anyio on trio: account none, with a server
anyio on trio: account of the test before, in the next test
pytest-asyncio: account of the fixture
pytest-asyncio: account of the fixture, with a server
pytest-asyncio: account none, in the next test
EXPECTED

#!/usr/bin/env bash
# pytest 9.2.0 with its own plugin `pytester`, and httpx2 2.16.2: exceptions after a test run within a test.
#
# `pytester.runpytest_inprocess()` runs a small suite in the same process, and afterwards forgets the modules that the
# small suite has imported. Plugins of pytest are tested so.
#
# Guess before the run: a later `except httpx2.ConnectError` catches a refused connection, as before.
# Behaviour: httpx2 imports httpcore2 when the first request is sent. If that happens in the small suite, pytester forgets
# httpcore2, but httpx2, which the outer suite had imported, keeps its table of the forgotten exceptions. Later connections
# raise the exceptions of a second httpcore2, which are not translated, so they are no httpx2 errors.
# A request before the small suite avoids it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pytest==9.2.0 httpx2==2.16.2 httpcore2==2.16.2
cat >test_inner.py <<'PYTHON'
import httpx2
import pytest

pytest_plugins = ["pytester"]
INNER = """
import httpx2, pytest

def test_inner():
    with pytest.raises(httpx2.ConnectError):
        httpx2.get("http://127.0.0.1:1/")
"""


def refused():
    try:
        httpx2.get("http://127.0.0.1:1/")
    except Exception as error:
        return f"{type(error).__module__}.{type(error).__name__}, caught: {isinstance(error, httpx2.ConnectError)}"


@pytest.mark.parametrize("before", [False, True])
def test_outer(pytester, before):
    if before:
        refused()
    pytester.makepyfile(INNER)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    print("request before:", before, "->", refused())
PYTHON
for before in False True; do
    venv/bin/python -m pytest -q -rP -p no:cacheprovider "test_inner.py::test_outer[$before]" | grep '^request before'
done | tee output
diff output - <<'EXPECTED'
request before: False -> httpcore2.ConnectError, caught: False
request before: True -> httpx2.ConnectError, caught: True
EXPECTED

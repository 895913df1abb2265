"""Every library, sync and async, with MTT's URL and checked certificates."""

import subprocess
import sys
from pathlib import Path

import pytest
from libraries import ALL

pytestmark = pytest.mark.process

SOURCE = Path(__file__).with_name("libraries.py").read_text(encoding="utf-8")
NAMES = [
    "requests",
    "requests_session",
    "urllib3",
    "urllib_request",
    "http_client",
    "httpx",
    "httpx2",
    "httpx_async",
    "httpx2_async",
    "aiohttp",
    "asyncio_streams",
    "the_mtt_client",
]


def test_every_library_is_tested():
    assert list(ALL) == NAMES


def test_each_library_in_a_pytest_run_with_the_setting(pytester):
    pytester.makepyfile(libraries=SOURCE)
    pytester.makeini("[pytest]\nmtt_intercept = true\nfilterwarnings = error\n")
    pytester.makepyfile(
        """
        import aiohttp, requests, httpx, httpx2  # imported early, as applications do
        import pytest
        from libraries import ALL

        @pytest.mark.parametrize("name", ALL)
        def test_it(mtt_intercept, mtt_server, name):
            assert ALL[name]()["result"] == {"success": 1}
            assert "error" in ALL[name]()["result"]
            assert [exchange.method for exchange in mtt_server.journal][-2:] == [
                "setCallBackFollowme"
            ] * 2
            assert len(mtt_server.followme("883140500000000").elements) == 1
            assert mtt_intercept.refused == ()
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=len(NAMES))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_library_with_the_context_manager_alone(name, tmp_path):
    (tmp_path / "libraries.py").write_text(SOURCE)
    code = (
        "import mtt_mock\n"
        "with mtt_mock.intercept() as interception:\n"
        "    from libraries import ALL\n"
        f"    print(ALL[{name!r}]()['result'])\n"
        "    print(len(interception.server.journal), interception.refused)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{'success': 1}\n1 ()\n", "")


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", NAMES)
def test_child_python_processes_reach_the_fake(name, tmp_path):
    import mtt_mock

    with mtt_mock.intercept() as interception:
        done = subprocess.run(
            [sys.executable, Path(__file__).with_name("libraries.py"), name],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.stdout, done.stderr) == ('{"success": 1}\n', "")
    assert len(interception.server.journal) == 1

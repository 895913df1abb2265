"""Fixtures and markers of the pytest plugin, in whole pytest runs."""

import subprocess
import sys

import pytest

CONFLICT = """
    import pytest
    from mtt_client import Ringall, SideNotClearError

    def test_conflict(mtt_client, mtt_server):
        mtt_client.set_callback_followme([Ringall("79000000001")])
        with pytest.raises(SideNotClearError) as caught:
            mtt_client.set_callback_followme([Ringall("79000000002")])
        assert caught.value.side == "A"
        [element] = mtt_server.followme("883140500000000").side("A")
        assert element.fields["redirect_number"] == "79000000001"
"""


def passed(result, count):
    result.assert_outcomes(passed=count)


def test_client_and_server_fixtures_need_no_setup(pytester):
    pytester.makepyfile(CONFLICT)
    passed(pytester.runpytest_inprocess(), 1)


def test_tests_share_a_server_with_clean_state(pytester):
    pytester.makepyfile(
        """
        import pytest
        from mtt_client import Ringall

        urls = set()

        @pytest.mark.parametrize("number", range(3))
        def test_clean(mtt_server, mtt_client, number):
            assert mtt_server.followme("883140500000000").elements == ()
            assert len(mtt_server.journal) == 0
            mtt_client.set_callback_followme([Ringall("79000000001")])
            assert len(mtt_server.journal) == 1
            urls.add(mtt_server.url)
            assert len(urls) == 1
            assert mtt_server.url.startswith("http://127.0.0.1:")

        def test_reset(mtt_server, mtt_client):
            for _ in range(2):
                mtt_client.set_callback_followme([Ringall("79000000001")])
                mtt_server.reset()
        """
    )
    passed(pytester.runpytest_inprocess(), 4)


def test_the_app_fixture_needs_no_socket(pytester):
    pytester.makepyfile(
        """
        import socket
        import httpx2
        from mtt_client import MttClient, Ringall
        from mtt_mock import fake_of

        def no_socket(*args, **kwargs):
            raise AssertionError("a socket was opened")

        def test_app(mtt_app, mtt_app_client, monkeypatch):
            monkeypatch.setattr(socket, "socket", no_socket)
            mtt_app_client.set_callback_followme([Ringall("79000000001")])
            assert len(fake_of(mtt_app).followme("883140500000000").elements) == 1

        def test_own_transport(mtt_app):
            transport = httpx2.WSGITransport(app=mtt_app)
            with MttClient("http://fake.invalid/index.php", "a", "b", "8831405",
                           transport=transport) as client:
                client.set_callback_followme([Ringall("79000000001")])
        """
    )
    passed(pytester.runpytest_inprocess(), 2)


def test_a_marker_configures_only_its_test(pytester):
    pytester.makepyfile(
        """
        import httpx2
        import pytest

        def status(server):
            body = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
            return httpx2.post(server.url, json=body, auth=server.credentials).status_code

        @pytest.mark.mtt(error_status=200)
        def test_switched(mtt_server):
            assert status(mtt_server) == 200

        def test_default(mtt_server):
            assert status(mtt_server) == 500

        @pytest.mark.mtt(error_status=400)
        class TestClass:
            def test_of_the_class(self, mtt_server):
                assert status(mtt_server) == 400

            @pytest.mark.mtt(error_status=404)
            def test_the_nearest_marker_wins(self, mtt_server):
                assert status(mtt_server) == 404

        @pytest.mark.mtt(accounts=["ann:secret:8831405"])
        def test_accounts(mtt_server, mtt_client, mtt_app_client):
            mtt_client.delete_callback_followme()
            mtt_app_client.delete_callback_followme()
            assert mtt_server.journal[-1].customer == "8831405"
            assert mtt_server.credentials == ("ann", "secret")
            assert httpx2.post(mtt_server.url, json={}, auth=("bob", "x")).status_code == 401

        @pytest.mark.mtt(error_status=201)
        def test_app(mtt_app):
            answer = mtt_app.test_client().post("/index.php", auth=("a", "b"), data="")
            assert answer.status_code == 201
        """
    )
    passed(pytester.runpytest_inprocess(), 6)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (
            "mtt(error_statu=200)",
            "*unknown setting 'error_statu'; known are accounts, error_status*",
        ),
        ("mtt(error_status='200')", "*error_status must be an integer, got '200'*"),
        ("mtt(error_status=99)", "*error_status must be from 200 to 599, got 99*"),
        ("mtt(accounts='a:b')", "*accounts must be a list of accounts, got str*"),
        ("mtt(accounts=['ab'])", "*write an account as login:password*"),
        ("mtt(accounts=['a:b', 'a:c'])", "*@pytest.mark.mtt: account a is given twice*"),
        ("mtt(accounts=['a:b:1,'])", "*@pytest.mark.mtt: account a has an empty customer*"),
        ("mtt(200)", "*takes settings by name, such as mtt(error_status=200); got (200,)*"),
    ],
)
def test_invalid_marker_arguments_fail_with_a_message(pytester, marker, message):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.{marker}
        def test_it(mtt_server):
            pass
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()
    assert "During handling" not in result.stdout.str()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("None", "fixture mtt_settings must return a dict of settings, got None"),
        ("'text'", "fixture mtt_settings must return a dict of settings, got 'text'"),
        (
            "{'error_status': 99}",
            "fixture mtt_settings: error_status must be from 200 to 599, got 99",
        ),
        ("{1: 2}", "fixture mtt_settings: the names of settings must be str"),
    ],
)
def test_an_invalid_settings_fixture_is_named(pytester, value, message):
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.fixture(scope="session")
        def mtt_settings():
            return {value}

        @pytest.mark.mtt(max_body=100)
        def test_it(mtt_server):
            pass
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}*"])


def test_environment_proxies_are_ignored(pytester, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    pytester.makepyfile(CONFLICT)
    passed(pytester.runpytest_inprocess(), 1)


def test_fixtures_are_overridden_to_configure_a_whole_suite(pytester):
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def mtt_settings():
            return {"error_status": 200, "accounts": ["ann:secret"]}

        @pytest.fixture(scope="session")
        def mtt_customer():
            return "8831405"
        """
    )
    pytester.makepyfile(
        """
        from mtt_client import Ringall

        def test_it(mtt_server, mtt_client):
            mtt_client.set_callback_followme([Ringall("79000000001")])
            assert mtt_server.settings.error_status == 200
            assert len(mtt_server.followme("8831405").elements) == 1
        """
    )
    passed(pytester.runpytest_inprocess(), 1)


@pytest.mark.slow
def test_xdist_workers_do_not_disturb_each_other(pytester):
    pytester.makepyfile(
        """
        import pytest
        from mtt_client import Ringall

        @pytest.mark.parametrize("number", range(20))
        def test_it(mtt_server, mtt_client, number):
            mtt_client.set_callback_followme([Ringall("79000000001")])
        """
    )
    passed(pytester.runpytest_subprocess("-n", "2"), 20)


def test_the_marker_is_registered(pytester):
    result = pytester.runpytest_inprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.mtt(*"])


@pytest.mark.unmeasured
def test_unused_fixtures_import_no_library(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_it():
            for name in ("flask", "werkzeug", "uvicorn", "jsonschema", "jsonschema_rs", "httpx2",
                         "mtt_client", "mtt_contracts", "orjson"):
                assert name not in sys.modules, name
            # hypothesis has a plugin of its own; that is the only part that may be there
            assert "hypothesis" not in sys.modules
        """
    )
    passed(pytester.runpytest_subprocess(), 1)


def test_a_fixture_names_the_missing_server_extra(pytester):
    pytester.makeconftest("import sys; sys.modules['flask'] = None")
    pytester.makepyfile("def test_it(mtt_server): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*need flask, which is not installed: pip install "mtt-mock*'])


def test_importing_the_package_imports_no_server():
    code = "import sys, mtt_mock; print([m for m in ('flask', 'uvicorn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

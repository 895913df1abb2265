"""Options of the pytest plugin: settings, scopes, interception, failure reports."""

import socket

import pytest

from mtt_mock import InterceptWarning
from mtt_mock.testing.lookup_warning import LookupWatch


def run(pytester, *arguments):
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def run_in_subprocess(pytester, *arguments):
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


STATUS = """
    import httpx2

    def status(server):
        body = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod"}
        return httpx2.post(server.url, json=body, auth=server.credentials).status_code
"""


def test_settings_come_from_ini_and_command_line(pytester):
    pytester.makeini(
        """
        [pytest]
        mtt_error_status = 201
        mtt_accounts =
            ann:secret:8831405
            bob:hidden
        mtt_max_body = 5000
        mtt_max_batch = 7
        mtt_journal_size = 3
        """
    )
    pytester.makepyfile(
        """
        import os

        def test_it(mtt_server, mtt_app):
            settings = mtt_server.settings
            assert settings.error_status == int(os.environ["EXPECTED"])
            assert [account.login for account in settings.accounts] == os.environ["LOGINS"].split()
            assert (settings.max_body, settings.max_batch, settings.journal_size) == (5000, 7, 3)
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPECTED", "201")
        patch.setenv("LOGINS", "ann bob")
        run(pytester).assert_outcomes(passed=1)
        patch.setenv("EXPECTED", "202")
        patch.setenv("LOGINS", "eve")
        done = run(pytester, "--mtt-error-status", "202", "--mtt-account", "eve:x")
        done.assert_outcomes(passed=1)


def test_configuration_then_fixture_then_command_line_then_marker(pytester):
    pytester.makeini("[pytest]\nmtt_error_status = 201\nmtt_max_batch = 9\n")
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def mtt_settings():
            return {"error_status": 202}
        """
    )
    pytester.makepyfile(
        """
        import os, pytest

        def test_fixture(mtt_server):
            assert mtt_server.settings.error_status == int(os.environ["EXPECTED"])
            assert mtt_server.settings.max_batch == 100  # the fixture replaces the configuration

        @pytest.mark.mtt(error_status=400)
        def test_marker(mtt_server):
            assert mtt_server.settings.error_status == 400
        """
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPECTED", "202")
        run(pytester).assert_outcomes(passed=2)
        patch.setenv("EXPECTED", "203")
        run(pytester, "--mtt-error-status", "203").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("ini", "arguments", "message"),
    [
        ("", ["--mtt-error-status", "99"], "mtt-mock's settings: error_status must be from 200"),
        ("", ["--mtt-error-status", "many"], "option --mtt-error-status: 'many' is not a number"),
        ("mtt_max_body = big", [], "ini setting mtt_max_body: 'big' is not a number"),
        ("mtt_max_body = 0", [], "mtt-mock's settings: max_body must be at least 1, got 0"),
        ("", ["--mtt-profile="], "mtt-mock's settings: profile: the name of the file is empty"),
        ("", ["--mtt-clock="], "mtt-mock's settings: clock must be *"),
        ("", ["--mtt-account", "ab"], "mtt-mock's settings: write an account as login:password"),
    ],
)
def test_an_invalid_setting_ends_the_run_with_one_line(pytester, ini, arguments, message):
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile("def test_it(): pass")
    result = run(pytester, *arguments)
    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: *{message}*"])
    assert "Traceback" not in result.stderr.str()


def test_every_option_and_ini_setting_has_its_help(pytester):
    text = " ".join(run(pytester, "--help").stdout.str().split())
    for option in (
        "--mtt-account=LOGIN:PASSWORD[:CUSTOMER,…]",
        "--mtt-error-status=STATUS HTTP status of error envelopes",
        "--mtt-max-body=BYTES",
        "--mtt-max-batch=CALLS",
        "--mtt-journal-size=ENTRIES",
        "--mtt-clock=CLOCK",
        "--mtt-subscriber=NUMBER=KIND[:name=seconds,…]",
        "--mtt-callback-allow=WHERE",
        "--mtt-host=HOST",
        "--mtt-allow=HOST",
        "--mtt-intercept intercept MTT's host in every test",
        "mtt_accounts (linelist)",
        "mtt_error_status (string)",
        "mtt_max_body (string)",
        "mtt_max_batch (string)",
        "mtt_journal_size (string)",
        "mtt_hosts (linelist)",
        "mtt_allow (linelist)",
        "mtt_intercept (bool)",
    ):
        assert option in text, option


@pytest.mark.parametrize("scope", ["module", "session"])
def test_mtt_server_can_have_a_wider_scope(pytester, scope):
    pytester.makeconftest(
        f"""
        import pytest
        import mtt_mock

        @pytest.fixture(scope="{scope}")
        def mtt_server(mtt_settings):
            with mtt_mock.serve(**mtt_settings) as server:
                yield server
        """
    )
    pytester.makepyfile(
        """
        import pytest
        from mtt_client import Ringall, SideNotClearError

        def test_first(mtt_client):
            mtt_client.set_callback_followme([Ringall("79000000001")])

        def test_second(mtt_client, mtt_server, mtt_intercept):
            assert mtt_intercept.server is mtt_server
            with pytest.raises(SideNotClearError):
                mtt_client.set_callback_followme([Ringall("79000000001")])
            assert mtt_server.settings.error_status == 202

        def test_third(mtt_client, mtt_server):
            assert len(mtt_server.journal) == 2
            assert False
        """
    )
    result = run(pytester, "--mtt-error-status", "202")
    result.assert_outcomes(passed=2, failed=1)
    # Of a journal that is kept over tests, only this test's exchanges are shown: here none.
    assert "exchanges with the fake" not in result.stdout.str()


def test_mtt_intercept_redirects_mtts_url_during_the_test(pytester):
    pytester.makepyfile(
        """
        import os, socket
        import urllib.request, urllib.error

        URL = "https://webapicommon.mtt.ru/index.php"

        def ask(url=URL):
            try:
                urllib.request.urlopen(url)
            except urllib.error.HTTPError as error:
                error.close()
                return error.code

        def test_first(mtt_intercept, mtt_server):
            assert ask() == 401
            assert len(mtt_server.journal) == 1
            assert "MTT_MOCK_REDIRECT" in os.environ

        def test_between():
            assert "MTT_MOCK_REDIRECT" not in os.environ
            assert "connect" not in vars(socket.socket)

        def test_second(mtt_intercept, mtt_server):
            assert ask() == 401
            assert len(mtt_server.journal) == 1
        """
    )
    run(pytester).assert_outcomes(passed=3)


def test_hosts_and_allowed_addresses_are_configured(pytester):
    pytester.makeini("[pytest]\nmtt_hosts = other.example\nmtt_allow =\n    9.9.9.0/24\n")
    pytester.makepyfile(
        """
        import os, json

        def test_it(mtt_intercept):
            assert mtt_intercept.hosts == ("other.example",)
            assert json.loads(os.environ["MTT_MOCK_REDIRECT"])["allow"] == ["9.9.9.0/24"]
        """
    )
    run(pytester).assert_outcomes(passed=1)
    pytester.makepyfile(
        """
        def test_it(mtt_intercept):
            assert mtt_intercept.hosts == ("third.example",)
        """
    )
    run(pytester, "--mtt-host", "third.example").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mtt-host", "https://x/"], "mtt_intercept: 'https://x/' is not a host"),
        (
            ["--mtt-allow", "example.com"],
            "mtt_intercept: allow holds 'example.com'; give addresses",
        ),
    ],
)
def test_invalid_hosts_are_reported_without_a_traceback(pytester, arguments, message):
    pytester.makepyfile("def test_it(mtt_intercept): pass")
    result = run(pytester, *arguments)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{message}*"])
    assert "Traceback" not in result.stdout.str()


@pytest.mark.unmeasured
@pytest.mark.parametrize("way", ["ini", "option"])
def test_the_setting_prepares_the_environment_before_conftest(pytester, way):
    if way == "ini":
        pytester.makeini("[pytest]\nmtt_intercept = true\n")
    pytester.makeconftest(
        """
        import os
        assert "bundle-" in os.environ["SSL_CERT_FILE"]
        assert os.environ["REQUESTS_CA_BUNDLE"] == os.environ["SSL_CERT_FILE"]
        """
    )
    pytester.makepyfile("def test_it(): pass")
    options = ["--mtt-intercept"] if way == "option" else []
    pytester.runpytest_inprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=1)
    import os

    assert "SSL_CERT_FILE" not in os.environ
    if way == "option":  # the next test runs workers with the setting of a file
        run_in_subprocess(pytester, "-n", "1", *options).assert_outcomes(passed=1)


def test_the_setting_intercepts_every_test_and_the_imports_before(pytester):
    pytester.makeini("[pytest]\nmtt_intercept = true\n")
    pytester.makeconftest(
        """
        import socket
        assert socket.gethostbyname("webapicommon.mtt.ru").startswith("127.77.")
        """
    )
    pytester.makepyfile(
        """
        import http.client, json, socket, unittest
        import pytest

        def delete(url_path="/index.php"):
            connection = http.client.HTTPSConnection("webapicommon.mtt.ru", timeout=20)
            call = {"jsonrpc": "2.0", "id": 1, "method": "deleteCallBackFollowme",
                    "params": {"customer_name": "8831405"}}
            headers = {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}
            connection.request("POST", url_path, json.dumps(call), headers)
            result = json.loads(connection.getresponse().read())["result"]
            connection.close()
            return result

        def test_without_any_fixture():
            assert delete() == {"success": 1}
            with pytest.raises(ConnectionError, match="mtt-mock refused"):
                socket.create_connection(("1.1.1.1", 443), timeout=5)

        def test_state_and_refusals_are_of_this_test(mtt_intercept, mtt_server):
            assert mtt_intercept.refused == () and len(mtt_server.journal) == 0
            assert delete() == {"success": 1}
            assert len(mtt_server.journal) == 1

        class TestLegacy(unittest.TestCase):
            def test_it(self):
                self.assertEqual(delete(), {"success": 1})

        @pytest.mark.mtt_no_intercept
        def test_that_opts_out(request):
            from mtt_mock.interception.hooks import HOOKS
            # A worker of xdist keeps the interception of the process that started it.
            inherited = 1 if hasattr(request.config, "workerinput") else 0
            assert len(HOOKS.redirects) == inherited

        def test_after_it():
            assert delete() == {"success": 1}
        """
    )
    run(pytester, "-W", "error").assert_outcomes(passed=5)
    run_in_subprocess(pytester, "-n", "1", "-W", "error").assert_outcomes(passed=5)


def test_a_swallowed_refusal_is_reported_on_failure(pytester):
    pytester.makeini("[pytest]\nmtt_intercept = true\n")
    pytester.makepyfile(
        """
        import socket

        def test_it():
            try:
                socket.create_connection(("1.1.1.1", 443), timeout=5)
            except OSError:
                pass
            assert False
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["refused: a connection to 1.1.1.1 port 443*"])


def test_resolving_mtt_without_interception_warns(pytester):
    pytester.makepyfile(
        """
        import socket, pytest

        def look_up():
            try:
                socket.getaddrinfo("webapicommon.mtt.ru", 443)
            except OSError:
                pass

        def test_that_leaks():
            look_up()

        @pytest.mark.mtt_no_intercept
        def test_that_means_it():
            look_up()

        def test_that_intercepts(mtt_intercept):
            look_up()
        """
    )
    result = run_in_subprocess(pytester)
    result.assert_outcomes(passed=3, warnings=1)
    result.stdout.fnmatch_lines(["*webapicommon.mtt.ru is looked up, and nothing intercepts it*"])
    run_in_subprocess(pytester, "-W", "error").assert_outcomes(passed=2, failed=1)


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("getaddrinfo", lambda address: [(2, 1, 6, "", (address, 443))]),
        ("gethostbyname", lambda address: address),
        ("gethostbyname_ex", lambda address: ("mtt.example", [], [address])),
    ],
)
def test_only_a_lookup_that_leads_to_the_internet_warns(monkeypatch, function, answer):
    addresses = ["127.84.84.1", "172.18.0.2", "45.45.45.45"]
    monkeypatch.setattr(socket, function, lambda *_: answer(addresses.pop(0)))
    with LookupWatch(["mtt.example"]).active():
        for _ in range(2):  # as under exec --isolate, and in a network of containers
            getattr(socket, function)("mtt.example", 443)
        with pytest.warns(InterceptWarning, match="mtt.example is looked up"):
            getattr(socket, function)("mtt.example", 443)


@pytest.mark.unmeasured
def test_the_environment_is_unchanged_without_the_setting(pytester):
    pytester.makepyfile(
        "import os, sys\n"
        "def test_it():\n"
        "    assert 'SSL_CERT_FILE' not in os.environ\n"
        "    assert 'cryptography' not in sys.modules\n"
    )
    run_in_subprocess(pytester).assert_outcomes(passed=1)


def test_a_broken_authority_is_reported_in_one_line(pytester, monkeypatch):
    monkeypatch.setenv("MTT_MOCK_CA_DIR", "/dev/null")
    pytester.makepyfile("def test_it(mtt_intercept): pass")
    result = run(pytester, "--mtt-intercept")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: mtt_intercept: no certificate authority in /dev/null: *"])
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mtt_intercept: no certificate authority in /dev/null: *"])
    assert "Traceback" not in result.stdout.str()


def test_a_missing_library_for_interception_is_named(pytester):
    pytester.makeconftest("import sys; sys.modules['cryptography'] = None")
    pytester.makepyfile("def test_it(mtt_intercept): pass")
    result = run_in_subprocess(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["mtt-mock's fixtures need cryptography, which is not installed: pip install \"mtt-mock*"]
    )


FAILING = """
    from mtt_client import Ringall, SideNotClearError
    import pytest

    def test_earlier(mtt_client):
        mtt_client.delete_callback_followme()

    def test_failing(mtt_client, mtt_server):
        mtt_client.set_callback_followme([Ringall("79000000001", name="\\x1b[31m")])
        with pytest.raises(SideNotClearError):
            mtt_client.set_callback_followme([Ringall("79000000002", timeout=5)])
        assert False
"""


def test_a_failed_test_shows_its_exchanges_with_the_fake(pytester):
    pytester.makepyfile(FAILING)
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- exchanges with the fake MTT -*",
            "setCallBackFollowme 883140500000000 ok * ms",
            '  asked: {"customer_name": "883140500000000", "callBackFollowmeStruct": [[]{*79000000001*',
            '  answered: {"success": 1}',
            "setCallBackFollowme 883140500000000 refused: Side A not clear. Delete before insert *",
            "  asked: *79000000002*",
            '  answered: {"error": 1, "error_description": "Side A not clear. Delete before insert"}',
            "  note: callBackFollowmeStruct[[]0[]].timeout is 5 s; MTT advises 10 s or more",
        ]
    )
    text = result.stdout.str()
    assert text.count("exchanges with the fake MTT") == 1
    assert "deleteCallBackFollowme" not in text.split("exchanges with the fake MTT")[1]
    assert "\x1b[31m" not in text
    assert "Authorization" not in text
    assert "cGFzc3dvcmQ" not in text


def test_a_failed_test_shows_the_events_that_were_sent(pytester):
    pytester.makepyfile(
        """
        from mtt_client import Ringall

        def test_it(mtt_client, mtt_clock):
            mtt_client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
            mtt_client.make_callback_call_followme(
                b_number="79000000002", callback_url="http://127.0.0.1:9/"
            )
            mtt_clock.run_until_idle()
            assert False
        """
    )
    # The reason depends on earlier tests, which import httpx2 anew.
    run(pytester).stdout.fnmatch_lines(
        ["start_side_A 883140500000000 call 1000001 -> http://127.0.0.1:9/*=start_side_A* ms"]
    )


def test_hooks_that_another_tool_took_away_return_for_the_next_test(pytester):
    pytester.makeini("[pytest]\nmtt_intercept = true")
    pytester.makepyfile(
        """
        import _socket
        import socket

        def test_before():
            socket.getaddrinfo = _socket.getaddrinfo

        def test_it():
            assert socket.getaddrinfo("webapicommon.mtt.ru", 443)[0][4][0].startswith("127.77.")
        """
    )
    run(pytester).assert_outcomes(passed=2)


def test_the_section_is_bounded(pytester):
    pytester.makepyfile(
        """
        import httpx2

        def test_it(mtt_server):
            for number in range(30):
                params = {"customer_name": "8", "callBackFollowmeStruct": ["x" * 9000]}
                body = {"jsonrpc": "2.0", "id": number + 1, "method": "setCallBackFollowme",
                        "params": params}
                httpx2.post(mtt_server.url, json=body, auth=("a", "b"))
            raise RuntimeError
        """
    )
    text = run(pytester).stdout.str().split("exchanges with the fake MTT")[1]
    assert "(10 earlier ones are not shown)" in text
    assert text.count("asked: ") == 20
    assert len(text) < 25_000


def test_app_and_failing_setup_are_reported(pytester):
    pytester.makepyfile(
        """
        import pytest
        from mtt_client import Ringall

        def test_app(mtt_app, mtt_app_client):
            mtt_app_client.set_callback_followme([Ringall("79000000001")])
            assert False

        @pytest.fixture
        def preset(mtt_client):
            mtt_client.set_callback_followme([Ringall("79000000009")])
            raise RuntimeError

        def test_set_up(mtt_server, preset):
            pass
        """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1, errors=1)
    assert result.stdout.str().count("exchanges with the fake MTT") == 2


def test_refused_connections_are_reported(pytester):
    pytester.makepyfile(
        """
        import contextlib, socket

        def test_it(mtt_intercept):
            with contextlib.suppress(OSError):  # an application that swallows errors
                socket.create_connection(("1.1.1.1", 443))
            assert False
        """
    )
    result = run(pytester)
    result.stdout.fnmatch_lines(
        ["*- exchanges with the fake MTT -*", "refused: a connection to 1.1.1.1 port 443. While*"]
    )


def test_a_failed_test_without_the_fake_shows_nothing(pytester):
    pytester.makepyfile(
        "def test_first(mtt_server): pass\ndef test_it(): assert False\n"
        "def test_used_but_not_asked(mtt_server): assert False\n"
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    assert "exchanges with the fake" not in result.stdout.str()


def test_settings_of_calls_are_configured_too(pytester):
    pytester.makeini("[pytest]\nmtt_subscribers = 79000000001=busy\nmtt_ring_timeout = 12.5\n")
    pytester.makepyfile(
        """
        def test_it(mtt_server):
            assert type(mtt_server.subscribers["79000000001"]).__name__ == "Busy"
            assert mtt_server.settings.ring_timeout == 12.5
            assert mtt_server.settings.clock == "20x"
        """
    )
    run(pytester, "--mtt-clock", "20x").assert_outcomes(passed=1)


def test_pytest_has_every_setting_of_the_fake(pytester):
    from mtt_mock import Settings

    help_text = run(pytester, "--help").stdout.str()
    for name in Settings.__dataclass_fields__:
        assert f"mtt_{name} (" in help_text, name


def test_switches_and_the_token_are_configured_in_pytest(pytester):
    pytester.makeini("[pytest]\nmtt_refuse_at_zero = true\nmtt_control_token = hush\n")
    pytester.makepyfile(
        """
        def test_it(mtt_server):
            settings = mtt_server.settings
            assert (settings.refuse_at_zero, settings.lengths_as_text) == (True, True)
            assert settings.control_token == "hush"
        """
    )
    run(pytester, "--mtt-lengths-as-text").assert_outcomes(passed=1)


POLLING = """
    import pytest
    from mtt_client import CallNotEndedError, Ringall

    def start(client):
        client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
        return client.make_callback_call_followme(b_number="79000000002")

    def poll(client, call, times, sleep=lambda seconds: None):
        for _ in range(times):
            with pytest.raises(CallNotEndedError):
                client.get_callback_followme_call_info(call)
            sleep(0.1)
"""


@pytest.mark.parametrize(
    ("client", "arguments", "times"),
    [
        ("mtt_client", [], 2),  # at once, and in the report of the failure
        ("mtt_app_client", ["-n", "1"], 1),  # a worker has no terminal
    ],
)
def test_polling_on_a_manual_clock_is_explained(pytester, client, arguments, times):
    test = f"""
    def test_trapped({client}):
        poll({client}, start({client}), 25)
        assert not "the end"
    """
    pytester.makepyfile(POLLING + test)
    done = run(pytester, *arguments)
    done.assert_outcomes(failed=1)
    advice = '*::test_trapped got "Call is not ended" 20 times*mtt_clock.advance(seconds)*'
    done.stdout.fnmatch_lines(["*Captured fake MTT call*", f"mtt-mock: {advice}"])
    assert str(done.stdout).count('got "Call is not ended" 20 times') == times


def test_polling_on_a_running_clock_is_not_explained(pytester):
    tests = """
    def test_few(mtt_client):
        poll(mtt_client, start(mtt_client), 19)

    def test_passing(mtt_client, mtt_clock):
        poll(mtt_client, start(mtt_client), 25, mtt_clock.advance)
        assert not "the end"
    """
    pytester.makepyfile(POLLING + tests)
    done = run(pytester)
    done.assert_outcomes(passed=1, failed=1)
    assert "20 times" not in str(done.stdout)

"""The pytest plugin: a fake MTT for tests.

Every pytest run of an environment with mtt-mock loads it, so it imports nothing heavy until a test
requests a fixture.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mtt_mock.domain.errors import MttMockError
from mtt_mock.testing import plugin_options
from mtt_mock.testing.lookup_warning import LookupWatch

if TYPE_CHECKING:
    import httpx2
    from flask import Flask

    from mtt_client import AsyncMttClient, MttClient
    from mtt_mock.interception.interception import Interception
    from mtt_mock.server.handles import AsyncFakeClock, FakeClock, MttServer, Subscribers
    from mtt_mock.server.live_server import LiveServer
    from mtt_mock.service.settings import Settings
    from mtt_mock.testing.polling_advice import PollingAdvice
    from mtt_mock.testing.receiver import EventReceiver
    from mtt_mock.testing.suite_interception import SuiteInterception

_FAULTS_MARKER = "mtt_faults(*faults): faults that the fake injects, see docs/reference/faults.md"
_MARKER = (
    "mtt(**settings): settings of the fake MTT for this test, such as "
    "mtt(error_status=200) or mtt(accounts=['login:password'])"
)

_NO_INTERCEPT_MARKER = "mtt_no_intercept: MTT's host is not intercepted in this test"

_SUITE: pytest.StashKey[SuiteInterception] = pytest.StashKey()
_WATCH = pytest.StashKey[LookupWatch]()
_REFUSED = pytest.StashKey[Callable[[], tuple[str, ...]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and settings."""
    plugin_options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Intercept the whole run before its first import, or watch for lookups of MTT's name."""
    hosts = plugin_options.configured_list(early_config, "mtt_hosts")
    if not plugin_options.is_intercepted(early_config):
        from mtt_mock.domain.hosts import MTT_HOST  # noqa: PLC0415

        watch = LookupWatch(hosts or [MTT_HOST])
        stack = contextlib.ExitStack()
        stack.enter_context(watch.active())
        early_config.stash[_WATCH] = watch
        early_config.add_cleanup(stack.close)
        return
    try:
        from mtt_mock.testing.suite_interception import SuiteInterception  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise pytest.UsageError(_missing(error.name, "mtt_intercept needs")) from None
    try:
        suite = SuiteInterception(hosts, plugin_options.configured_list(early_config, "mtt_allow"))
    except (MttMockError, ValueError) as error:
        raise pytest.UsageError(f"mtt_intercept: {error}") from None
    early_config.stash[_SUITE] = suite
    early_config.add_cleanup(suite.stop)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse settings that the fake cannot have."""
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _FAULTS_MARKER)
    config.addinivalue_line("markers", _NO_INTERCEPT_MARKER)
    plugin_options.check(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Install the hooks again that a tool removed after the last test, as pytest-socket does."""
    patches = sys.modules.get("mtt_mock.interception.hooks.patches")
    if patches is not None:
        patches.HOOKS.repair()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the exchanges with the fake to the report of a failed test."""
    report = yield
    if "mtt_mock.service.fake" not in sys.modules:
        return report
    from mtt_mock.testing.failure_report import mark_seen, section  # noqa: PLC0415

    if report.failed:
        text = section(item, item.stash.get(_REFUSED, tuple)())
        if text:
            report.sections.append(("exchanges with the fake MTT", text))
    if call.when == "teardown":
        mark_seen(item)
    return report


@pytest.fixture(scope="session")
def mtt_settings(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Settings of the fake for every test; override this fixture to change them.

    Returns:
        The settings by name, as ``Settings.of`` takes them. By default those of pytest's
        configuration and command line.
    """
    return plugin_options.given_settings(pytestconfig)


@pytest.fixture
def mtt_customer(mtt_settings: dict[str, Any], request: pytest.FixtureRequest) -> str:
    """The customer_name of the clients; override this fixture to change it.

    Returns:
        The first customer of the first account; without accounts the one on MTT's page.
    """
    from mtt_mock.server.handles import customer_of  # noqa: PLC0415

    return customer_of(_settings(request, mtt_settings))


@pytest.fixture(scope="session")
def _mtt_live_server(pytestconfig: pytest.Config) -> Iterator[LiveServer]:
    if "pyfakefs" in sys.modules:
        _read_contract()
    if _SUITE in pytestconfig.stash:
        yield pytestconfig.stash[_SUITE].live
        return
    live = _needs_server_extra("mtt_mock.server.live_server").LiveServer
    fake = _needs_server_extra("mtt_mock.service.fake").Fake()
    with live(fake) as server:
        yield server


@pytest.fixture(scope="session")
def _mtt_polling_advice(_mtt_live_server: LiveServer, pytestconfig: pytest.Config) -> PollingAdvice:
    from mtt_mock.testing.polling_advice import PollingAdvice  # noqa: PLC0415

    advice = PollingAdvice(pytestconfig)
    _mtt_live_server.fake.journal.listen(advice)
    return advice


@pytest.fixture
def mtt_server(
    _mtt_live_server: LiveServer,
    _mtt_polling_advice: PollingAdvice,
    mtt_settings: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Iterator[MttServer]:
    """A fake MTT on a free loopback port: one server per session, clean state for every test.

    ``.url`` is the endpoint, ``.reset()`` clears all state, ``.followme(customer_name)`` returns
    the preset, ``.journal`` holds the exchanges of this test.

    Yields:
        The handle of the server.
    """
    from mtt_mock.server.handles import MttServer  # noqa: PLC0415

    settings = _settings(request, mtt_settings)
    _mtt_live_server.fake.reset(settings)
    _mtt_polling_advice.start(request.node)
    server = MttServer(_mtt_live_server)
    yield server
    _report_unused_stubs(server, request)


def _report_unused_stubs(server: MttServer, request: pytest.FixtureRequest) -> None:
    """Fail the test, or note in its report, that stubs answered no call."""
    unused = [f"stub {active.id}: {active.to_dict()}" for active in server.stubs.unused()]
    if not unused:
        return
    text = "stubs that answered no call:\n" + "\n".join(unused)
    if request.config.getini(plugin_options.UNUSED_STUBS) == "error":
        pytest.fail(text, pytrace=False)
    request.node.add_report_section("teardown", "fake MTT", text)


@pytest.fixture
def mtt_clock(mtt_server: MttServer) -> FakeClock:
    """The clock of ``mtt_server``: manual by default, so that only the test advances it.

    ``.advance(seconds)`` runs the steps of calls in that time, in order, without sleeping.

    Returns:
        The clock. It counts in seconds.
    """
    return mtt_server.clock


@pytest.fixture
def mtt_async_clock(mtt_server: MttServer) -> AsyncFakeClock:
    """The clock of ``mtt_server`` for coroutines: ``await mtt_async_clock.advance(seconds)``.

    The event loop keeps running, so a receiver in it can answer.

    Returns:
        The clock. It counts in seconds.
    """
    return mtt_server.async_clock


@pytest.fixture
def mtt_subscribers(mtt_server: MttServer) -> Subscribers:
    """The behaviour of the numbers that ``mtt_server`` calls.

    ``mtt_subscribers["79000000001"] = Busy()`` sets it.

    Returns:
        A mapping from numbers and patterns to behaviours.
    """
    return mtt_server.subscribers


@pytest.fixture(scope="session")
def _mtt_live_receiver() -> Iterator[EventReceiver]:
    with _needs_server_extra("mtt_mock.testing.receiver").EventReceiver() as receiver:
        yield receiver


@pytest.fixture
def mtt_receiver(_mtt_live_receiver: EventReceiver) -> EventReceiver:
    """An HTTP server on a free loopback port that receives events: ``.url`` is a callBackURL.

    ``.events`` are the received events, ``.wait(4)`` waits for four. Each test begins without
    events.

    Returns:
        The receiver.
    """
    _mtt_live_receiver.clear()
    return _mtt_live_receiver


@pytest.fixture
def mtt_client(mtt_server: MttServer, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_server`` for ``mtt_customer``, with the first configured login.

    Its ``wait_for_call`` advances the fake's clock: with a manual clock nothing sleeps.

    Yields:
        The client; it is closed after the test.
    """
    from mtt_client import MttClient  # noqa: PLC0415

    login, password = mtt_server.credentials
    with MttClient(
        mtt_server.url,
        login,
        password,
        mtt_customer,
        transport=_direct_transport(),
        sleep=mtt_server.clock.sleep,
    ) as client:
        yield client


@pytest.fixture
def mtt_async_client(mtt_server: MttServer, mtt_customer: str) -> AsyncMttClient:
    """An ``AsyncMttClient`` of ``mtt_server`` for ``mtt_customer``.

    Its ``wait_for_call`` advances the fake's clock: with a manual clock nothing sleeps.

    Returns:
        The client. It keeps no connection open, so it needs no close.
    """
    import httpx2  # noqa: PLC0415

    from mtt_client import AsyncMttClient  # noqa: PLC0415

    login, password = mtt_server.credentials
    # Each connection ends with its request, so none is open when the test's event loop closes.
    limits = httpx2.Limits(max_keepalive_connections=0)
    return AsyncMttClient(
        mtt_server.url,
        login,
        password,
        mtt_customer,
        transport=httpx2.AsyncHTTPTransport(verify=False, limits=limits),
        sleep=mtt_server.async_clock.sleep,
    )


@pytest.fixture(scope="session")
def mtt_session_server(
    _mtt_live_server: LiveServer, mtt_settings: dict[str, Any], request: pytest.FixtureRequest
) -> Callable[[], MttServer]:
    """A function that resets the fake and returns it: for tests with ``@given``.

    pytest sets up a fixture once for all examples of a test. Call this function at the beginning
    of each. Do not use it together with ``mtt_server`` in one test: both are the same fake.

    Returns:
        The function; it takes no arguments and returns the handle of the server.
    """
    from mtt_mock.server.handles import MttServer  # noqa: PLC0415

    base = {
        "clock": "manual",
        **mtt_settings,
        **plugin_options.command_line_settings(request.config),
    }
    settings = _checked("fixture mtt_settings", base)

    def fresh() -> MttServer:
        _mtt_live_server.fake.reset(settings)
        return MttServer(_mtt_live_server)

    return fresh


@pytest.fixture
def mtt_app(mtt_settings: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A fake MTT in this process, without a socket: a Flask application for one test.

    Give a client ``transport=mtt_mock.AppTransport(mtt_app)`` to reach it.

    Yields:
        The application; it is closed after the test.
    """
    web = _needs_server_extra("mtt_mock.web.app")
    from mtt_mock.testing.polling_advice import PollingAdvice  # noqa: PLC0415

    app: Flask = web.create_app(_settings(request, mtt_settings))
    advice = PollingAdvice(request.config)
    advice.start(request.node)
    web.fake_of(app).journal.listen(advice)
    yield app
    web.fake_of(app).close()


@pytest.fixture
def mtt_app_client(mtt_app: Flask, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_app`` for ``mtt_customer``: in this process, without a socket.

    Yields:
        The client; it is closed after the test.
    """
    from mtt_client import MttClient  # noqa: PLC0415
    from mtt_mock.server.handles import FakeClock, credentials_of  # noqa: PLC0415
    from mtt_mock.web.app import fake_of  # noqa: PLC0415
    from mtt_mock.web.paths import ENDPOINT  # noqa: PLC0415
    from mtt_mock.web.transport import AppTransport  # noqa: PLC0415

    fake = fake_of(mtt_app)
    login, password = credentials_of(fake.settings)
    url = f"http://mtt-mock.invalid{ENDPOINT}"
    clock = FakeClock(fake)
    with MttClient(
        url,
        login,
        password,
        mtt_customer,
        transport=AppTransport(mtt_app),
        sleep=clock.sleep,
        clock=clock.time,
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def _mtt_intercept_suite(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give each test of an intercepted run a reset ``mtt_server``; honour mtt_no_intercept."""
    opted_out = request.node.get_closest_marker("mtt_no_intercept") is not None
    stash = request.config.stash
    with contextlib.ExitStack() as stack:
        if opted_out:
            active: Any = stash.get(_SUITE, None) or stash.get(_WATCH, None)
            if active is not None:
                stack.enter_context(active.paused())
        elif _SUITE in stash:
            suite = stash[_SUITE]
            suite.interception.clear_refused()
            request.node.stash[_REFUSED] = lambda: suite.interception.refused
            if request.getfixturevalue("mtt_server").live is not suite.live:
                request.getfixturevalue("mtt_intercept")
        yield


@pytest.fixture
def mtt_intercept(mtt_server: MttServer, request: pytest.FixtureRequest) -> Iterator[Interception]:
    """Redirect connections for MTT's host to ``mtt_server`` while the test runs, by TLS.

    ``mtt_intercept = true`` in pytest's configuration does the same for every test, from before
    the first import.

    Yields:
        The interception. ``.refused`` lists the connections that were refused because they could
        have reached the real MTT.
    """
    suite = request.config.stash.get(_SUITE, None)
    if suite is not None and suite.live is mtt_server.live:
        yield type(suite.interception)(mtt_server, suite.interception.redirect)
        return
    intercept = _needs_server_extra("mtt_mock.interception.interception").intercept
    hosts = plugin_options.configured_list(request.config, "mtt_hosts")
    allow = plugin_options.configured_list(request.config, "mtt_allow")
    with contextlib.ExitStack() as stack:
        try:
            interception: Interception = stack.enter_context(
                intercept(mtt_server, allow=allow, **({"hosts": hosts} if hosts else {}))
            )
        except (MttMockError, ValueError) as error:
            message = f"mtt_intercept: {error}"
        else:
            request.node.stash[_REFUSED] = lambda: interception.refused
            yield interception
            return
    # Out here, so that pytest does not print the exception as well.
    pytest.fail(message, pytrace=False)


def _direct_transport() -> httpx2.HTTPTransport:
    """Return a transport that ignores the proxies of the environment."""
    import httpx2  # noqa: PLC0415

    # Plain HTTP to this machine needs no certificates, which take 25 ms to load.
    return httpx2.HTTPTransport(verify=False)


def _settings(request: pytest.FixtureRequest, base: Any) -> Settings:
    """Return the settings of this test: the fixture's, then the markers', the nearest last."""
    if not isinstance(base, dict):
        pytest.fail(
            f"fixture mtt_settings must return a dict of settings, got {base!r}", pytrace=False
        )
    # Tests use a manual clock by default.
    base = {"clock": "manual", **base}
    settings = _checked("fixture mtt_settings", base)
    values = base | plugin_options.command_line_settings(request.config)
    marked = [fault for mark in request.node.iter_markers("mtt_faults") for fault in mark.args]
    if marked:
        values["faults"] = [*values.get("faults", []), *marked]
    for marker in reversed(list(request.node.iter_markers("mtt"))):
        if marker.args:
            pytest.fail(
                f"@pytest.mark.mtt takes settings by name, such as mtt(error_status=200); "
                f"got {marker.args!r}",
                pytrace=False,
            )
        values |= marker.kwargs
    return settings if values == base else _checked("@pytest.mark.mtt", values)


def _checked(source: str, values: dict[str, Any]) -> Settings:
    from mtt_mock.service.settings import Settings  # noqa: PLC0415

    try:
        return Settings.of(**values)
    except MttMockError as error:
        message = str(error)
    except TypeError:
        message = "the names of settings must be str"
    # Out here, so that pytest does not print the exception as well.
    pytest.fail(f"{source}: {message}", pytrace=False)


def _needs_server_extra(module: str) -> Any:
    import importlib.util  # noqa: PLC0415

    try:
        if importlib.util.find_spec("flask") is not None:  # the first request imports it
            return importlib.import_module(module)
        missing: str | None = "flask"
    except ValueError:  # ``sys.modules`` blocks it
        missing = "flask"
    except ModuleNotFoundError as error:
        missing = error.name
    pytest.fail(_missing(missing, "mtt-mock's fixtures need"), pytrace=False)


def _read_contract() -> None:
    """Read the schemas and import their validators, before pyfakefs hides the files."""
    import mtt_contracts  # noqa: PLC0415

    for method in mtt_contracts.methods():
        mtt_contracts.validate_params(method, {})
        mtt_contracts.validate_response({"jsonrpc": "2.0", "id": 1, "result": {}}, method)


def _missing(package: str | None, subject: str) -> str:
    return f'{subject} {package}, which is not installed: pip install "mtt-mock[pytest]"'

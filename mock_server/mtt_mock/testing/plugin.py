"""The pytest plugin: a fake MTT for tests.

It is loaded by every pytest run of an environment that has mtt-mock, so it imports nothing heavy
until a fixture is asked for.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from mtt_mock.testing import plugin_options

if TYPE_CHECKING:
    import httpx2
    from flask import Flask

    from mtt_client import MttClient
    from mtt_mock.interception import Interception
    from mtt_mock.server.handles import FakeClock, MttServer, Subscribers
    from mtt_mock.server.live_server import LiveServer
    from mtt_mock.service.settings import Settings
    from mtt_mock.testing.receiver import EventReceiver

_FAULTS_MARKER = (
    "mtt_faults(*faults): what goes wrong on purpose in the fake, see docs/reference/faults.md"
)
_MARKER = (
    "mtt(**settings): settings of the fake MTT for this test, such as "
    "mtt(error_status=200) or mtt(accounts=['login:password'])"
)

_STARTED = pytest.StashKey[float]()  # seconds since the epoch, when the test's set-up began
_REFUSED = pytest.StashKey[Callable[[], tuple[str, ...]]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and settings."""
    plugin_options.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Make libraries trust the fake before any of them is imported, where that is asked for."""
    if not plugin_options.is_early(early_config):
        return
    try:
        from mtt_mock.interception import process_env  # noqa: PLC0415
        from mtt_mock.server.tls import AuthorityError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise pytest.UsageError(_missing(error.name, "mtt_intercept needs")) from None
    try:
        prepared = contextlib.ExitStack()
        prepared.enter_context(process_env.trusting())
    except AuthorityError as error:
        raise pytest.UsageError(f"mtt_intercept: {error}") from None
    early_config.add_cleanup(prepared.close)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse settings that the fake cannot have."""
    config.addinivalue_line("markers", _MARKER)
    config.addinivalue_line("markers", _FAULTS_MARKER)
    plugin_options.check(config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the exchanges with the fake where a test failed."""
    report = yield
    if call.when == "setup":
        item.stash[_STARTED] = call.start
    if report.failed and "mtt_mock.service.fake" in sys.modules:
        from mtt_mock.testing.failure_report import section  # noqa: PLC0415

        refused = item.stash.get(_REFUSED, tuple)()
        text = section(item, item.stash.get(_STARTED, call.start), refused)
        if text:
            report.sections.append(("exchanges with the fake MTT", text))
    return report


@pytest.fixture(scope="session")
def mtt_settings(pytestconfig: pytest.Config) -> dict[str, Any]:
    """Settings of the fake by name, for every test; override this fixture to change them.

    By default those of pytest's configuration and command line.
    """
    return plugin_options.given_settings(pytestconfig)


@pytest.fixture
def mtt_customer(mtt_settings: dict[str, Any], request: pytest.FixtureRequest) -> str:
    """The customer_name of the clients; override this fixture to change it.

    The first customer of the first account, where accounts are set; else the one on MTT's page.
    """
    from mtt_mock.server.handles import customer_of  # noqa: PLC0415

    return customer_of(_settings(request, mtt_settings))


@pytest.fixture(scope="session")
def _mtt_live_server() -> Iterator[LiveServer]:
    live = _needs_server_extra("mtt_mock.server.live_server").LiveServer
    fake = _needs_server_extra("mtt_mock.service.fake").Fake()
    with live(fake) as server:
        yield server


@pytest.fixture
def mtt_server(
    _mtt_live_server: LiveServer, mtt_settings: dict[str, Any], request: pytest.FixtureRequest
) -> Iterator[MttServer]:
    """A fake MTT on a free loopback port: one server a session, clean state for every test.

    ``.url`` is the endpoint, ``.reset()`` forgets everything, ``.followme(customer_name)`` looks
    at what is preset, ``.journal`` holds the exchanges of this test.
    """
    from mtt_mock.server.handles import MttServer  # noqa: PLC0415

    settings = _settings(request, mtt_settings)
    _mtt_live_server.fake.reset(settings)
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
    """The clock of ``mtt_server``; it stands still (setting ``clock="manual"``) until advanced.

    ``.advance(seconds)`` does all that is due within, in order, and nothing sleeps.
    """
    return mtt_server.clock


@pytest.fixture
def mtt_subscribers(mtt_server: MttServer) -> Subscribers:
    """What numbers do when ``mtt_server`` calls them: ``mtt_subscribers["7900…"] = Busy()``."""
    return mtt_server.subscribers


@pytest.fixture(scope="session")
def _mtt_live_receiver() -> Iterator[EventReceiver]:
    with _needs_server_extra("mtt_mock.testing.receiver").EventReceiver() as receiver:
        yield receiver


@pytest.fixture
def mtt_receiver(_mtt_live_receiver: EventReceiver) -> EventReceiver:
    """An HTTP server on a free loopback port that takes events: ``.url`` is a callBackURL.

    ``.events`` are those that came, ``.wait(4)`` waits until there are four. Empty in every test.
    """
    _mtt_live_receiver.clear()
    return _mtt_live_receiver


@pytest.fixture
def mtt_client(mtt_server: MttServer, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_server`` for ``mtt_customer``, with the first login configured.

    Its ``wait_for_call`` passes the fake's time: with a manual clock nothing sleeps.
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
def mtt_app(mtt_settings: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A fake MTT in process, without a socket: a Flask application of this test's own.

    Give a client ``transport=httpx2.WSGITransport(app=mtt_app)`` to talk to it.
    """
    web = _needs_server_extra("mtt_mock.web.app")
    app: Flask = web.create_app(_settings(request, mtt_settings))
    yield app
    web.fake_of(app).close()


@pytest.fixture
def mtt_app_client(mtt_app: Flask, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_app``, for ``mtt_customer``: in process, without a socket."""
    import httpx2  # noqa: PLC0415

    from mtt_client import MttClient  # noqa: PLC0415
    from mtt_mock.server.handles import FakeClock, credentials_of  # noqa: PLC0415
    from mtt_mock.web.app import fake_of  # noqa: PLC0415
    from mtt_mock.web.paths import ENDPOINT  # noqa: PLC0415

    fake = fake_of(mtt_app)
    login, password = credentials_of(fake.settings)
    transport = httpx2.WSGITransport(app=mtt_app.wsgi_app)
    url = f"http://mtt-mock.invalid{ENDPOINT}"
    clock = FakeClock(fake)
    with MttClient(
        url,
        login,
        password,
        mtt_customer,
        transport=transport,
        sleep=clock.sleep,
        clock=clock.time,
    ) as client:
        yield client


@pytest.fixture
def mtt_intercept(mtt_server: MttServer, request: pytest.FixtureRequest) -> Iterator[Interception]:
    """While the test runs, what connects to MTT's own host reaches ``mtt_server``, by TLS.

    ``.refused`` lists what was refused because it could have reached the real MTT. Set
    ``mtt_intercept = true`` in pytest's configuration where a library reads its certificates when
    it is imported (aiohttp).
    """
    package = _needs_server_extra("mtt_mock.interception")
    hosts = plugin_options.given_list(request.config, "mtt_hosts")
    allow = plugin_options.given_list(request.config, "mtt_allow")
    with contextlib.ExitStack() as stack:
        try:
            interception: Interception = stack.enter_context(
                package.intercept(mtt_server, allow=allow, **({"hosts": hosts} if hosts else {}))
            )
        except (ValueError, package.AuthorityError) as error:
            message = f"mtt_intercept: {error}"
        else:
            request.node.stash[_REFUSED] = lambda: interception.refused
            yield interception
            return
    # Out here, so that pytest does not print the exception as well.
    pytest.fail(message, pytrace=False)


def _direct_transport() -> httpx2.HTTPTransport:
    """Return a transport that no proxy of the environment stands in the way of."""
    import httpx2  # noqa: PLC0415

    # Plain HTTP to this machine: without certificates to read it costs microseconds, not 25 ms.
    return httpx2.HTTPTransport(verify=False)


def _settings(request: pytest.FixtureRequest, base: Any) -> Settings:
    """Return the settings of this test: the fixture's, then the markers', nearest last."""
    if not isinstance(base, dict):
        pytest.fail(
            f"fixture mtt_settings must return a dict of settings, got {base!r}", pytrace=False
        )
    # In a test time stands still, unless the test says otherwise.
    base = {"clock": "manual", **base}
    settings = _checked("fixture mtt_settings", base)
    values = base | plugin_options.command_line_settings(request.config)
    marked = [fault for each in request.node.iter_markers("mtt_faults") for fault in each.args]
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


def _checked(place: str, values: dict[str, Any]) -> Settings:
    from mtt_mock.domain.errors import MttMockError  # noqa: PLC0415
    from mtt_mock.service.settings import Settings  # noqa: PLC0415

    try:
        return Settings.of(**values)
    except MttMockError as error:
        message = str(error)
    except TypeError:
        message = "settings have names that are words"
    # Out here, so that pytest does not print the exception as well.
    pytest.fail(f"{place}: {message}", pytrace=False)


def _needs_server_extra(module: str) -> Any:
    import importlib  # noqa: PLC0415

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name
    pytest.fail(_missing(missing, "mtt-mock's fixtures need"), pytrace=False)


def _missing(name: str | None, who: str) -> str:
    return f'{who} {name}, which is not installed: pip install "mtt-mock[pytest]"'

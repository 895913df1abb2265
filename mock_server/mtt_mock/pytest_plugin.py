"""The pytest plugin: a fake MTT for tests.

It is loaded by every pytest run of an environment that has mtt-mock, so it imports nothing but
pytest until a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from mtt_client import MttClient
    from mtt_mock.serving import LiveServer
    from mtt_mock.settings import Settings
    from mtt_mock.testing import MttServer

_MARKER = (
    "mtt(**settings): settings of the fake MTT for this test, such as "
    "mtt(error_status=200) or mtt(accounts=['login:password'])"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def mtt_settings() -> dict[str, Any]:
    """Settings of the fake by name, for every test; override this fixture to change them."""
    return {}


@pytest.fixture(scope="session")
def mtt_customer() -> str:
    """The customer_name of ``mtt_client``; override this fixture to change it."""
    return "883140500000000"


@pytest.fixture(scope="session")
def _mtt_live_server() -> Iterator[LiveServer]:
    live = _needs_server_extra("mtt_mock.serving").LiveServer
    create_app = _needs_server_extra("mtt_mock.web").create_app
    with live(create_app()) as server:
        yield server


@pytest.fixture
def mtt_server(
    _mtt_live_server: LiveServer, mtt_settings: dict[str, Any], request: pytest.FixtureRequest
) -> MttServer:
    """A fake MTT on a free loopback port: one server a session, clean state for every test.

    ``.url`` is the endpoint, ``.reset()`` forgets everything, ``.followme(customer_name)`` looks
    at what is preset, ``.journal`` holds the exchanges of this test.
    """
    from mtt_mock.testing import MttServer  # noqa: PLC0415

    settings = _settings(request, mtt_settings)
    _mtt_live_server.fake.reset(settings)
    return MttServer(_mtt_live_server)


@pytest.fixture
def mtt_client(mtt_server: MttServer, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_server`` for ``mtt_customer``, with the first login configured."""
    from mtt_client import MttClient  # noqa: PLC0415

    login, password = mtt_server.credentials
    with MttClient(mtt_server.url, login, password, mtt_customer) as client:
        yield client


@pytest.fixture
def mtt_app(mtt_settings: dict[str, Any], request: pytest.FixtureRequest) -> Flask:
    """A fake MTT in process, without a socket: a Flask application of this test's own.

    Give a client ``transport=httpx2.WSGITransport(app=mtt_app)`` to talk to it.
    """
    app: Flask = _needs_server_extra("mtt_mock.web").create_app(_settings(request, mtt_settings))
    return app


@pytest.fixture
def mtt_app_client(mtt_app: Flask, mtt_customer: str) -> Iterator[MttClient]:
    """A client of ``mtt_app``, for ``mtt_customer``: in process, without a socket."""
    import httpx2  # noqa: PLC0415

    from mtt_client import MttClient  # noqa: PLC0415
    from mtt_mock.testing import credentials_of  # noqa: PLC0415
    from mtt_mock.web import ENDPOINT, fake_of  # noqa: PLC0415

    login, password = credentials_of(fake_of(mtt_app).settings)
    transport = httpx2.WSGITransport(app=mtt_app.wsgi_app)
    url = f"http://mtt-mock.invalid{ENDPOINT}"
    with MttClient(url, login, password, mtt_customer, transport=transport) as client:
        yield client


def _settings(request: pytest.FixtureRequest, base: dict[str, Any]) -> Settings:
    """Return the settings of this test: the fixture's, then the markers', nearest last."""
    from mtt_mock.accounts import AccountsError  # noqa: PLC0415
    from mtt_mock.settings import Settings, SettingsError  # noqa: PLC0415

    values = dict(base)
    for marker in reversed(list(request.node.iter_markers("mtt"))):
        if marker.args:
            pytest.fail(
                f"@pytest.mark.mtt takes settings by name, such as mtt(error_status=200); "
                f"got {marker.args!r}",
                pytrace=False,
            )
        values |= marker.kwargs
    try:
        return Settings.of(**values)
    except (SettingsError, AccountsError) as error:
        place = "@pytest.mark.mtt" if values != base else "fixture mtt_settings"
        pytest.fail(f"{place}: {error}", pytrace=False)


def _needs_server_extra(module: str) -> Any:
    import importlib  # noqa: PLC0415

    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        pytest.fail(
            f"mtt-mock's fixtures need {error.name}, which is not installed: "
            'pip install "mtt-mock[pytest]"',
            pytrace=False,
        )

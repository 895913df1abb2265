"""Fixtures for the console in Chromium. Without Chromium the tests are skipped.

Where MTT_MOCK_SCREENSHOTS names a folder, pictures of the page are left there.
"""

import shutil

import pytest
from console_page import Console, base_of

import mtt_mock
from mtt_client import MttClient

# The first that is installed. The headless shell has no windows and takes half the time.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, _PROGRAMS)), None)
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# A package's: Playwright's loop must not run in this thread when other tests run their own.
@pytest.fixture(scope="module")
def chromium():
    """One browser for the tests of a module: while it is there, the thread has an event loop."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian: apt-get install chromium-headless-shell)")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def fake():
    with mtt_mock.serve(clock="manual", journal_size=20_000) as server:
        yield server


@pytest.fixture
def opened(chromium, fake):
    """Open consoles: ``opened(url, locale="ru-RU", …)``. At the end nothing was wrong on any.

    They are closed before ``fake`` is.
    """
    consoles, contexts = [], []

    def open_console(base, **options):
        context = chromium.new_context(**{"locale": "en-GB", **options})
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy', e.violatedDirective))"
        )
        contexts.append(context)
        console = Console(context.new_page(), base)
        consoles.append(console)
        return console

    yield open_console
    for context in contexts:
        context.close()
    assert [wrong for console in consoles for wrong in console.wrong] == []


@pytest.fixture
def console(opened, fake):
    """The console of ``fake``, live."""
    return opened(base_of(fake)).open().live()


@pytest.fixture
def client(fake):
    with MttClient(fake.url, "login", "password", "883140500000000") as client:
        yield client

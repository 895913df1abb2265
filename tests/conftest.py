"""Shared by all tests: the profiles of hypothesis, the fixtures of `postgres/`."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester", "postgres.fixtures"]

# No deadline: these machines are shared. CI draws the same examples every time.
settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session", autouse=True)
def _certificates_of_the_tests(tmp_path_factory):
    """Keep the authority of these tests, and of the processes that they start, out of the home."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MTT_MOCK_CA_DIR", str(tmp_path_factory.mktemp("authority") / "ca"))
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
            patch.delenv(name, raising=False)
        yield

"""Shared by all tests: the profiles of hypothesis."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["pytester"]

# No deadline: these machines are shared. CI draws the same examples every time.
settings.register_profile("default", deadline=None, max_examples=100)
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)  # fmt: skip
settings.load_profile("ci" if os.environ.get("CI") else "default")

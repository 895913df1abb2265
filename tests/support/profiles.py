"""The profiles of hypothesis: `dev` while you work, `ci` for `make test-all`, coverage and CI.

`MTT_MOCK_TEST_PROFILE` names the profile; the default is `ci` where `CI` is set, else `dev`.
"""

import os

from hypothesis import HealthCheck, settings

MAX_EXAMPLES = {"dev": 25, "ci": 100}


def load_profile():
    """Register both profiles and load the one of this run."""
    # No deadline and no too_slow check: the machines that run the tests are shared.
    for name, max_examples in MAX_EXAMPLES.items():
        settings.register_profile(
            name,
            deadline=None,
            max_examples=max_examples,
            derandomize=name == "ci",
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile(
        os.environ.get("MTT_MOCK_TEST_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
    )


def examples(count):
    """Return ``count`` under `ci`, and the same share of it as of all tests under `dev`."""
    return max(1, count * settings().max_examples // MAX_EXAMPLES["ci"])

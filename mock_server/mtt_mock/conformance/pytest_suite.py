"""Runs the suite under pytest: options, and the fixture that restores the state at its end.

``MTT_URL=… MTT_YES=1 pytest --pyargs mtt_mock.conformance`` reads environment variables; with
``-p mtt_mock.conformance.pytest_suite`` there are also options such as ``--mtt-url``.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mtt_mock.conformance import deferred_signals
from mtt_mock.conformance.checks import Need
from mtt_mock.conformance.outcomes import AbortRun
from mtt_mock.conformance.probe_client import Target
from mtt_mock.conformance.rate import default_rate
from mtt_mock.conformance.runner import RunSession

_OPTIONS = {
    "url": "the endpoint",
    "login": "login of the account",
    "password-env": "variable with the password (default: MTT_PASSWORD)",
    "customer": "customer_name to work with",
    "number": "a number that may be called; it allows calls",
    "budget": "maximum number of requests (default: 500)",
    "rate": "maximum requests per second (default: 5 for public hosts, else no limit)",
}
_FLAGS = {
    "yes": "agree that the run changes the structure and restores it",
    "allow-uploads": "upload small files",
    "allow-large": "send large requests",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each has an environment variable such as MTT_URL too."""
    group = parser.getgroup("mtt-mock conformance")
    for name, text in _OPTIONS.items():
        group.addoption(f"--mtt-{name}", default=None, help=text)
    for name, text in _FLAGS.items():
        group.addoption(f"--mtt-{name}", action="store_true", help=text)


def _variable(name: str) -> str:
    return f"MTT_{name.upper().replace('-', '_')}"


def _option(config: pytest.Config, name: str) -> str | None:
    """Return the value of an option, or of its environment variable."""
    value = config.getoption(f"--mtt-{name}", default=None)
    return str(value) if value else os.environ.get(_variable(name)) or None


def _is_given(config: pytest.Config, flag: str) -> bool:
    return (_option(config, flag) or "no").lower() not in {"0", "false", "no"}


def _required(config: pytest.Config, name: str) -> str:
    value = _option(config, name)
    if value is None:
        pytest.exit(f"set {_variable(name)}, or give --mtt-{name}", returncode=2)
    return value


def _number(config: pytest.Config, name: str) -> float | None:
    text = _option(config, name)
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        value = float(text)
        if 0 < value < float("inf"):
            return value
    pytest.exit(f"--mtt-{name} {text!r} is not a number above 0", returncode=2)


def _target(config: pytest.Config) -> Target:
    variable = _option(config, "password-env") or "MTT_PASSWORD"
    if variable not in os.environ:
        pytest.exit(f"the variable {variable} is not set", returncode=2)
    return Target(
        url=_required(config, "url"),
        login=_required(config, "login"),
        password=os.environ[variable],
        customer=_required(config, "customer"),
        budget=int(_number(config, "budget") or 500),
        rate=_number(config, "rate") or default_rate(_required(config, "url")),
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@pytest.fixture(scope="session")
def mtt_session(request: pytest.FixtureRequest) -> Iterator[RunSession]:
    """The run against the endpoint; it restores the original state at its end."""
    config = request.config
    if hasattr(config, "workerinput"):
        pytest.fail("one account has one structure: run this without -n", pytrace=False)
    number = _option(config, "number")
    flags: dict[str, Need] = {
        "yes": "change",
        "allow-uploads": "uploads",
        "allow-large": "large",
    }
    allowed = [need for flag, need in flags.items() if _is_given(config, flag)]
    if "change" not in allowed:
        allowed = []
    elif number:
        allowed.append("calls")
    options: dict[str, Any] = {"numbers": [number]} if number else {}
    session = RunSession(_target(config), allowed=allowed, say=_say, **options)
    with deferred_signals.raise_on_sigterm():
        try:
            session.__enter__()
        except AbortRun as error:
            pytest.exit(str(error), returncode=2)
        try:
            yield session
        finally:
            session.__exit__()
    if session.report.unrestored:
        backup = session.report.backup_path
        hint = f" (its backup is {backup})" if backup else ""
        pytest.exit(f"could not restore the original state{hint}", returncode=2)

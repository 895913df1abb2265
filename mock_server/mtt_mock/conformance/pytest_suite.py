"""The suite under pytest: its options, and the session whose end puts things back.

``MTT_URL=… MTT_YES=1 pytest --pyargs mtt_mock.conformance`` takes all from variables; with
``-p mtt_mock.conformance.pytest_suite`` there are options such as ``--mtt-url`` as well.
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
from mtt_mock.conformance.runner import Session

_OPTIONS = {
    "url": "the endpoint",
    "login": "login of the account",
    "password-env": "variable with the password (default: MTT_PASSWORD)",
    "customer": "customer_name to work with",
    "number": "a number that may be rung; with it calls are allowed",
    "budget": "most requests (default: 500)",
    "rate": "most requests a second (default: 5)",
}
_FLAGS = {
    "yes": "agree that the structure is changed, and put back",
    "allow-uploads": "upload small files",
    "allow-large": "send large requests",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each can be given by a variable such as MTT_URL as well."""
    group = parser.getgroup("mtt-mock conformance")
    for name, text in _OPTIONS.items():
        group.addoption(f"--mtt-{name}", default=None, help=text)
    for name, text in _FLAGS.items():
        group.addoption(f"--mtt-{name}", action="store_true", help=text)


def _option(config: pytest.Config, name: str) -> str | None:
    """Return what is given as an option or as a variable."""
    variable = f"MTT_{name.upper().replace('-', '_')}"
    given = config.getoption(f"--mtt-{name}", default=None)
    return str(given) if given else os.environ.get(variable) or None


def _needed(config: pytest.Config, name: str) -> str:
    value = _option(config, name)
    if value is None:
        variable = f"MTT_{name.upper().replace('-', '_')}"
        pytest.exit(f"set {variable}, or give --mtt-{name}", returncode=2)
    return value


def _number(config: pytest.Config, name: str, default: float) -> float:
    text = _option(config, name) or str(default)
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
        url=_needed(config, "url"),
        login=_needed(config, "login"),
        password=os.environ[variable],
        customer=_needed(config, "customer"),
        budget=int(_number(config, "budget", 500)),
        rate=_number(config, "rate", 5),
    )


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@pytest.fixture(scope="session")
def mtt_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The run against the endpoint; at its end what was found there is put back."""
    config = request.config
    if hasattr(config, "workerinput"):
        pytest.fail("one account has one structure: run this without -n", pytrace=False)
    number = _option(config, "number")
    flags: dict[str, Need] = {
        "yes": "change",
        "allow-uploads": "uploads",
        "allow-large": "large",
    }
    allowed = [need for flag, need in flags.items() if _option(config, flag)]
    if "change" not in allowed:
        allowed = []
    elif number:
        allowed.append("calls")
    given: dict[str, Any] = {"numbers": [number]} if number else {}
    session = Session(_target(config), allowed=allowed, say=_say, **given)
    with deferred_signals.terminable():
        try:
            session.__enter__()
        except AbortRun as error:
            pytest.exit(str(error), returncode=2)
        try:
            yield session
        finally:
            session.__exit__()
    if session.report.left:
        where = f" (kept in {session.report.kept_in})" if session.report.kept_in else ""
        pytest.exit(f"could not put back what was found{where}", returncode=2)

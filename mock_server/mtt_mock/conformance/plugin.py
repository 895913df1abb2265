"""The pytest plugin of the conformance suite: its options, and the session that is put back.

``pytest -p mtt_mock.conformance.plugin --pyargs mtt_mock.conformance --mtt-url …``
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from mtt_mock.conformance.asking import Target
from mtt_mock.conformance.registry import Need
from mtt_mock.conformance.running import Session
from mtt_mock.conformance.verdicts import StopError

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


def _given(config: pytest.Config, name: str, default: str | None = None) -> str:
    variable = f"MTT_{name.upper().replace('-', '_')}"
    value = config.getoption(f"--mtt-{name}") or os.environ.get(variable) or default
    if not value:
        pytest.exit(f"give --mtt-{name} or {variable}", returncode=2)
    return str(value)


@pytest.fixture(scope="session")
def mtt_session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The run against the endpoint; at its end what was found there is put back."""
    config = request.config
    allowed: list[Need] = ["change"] if config.getoption("--mtt-yes") else []
    number = config.getoption("--mtt-number")
    flags: dict[str, Need] = {"--mtt-allow-uploads": "uploads", "--mtt-allow-large": "large"}
    allowed += [need for flag, need in flags.items() if config.getoption(flag)]
    variable = _given(config, "password-env", "MTT_PASSWORD")
    target = Target(
        url=_given(config, "url"),
        login=_given(config, "login"),
        password=os.environ.get(variable, ""),
        customer=_given(config, "customer"),
        budget=int(_given(config, "budget", "500")),
        rate=float(_given(config, "rate", "5")),
    )
    given: dict[str, Any] = {"numbers": [number]} if number else {}
    if number and allowed:
        allowed.append("calls")
    session = Session(target, allowed=allowed, **given)
    try:
        session.__enter__()
    except StopError as error:
        pytest.exit(str(error), returncode=2)
    try:
        yield session
    finally:
        session.__exit__()
        if session.report.left:
            text = f"could not put back what was found: {session.report.left}"
            pytest.exit(text, returncode=2)

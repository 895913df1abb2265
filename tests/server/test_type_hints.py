"""The public API's types, as type checkers and editors show them to users."""

from pathlib import Path

import pytest

from mtt_mock import Settings
from mtt_mock.service.keywords import SettingKeywords, StubKeywords
from mtt_mock.service.stubs.stub import Stub

GOOD = """
from collections.abc import Iterator
from pathlib import Path

from mtt_mock import Busy, Delivery, Exchange, Journal, MttServer, ReceivedEvent, Settings, serve


def fake() -> Iterator[MttServer]:
    with serve(accounts=["ann:secret"], subscribers={"7900*": Busy()}, balance="0") as server:
        yield server


def last(journal: Journal, events: list[ReceivedEvent]) -> Exchange:
    return journal[-1]


def deny(server: MttServer) -> list[Delivery]:
    server.stubs.add("getCustomerBalance", error=(-32002, "Permission denied"), nth=2)
    return server.events


Settings(profile=Path("mtt.toml"), tariff="1.50", faults=["delay=1"])
"""

BAD = """
import mtt_mock
mtt_mock.Bussy()
mtt_mock.serve(eror_status=200)
mtt_mock.create_app(error_status="200")
mtt_mock.Settings(missing_prompts="warn")
def add(server: mtt_mock.MttServer) -> None:
    server.stubs.add("getCustomerBalance", reslut=1)
    server.stubs.add("getCustomerBalance", then="aply")
"""


def test_every_setting_has_a_keyword():
    assert list(SettingKeywords.__annotations__) == list(Settings.__dataclass_fields__)


def test_every_field_of_a_stub_has_a_keyword():
    names = set(Stub.__struct_fields__)
    assert set(StubKeywords.__annotations__) == names - {"method"}


@pytest.mark.slow
def test_a_type_checker_finds_the_mistakes_alone(tmp_path):
    from mypy import api

    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(GOOD)
    bad.write_text(BAD)
    cache = Path(__file__).parents[2] / ".mypy_cache"  # of `make check`, as its options
    options = ["--strict", "--warn-unreachable", f"--cache-dir={cache}"]
    report, _, _ = api.run([*options, str(good), str(bad)])
    errors = [line for line in report.splitlines() if ": error: " in line]
    assert [(line.split(":")[1], line.rsplit("[", 1)[-1]) for line in errors] == [
        ("3", "attr-defined]"),
        ("4", "call-arg]"),
        ("5", "arg-type]"),
        ("6", "arg-type]"),
        ("8", "call-arg]"),
        ("9", "arg-type]"),
    ]
    assert not [line for line in errors if line.startswith(str(good))]

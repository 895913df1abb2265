"""Each fact that a profile can set has a test that shows it on the wire."""

from __future__ import annotations

import test_profiled_calls
import test_profiled_envelope
import test_profiled_structures
import test_profiled_transport
from test_profiled_fake import SHOWS

from mtt_contracts.fact_values import settable_facts

MODULES = (
    test_profiled_calls, test_profiled_envelope, test_profiled_structures, test_profiled_transport,
)  # fmt: skip


def marked_facts(module):
    """Return the facts that the tests of a module name with the marker ``fact``."""
    tests = [value for name, value in vars(module).items() if name.startswith("test_")]
    marks = [mark for test in tests for mark in getattr(test, "pytestmark", ())]
    return {mark.args[0] for mark in marks if mark.name == "fact"}


def test_each_settable_fact_is_shown_on_the_wire():
    rows = {row[0] for module in MODULES for row in module.ROWS}
    marked = {fact for module in MODULES for fact in marked_facts(module)}
    assert rows | set(SHOWS) | marked == set(settable_facts())

"""Each fact that a profile can set has a test that shows it on the wire."""

from __future__ import annotations

import test_profiled_calls
import test_profiled_envelope
import test_profiled_structures
import test_profiled_transport
from test_profiled_fake import SHOWS

from mtt_contracts.fact_values import settable_facts

# Facts with a test of their own.
SHOWN = {
    "rpc.error.method_failed", "transport.content_type.answer", "smd.entries", "prompt.url",
    "prompt.value", "info.shape", "info.record", "call.id", "call.b_number", "call.struct.preset",
    "event.names", "event.scheme", "event.get",
}  # fmt: skip


def test_each_settable_fact_is_shown_on_the_wire():
    modules = (
        test_profiled_calls, test_profiled_envelope, test_profiled_structures,
        test_profiled_transport,
    )  # fmt: skip
    rows = {row[0] for module in modules for row in module.ROWS}
    assert rows | set(SHOWS) | SHOWN == set(settable_facts())

"""Collects the checks of all modules, in the order in which they run."""

from __future__ import annotations

from functools import cache

from mtt_mock.conformance import (
    check_call_params,
    check_caller_id,
    check_calls,
    check_envelope,
    check_failed_calls,
    check_followme,
    check_prompts,
    check_transport,
)
from mtt_mock.conformance.checks import Check

# The checks of call parameters run after all calls: they set a defaultBNumber, which a delete may
# leave.
_MODULES = (
    check_calls, check_failed_calls, check_call_params, check_envelope, check_followme,
    check_prompts, check_transport, check_caller_id,
)  # fmt: skip


@cache
def checks() -> tuple[Check, ...]:
    """Return all checks: module by module, in the order of their definitions."""
    return tuple(
        value for module in _MODULES for value in vars(module).values() if isinstance(value, Check)
    )

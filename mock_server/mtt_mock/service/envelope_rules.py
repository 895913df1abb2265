"""Reads the rules of the JSON-RPC envelope from settings and profile."""

from __future__ import annotations

from functools import partial
from typing import Any

from mtt_contracts.fact_values import defaults
from mtt_mock.jsonrpc import EnvelopeRules, EnvelopeShape, JsonRules
from mtt_mock.jsonrpc.version import is_version_2
from mtt_mock.service.profile import Profile
from mtt_mock.service.settings import Settings

_ERRORS = (
    "rpc.error.parse", "rpc.error.invalid_request", "rpc.error.method",
    "rpc.error.params.scalar", "rpc.error.params.named_missing", "rpc.error.params.empty",
    "rpc.error.params.count",
)  # fmt: skip


def envelope_rules(settings: Settings) -> EnvelopeRules:
    """Return the rules of ``settings`` and of their profile."""
    profile, known = settings.profile, defaults()
    notification = profile["rpc.notification"]
    json, shape = _json_rules(profile), _shape(profile)
    return EnvelopeRules(
        max_batch=settings.max_batch,
        takes_batches=profile["rpc.batch"] == "accept",
        empty_list_notifies=profile["rpc.notification.empty_list"] == "notification",
        notification_ids=frozenset(notification["ids"]),
        answers_failed_notifications=profile["rpc.notification.error"] == "answered",
        skip_byte_order_mark=profile["rpc.error.parse.strict"] == "skip",
        accepts_version=partial(
            _accepts_version,
            as_number=profile["rpc.version.number"] == "accept",
            as_other=profile["rpc.version.loose"] == "accept",
        ),
        ignores_case=profile["rpc.method.case"] == "ignored",
        ignores_unknown_params=profile["rpc.params.named"] == "ignore",
        takes_positional=profile["rpc.params.positional"] == "accept",
        errors={fact: profile[fact] for fact in _ERRORS if profile[fact] != known[fact]},
        # ``None`` is faster, and the same.
        json=None if json == JsonRules() else json,
        shape=None if shape == EnvelopeShape() else shape,
    )


def _json_rules(profile: Profile) -> JsonRules:
    escapes = profile["rpc.json.escapes"]
    return JsonRules(
        max_depth=profile["rpc.error.parse.depth"],
        reads_nul_names=profile["rpc.error.parse.nul_name"] == "accept",
        keeps_big_integers=profile["rpc.json.big_integers"] == "digits",
        escapes_slashes=escapes["slashes"],
        escapes_unicode=escapes["unicode"],
        keeps_empty_fractions=profile["rpc.json.floats"] == "kept",
    )


def _shape(profile: Profile) -> EnvelopeShape:
    order = profile["rpc.json.key_order"]
    return EnvelopeShape(
        members=profile["rpc.success"],
        success=tuple(order["success"]),
        failure=tuple(order["failure"]),
        error=tuple(order["error"]),
        null_data=profile["rpc.error"] == "always",
        numbers_as_text=profile["rpc.id.echo"] == "text",
        empty_objects=profile["rpc.json.empty"] == "kept",
    )


def _accepts_version(version: Any, *, as_number: bool, as_other: bool) -> bool:
    """Return whether a version other than ``"2.0"`` is accepted."""
    accepted = as_number if type(version) in (int, float) else as_other
    return accepted and is_version_2(version)

"""Presets and calls as arrays; development versions until 28 November 2026 wrote objects."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

from mtt_mock.service.state import StoreError
from mtt_mock.storage.sql.tables import prefix_of, schema_of

revision = "0003"
down_revision = "0002"

_PRESET = ("elements", "caller_id", "default_b_number")
_CALL = ("id", "started", "order", "plan")
_ORDER = (
    "customer", "elements", "b_number", "caller_id", "first", "duration", "recorded",
    "callback_url", "client_caller_id", "description",
)  # fmt: skip
_PLAN = ("timeline", "legs", "ended", "joined", "failure")
_EVENT = ("at", "kind", "side", "detail")
_LEG = ("number", "rung", "answered", "ended")


def upgrade() -> None:
    """Write objects as arrays. Raises ``StoreError`` for tables with other columns."""
    connection = op.get_bind()
    prefix, schema = prefix_of(connection.dialect.name), schema_of(connection.dialect.name)
    columns = sa.inspect(connection).get_columns(f"{prefix}changes", schema)
    if "count" not in [column["name"] for column in columns]:
        raise StoreError(
            "the database was made by a development version of mtt-mock whose tables have other "
            "columns: use another database, or delete this one and start again"
        )
    for name, key, body, convert in (
        ("customers", "customer", "followme", _preset),
        ("calls", "id", "body", _call),
    ):
        table = sa.table(f"{prefix}{name}", sa.column(key), sa.column(body), schema=schema)
        rows = connection.execute(sa.select(table.c[key], table.c[body])).all()
        for identity, text in rows:
            if text is not None and text.startswith("{"):
                array = json.dumps(convert(json.loads(text)), ensure_ascii=False)
                change = table.update().where(table.c[key] == identity)
                connection.execute(change.values({body: array}))


def _values(value: dict[str, Any] | list[Any], names: tuple[str, ...]) -> list[Any]:
    return value if isinstance(value, list) else [value.get(name) for name in names]


def _preset(preset: dict[str, Any]) -> list[Any]:
    return _values(preset, _PRESET)


def _call(call: dict[str, Any]) -> list[Any]:
    plan = call["plan"]
    timeline = [_values(event, _EVENT) for event in plan["timeline"]]
    legs = {side: _values(leg, _LEG) for side, leg in plan["legs"].items()}
    plan = _values({**plan, "timeline": timeline, "legs": legs}, _PLAN)
    return _values({**call, "order": _values(call["order"], _ORDER), "plan": plan}, _CALL)

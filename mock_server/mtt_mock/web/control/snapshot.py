"""Export and import of all state as one snapshot, over the control API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import request

from mtt_mock.domain.snapshot import CallsTakenError
from mtt_mock.service.fake import Fake
from mtt_mock.storage.snapshots import VERSION, SnapshotError, export_dict, import_dict
from mtt_mock.web.control.http import QUERY_FLAG, ApiError, Routes, query_bool, raw_json_body
from mtt_mock.web.control.schemas import object_schema
from mtt_mock.web.paths import MAX_SNAPSHOT_BYTES

_EXPORT: dict[str, dict[str, Any]] = {
    "customer": {"type": "array", "items": {"type": "string"}},
    "calls": QUERY_FLAG,
}
_IMPORT: dict[str, dict[str, Any]] = {"replace": QUERY_FLAG}
_SECTIONS = ("customers", "subscribers", "faults", "calls", "calls_made", "clock")
_SNAPSHOT = {
    "description": "Its schema is mtt_mock/storage/snapshots/snapshot.json (draft-07).",
    **object_schema(
        _SECTIONS,
        mtt_mock={"const": "state"},
        version={"const": VERSION},
        **{key: {} for key in _SECTIONS},
    ),
}

routes = Routes()


@routes.add(
    "GET", "/snapshot", "Export all state", response="Snapshot", query=_EXPORT, errors=(404,)
)
def export(fake: Fake) -> Any:
    customers = request.args.getlist("customer")
    try:
        return export_dict(fake.store, customers or None, calls=query_bool("calls", default=True))
    except SnapshotError as error:
        raise ApiError(str(error), HTTPStatus.NOT_FOUND) from None


@routes.add(
    "POST", "/snapshot", "Import a snapshot",
    response="Imported", body=_SNAPSHOT, query=_IMPORT, errors=(409,),
)  # fmt: skip
def import_(fake: Fake) -> Any:
    replace = query_bool("replace")
    try:
        imported = import_dict(fake, raw_json_body(MAX_SNAPSHOT_BYTES), replace=replace)
    except CallsTakenError as error:
        raise ApiError(str(error), HTTPStatus.CONFLICT) from None
    return {"imported": imported.counts(), "replaced": replace, "notes": imported.notes}

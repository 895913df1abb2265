"""Everything that is kept as one file, over the control API."""

from __future__ import annotations

from typing import Any

from flask import request

from mtt_mock.domain.snapshot import CallsTakenError
from mtt_mock.service.fake import Fake
from mtt_mock.storage.snapshots import VERSION, SnapshotError, exported, import_dict
from mtt_mock.web.control.http import ApiError, Route, check_query, query_bool

LARGEST = 64 * 1024 * 1024  # bytes of a snapshot that is sent
_FLAG: dict[str, Any] = {"enum": ["0", "1"]}
_EXPORT: dict[str, dict[str, Any]] = {
    "customer": {"type": "array", "items": {"type": "string"}},
    "calls": _FLAG,
}
_IMPORT: dict[str, dict[str, Any]] = {"replace": _FLAG}
_SNAPSHOT = {
    "description": "The form is mtt_mock/snapshots/snapshot.json, a JSON Schema (draft-07).",
    "type": "object",
    "properties": {"mtt_mock": {"const": "state"}, "version": {"const": VERSION}},
    "required": ["mtt_mock", "version"],
}


def routes(fake: Fake) -> list[Route]:
    """Return the paths about snapshots."""

    def give() -> Any:
        check_query(_EXPORT)
        customers = request.args.getlist("customer")
        try:
            return exported(fake.store, customers or None, calls=query_bool("calls", default=True))
        except SnapshotError as error:
            raise ApiError(404, str(error)) from None

    def take() -> Any:
        check_query(_IMPORT)
        if request.mimetype != "application/json":
            raise ApiError(415, "send a snapshot with Content-Type: application/json")
        replace = query_bool("replace")
        request.max_content_length = LARGEST
        try:
            done = import_dict(fake, request.get_data(), replace=replace)
        except CallsTakenError as error:
            raise ApiError(409, str(error)) from None
        return {
            "imported": done.counts(),
            "replaced": replace,
            "notes": done.notes,
        }

    return [
        Route(
            "GET",
            "/snapshot",
            give,
            "Everything that is kept, to keep it",
            "Snapshot",
            query=_EXPORT,
            refuses=(404,),
        ),
        Route(
            "POST",
            "/snapshot",
            take,
            "Take in what was kept",
            "Imported",
            _SNAPSHOT,
            _IMPORT,
            refuses=(409,),
        ),
    ]

"""The journal over the control API: pages, JSON lines, HAR, pytest, and the event stream."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from flask import Response, request

import mtt_contracts
from mtt_mock.domain.text import printable
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal import MAX_PAGE_BYTES, Entry, Exchange, first_bytes
from mtt_mock.service.journal.serialization import entry_to_dict
from mtt_mock.web.control.copied_test import copied_test
from mtt_mock.web.control.har import har
from mtt_mock.web.control.http import (
    QUERY_FLAG,
    QUERY_NUMBER,
    ApiError,
    Routes,
    query_bool,
    query_int,
)

_MAX_PAGE_SIZE = 1000  # entries
_PAGE_SIZE = 100
_MASK: dict[str, dict[str, Any]] = {"mask": QUERY_FLAG}
_PAGE: dict[str, dict[str, Any]] = {
    "after": QUERY_NUMBER,
    "limit": {
        "description": f"default {_PAGE_SIZE}, maximum {_MAX_PAGE_SIZE}",
        **QUERY_NUMBER,
    },
    "method": {"type": "string"},
    "customer": {"type": "string"},
    "problems": QUERY_FLAG,
    **_MASK,
}

_RANGES = r"[0-9]{1,15}(-[0-9]{1,15})?(,[0-9]{1,15}(-[0-9]{1,15})?)*"
_HAR: dict[str, dict[str, Any]] = {
    "seq": {
        "description": "numbers and ranges of entries, such as 3,7-9; default all",
        "type": "string",
        "pattern": f"^{_RANGES}$",
    },
    **_MASK,
}

routes = Routes()


@routes.add(
    "GET", "/journal", "A page of the journal, oldest first", response="Journal", query=_PAGE
)
def page(fake: Fake) -> Any:
    after, limit = query_int("after", 0), query_int("limit", _PAGE_SIZE, _MAX_PAGE_SIZE)
    mask, problems = query_bool("mask"), query_bool("problems")
    entries = [
        entry for entry in fake.journal.entries(after) if _matches_query(entry, problems=problems)
    ]
    return {
        "entries": [
            entry_to_dict(entry, mask=mask)
            for entry in first_bytes(entries[:limit], MAX_PAGE_BYTES)
        ],
        "generation": fake.journal.generation,
        "last": fake.journal.last,
        "dropped": fake.journal.first > after + 1,
    }


@routes.add(
    "GET", "/journal.jsonl", "The whole journal as JSON lines, one per entry",
    response="JsonLines", query=_MASK,
)  # fmt: skip
def lines(fake: Fake) -> Any:
    mask = query_bool("mask")
    text = (_line(entry_to_dict(entry, mask=mask)) for entry in fake.journal.entries())
    return Response("".join(text), content_type="application/jsonl; charset=utf-8")


@routes.add(
    "GET", "/journal/<int:entry_id>/pytest", "A test for pytest that repeats a call",
    response="Pytest", errors=(404,),
)  # fmt: skip
def pytest(fake: Fake, entry_id: int) -> Any:
    later = fake.journal.entries(entry_id - 1)
    entry = next((item for item in later if item.seq == entry_id), None)
    record = None if entry is None else entry.record
    if not isinstance(record, Exchange) or record.method not in mtt_contracts.methods():
        raise ApiError(
            f"entry {entry_id} of the journal is not a call to MTT", HTTPStatus.NOT_FOUND
        )
    return Response(copied_test(fake, record), content_type="text/x-python; charset=utf-8")


@routes.add("GET", "/journal.har", "The exchanges as HAR 1.2", response="Har", query=_HAR)
def archive(fake: Fake) -> Any:
    url = f"{request.host_url}index.php"
    entries = _selected(fake.journal.entries(), request.args.get("seq"))
    return har(entries, url=url, mask=query_bool("mask"))


@routes.add(
    "GET", "/stream", "Changes as server-sent events; Last-Event-ID resumes",
    response="Stream", query=_MASK, errors=(501,),
)  # fmt: skip
def stream(_fake: Fake) -> Any:
    text = "the stream needs mtt-mock's own server (mtt-mock serve, or mtt_server in tests)\n"
    return Response(text, HTTPStatus.NOT_IMPLEMENTED, content_type="text/plain; charset=utf-8")


def _selected(entries: list[Entry], ranges: str | None) -> list[Entry]:
    """Return the entries whose numbers are in ``ranges``, such as ``3,7-9``."""
    if ranges is None:
        return entries
    if not re.fullmatch(_RANGES, ranges):
        raise ApiError(f"seq must be such as 3,7-9, got {printable(ranges, 60)!r}")
    bounds = (part.partition("-") for part in ranges.split(","))
    selected = [(int(first), int(last or first)) for first, _, last in bounds]
    return [
        entry for entry in entries if any(first <= entry.seq <= last for first, last in selected)
    ]


def _matches_query(entry: Entry, *, problems: bool) -> bool:
    record = entry.record
    if isinstance(record, Exchange):
        name, owner = record.method or "", record.customer
    else:
        name, owner = "event", record.callback.customer
    method, customer = request.args.get("method"), request.args.get("customer")
    if method is not None and name.lower() != method.lower():
        return False
    if customer is not None and owner != customer:
        return False
    return not problems or record.is_problem


def _line(values: dict[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"

"""The journal as an HTTP archive (HAR 1.2), which browsers and proxies read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from mtt_mock.journal.as_json import entry_values
from mtt_mock.journal.entries import Entry

_JSON = "application/json"


def har(entries: Iterable[Entry], *, url: str, mask: bool = False) -> dict[str, Any]:
    """Return the exchanges among ``entries`` as HAR; ``url`` is the endpoint's.

    The bodies are written anew from what the journal keeps; there are no credentials in it.
    """
    values = (entry_values(entry, mask=mask) for entry in entries)
    told = [_entry(each, url) for each in values if each["kind"] == "exchange"]
    creator = {"name": "mtt-mock", "version": _version()}
    return {"log": {"version": "1.2", "creator": creator, "entries": told}}


def _entry(values: dict[str, Any], url: str) -> dict[str, Any]:
    asked = {"jsonrpc": "2.0", "id": values["id"], "method": values["method"]}
    sent = json.dumps(asked | {"params": values["request"]}, ensure_ascii=False)
    answer = values["answer"]
    got = "" if answer is None else json.dumps({"jsonrpc": "2.0", **answer, "id": values["id"]})
    is_get = values["method"] == "GET"
    request: dict[str, Any] = {
        "method": "GET" if is_get else "POST",
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": "Content-Type", "value": _JSON}],
        "queryString": [],
        "headersSize": -1,
        "bodySize": -1,
    }
    if not is_get:
        request["postData"] = {"mimeType": _JSON, "text": sent}
    return {
        "startedDateTime": datetime.fromtimestamp(values["at"], UTC).isoformat(),
        "time": values["ms"],
        "request": request,
        "response": {
            "status": values["status"],
            "statusText": HTTPStatus(values["status"]).phrase if values["status"] else "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Content-Type", "value": _JSON}],
            "content": {"size": len(got.encode()), "mimeType": _JSON, "text": got},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": values["ms"], "receive": 0},
        "comment": values["outcome"],
    }


def _version() -> str:
    from mtt_mock import __version__  # noqa: PLC0415 -- the package is whole only by then

    return __version__

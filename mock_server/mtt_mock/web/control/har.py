"""Exports the journal as an HTTP archive (HAR 1.2), which browsers and proxies read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin

from mtt_mock._version import __version__
from mtt_mock.service.journal.entries import Entry
from mtt_mock.service.journal.serialization import entry_to_dict
from mtt_mock.service.media import uploads

_JSON = "application/json"
_PAGE = "page_1"
_UNMATCHED = re.compile(r"(?P<verb>[A-Z]+) (?P<path>/.*)", re.DOTALL)


def har(entries: Iterable[Entry], *, url: str, mask: bool = False) -> dict[str, Any]:
    """Return the exchanges among ``entries`` as HAR; ``url`` is the endpoint's.

    The bodies are rebuilt from the journal's entries; credentials are left out.
    """
    values = (entry_to_dict(entry, mask=mask) for entry in entries)
    exchanges = [_entry(entry, url) for entry in values if entry["kind"] == "exchange"]
    creator = {"name": "mtt-mock", "version": __version__}
    first = exchanges[0]["startedDateTime"] if exchanges else datetime.now(UTC).isoformat()
    # Viewers group entries by page; some refuse an archive without pages.
    page: dict[str, Any] = {"startedDateTime": first, "id": _PAGE, "title": url, "pageTimings": {}}
    log = {"version": "1.2", "creator": creator, "pages": [page], "entries": exchanges}
    return {"log": log}


def _entry(values: dict[str, Any], endpoint: str) -> dict[str, Any]:
    verb, url, body = _request(values, endpoint)
    answer = values["answer"]
    # The journal does not keep an answer that a fault changed; the comment names the fault.
    text = ""
    if answer is not None and values["fault"] is None:
        envelope = {"jsonrpc": "2.0", **answer, "id": values["id"]}
        text = json.dumps(answer["result"] if _is_upload(values) else envelope)
    request: dict[str, Any] = {
        "method": verb,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "queryString": [],
        "headersSize": -1,
        "bodySize": -1,
    }
    if body is not None:
        request["headers"] = [{"name": "Content-Type", "value": _JSON}]
        request["postData"] = {"mimeType": _JSON, "text": body}
    return {
        "startedDateTime": datetime.fromtimestamp(values["at"], UTC).isoformat(),
        "time": values["ms"],
        "request": request,
        "response": {
            "status": values["status"],
            "statusText": _phrase(values["status"]),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Content-Type", "value": _JSON}] if text else [],
            "content": {
                "size": len(text.encode()),
                "mimeType": _JSON if text else "",
                "text": text,
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": values["ms"], "receive": 0},
        "comment": values["outcome"],
        "pageref": _PAGE,
    }


def _request(values: dict[str, Any], endpoint: str) -> tuple[str, str, str | None]:
    """Return an exchange's HTTP method, URL and body; no body where the journal has none."""
    method = values["method"]
    if method == "GET":
        return "GET", endpoint, None
    if _is_upload(values):
        return "POST", urljoin(endpoint, uploads.PATH), None  # the journal keeps no token, no bytes
    unmatched = _UNMATCHED.fullmatch(method or "")
    if unmatched:
        return unmatched["verb"], urljoin(endpoint, quote(unmatched["path"])), None
    if method is None and values["request"] is None:
        return "POST", endpoint, None
    envelope = {"jsonrpc": "2.0", "id": values["id"], "method": method}
    if values["request"] is not None:
        envelope["params"] = values["request"]
    return "POST", endpoint, json.dumps(envelope, ensure_ascii=False)


def _is_upload(values: dict[str, Any]) -> bool:
    return bool(values["method"] == "upload")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 0 (no answer), or a status chosen in the settings
        return ""

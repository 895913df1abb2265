"""The journal as an HTTP archive (HAR 1.2), which browsers and proxies read."""

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
_STRAY = re.compile(r"(?P<verb>[A-Z]+) (?P<path>/.*)", re.DOTALL)  # a path that is not MTT's


def har(entries: Iterable[Entry], *, url: str, mask: bool = False) -> dict[str, Any]:
    """Return the exchanges among ``entries`` as HAR; ``url`` is the endpoint's.

    The bodies are written anew from what the journal keeps; there are no credentials in it.
    """
    values = (entry_to_dict(entry, mask=mask) for entry in entries)
    told = [_entry(each, url) for each in values if each["kind"] == "exchange"]
    creator = {"name": "mtt-mock", "version": _version()}
    return {"log": {"version": "1.2", "creator": creator, "entries": told}}


def _entry(values: dict[str, Any], endpoint: str) -> dict[str, Any]:
    verb, url, sent = _request(values, endpoint)
    answer = values["answer"]
    # What a fault made of the answer is not kept: its name is in the comment.
    got = ""
    if answer is not None and values["fault"] is None:
        told = answer["result"] if _is_upload(values) else {"jsonrpc": "2.0", **answer}
        got = json.dumps(told if _is_upload(values) else told | {"id": values["id"]})
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
    if sent is not None:
        request["headers"] = [{"name": "Content-Type", "value": _JSON}]
        request["postData"] = {"mimeType": _JSON, "text": sent}
    return {
        "startedDateTime": datetime.fromtimestamp(values["at"], UTC).isoformat(),
        "time": values["ms"],
        "request": request,
        "response": {
            "status": values["status"],
            "statusText": _phrase(values["status"]),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Content-Type", "value": _JSON}] if got else [],
            "content": {"size": len(got.encode()), "mimeType": _JSON if got else "", "text": got},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": values["ms"], "receive": 0},
        "comment": values["outcome"],
    }


def _request(values: dict[str, Any], endpoint: str) -> tuple[str, str, str | None]:
    """Return an exchange's HTTP method, URL, and body if it had one that is kept."""
    method = values["method"]
    if method == "GET":
        return "GET", endpoint, None
    if _is_upload(values):
        return (
            "POST",
            urljoin(endpoint, uploads.PATH),
            None,
        )  # the ticket and the bytes are not kept
    stray = _STRAY.fullmatch(method or "")
    if stray:
        return stray["verb"], urljoin(endpoint, quote(stray["path"])), None
    if method is None and values["request"] is None:
        return "POST", endpoint, None
    asked = {"jsonrpc": "2.0", "id": values["id"], "method": method}
    if values["request"] is not None:
        asked["params"] = values["request"]
    return "POST", endpoint, json.dumps(asked, ensure_ascii=False)


def _is_upload(values: dict[str, Any]) -> bool:
    return bool(values["method"] == "upload")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:  # 0: nothing was answered; or one that only a setting knows
        return ""


def _version() -> str:

    return __version__

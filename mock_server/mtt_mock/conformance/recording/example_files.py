"""Writes example files of the contract from a tape."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import mtt_contracts
from mtt_contracts.checking import check
from mtt_mock.conformance.recording.tape import Tape
from mtt_mock.domain.text import json_or_none


def write_examples(tape: Tape, folder: Path) -> tuple[list[str], list[tuple[int, str]]]:
    """Write each exchange that meets the contract as a new file in ``folder``.

    Returns the names of the files, and line and reason of each exchange that was left out. Raises
    ``OSError``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[str] = []
    left_out: list[tuple[int, str]] = []
    counts: Counter[str] = Counter()
    for exchange in tape.exchanges:
        request, response = _object(exchange.body), _object(exchange.answer)
        if request is None or response is None:
            left_out.append((exchange.line, "is not one call and its answer"))
            continue
        problems = check({"request": request, "response": response}).problems
        if problems:
            left_out.append((exchange.line, str(problems[0])))
            continue
        if not isinstance(request.get("params"), dict):
            left_out.append((exchange.line, "its params have no names"))
            continue
        method = mtt_contracts.method(request["method"]).name
        stem = f"{method}_{_outcome(response)}"
        counts[stem] += 1
        name = f"{stem}_{counts[stem]}.json"
        content = {
            "method": method,
            "description": f"Recorded with mtt-mock record, HTTP {exchange.status}.",
            "evidence": "observed",
            "source": f"a tape of mtt-mock record, line {exchange.line}; numbers and URLs replaced",
            "request": request,
            "response": response,
        }
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
        written.append(name)
    return written, left_out


def _object(text: str) -> dict[str, Any] | None:
    value = json_or_none(text)
    return value if isinstance(value, dict) else None


def _outcome(response: dict[str, Any]) -> str:
    if "error" in response:
        return "error"
    result = response["result"]
    return "refused" if isinstance(result, dict) and "error" in result else "success"

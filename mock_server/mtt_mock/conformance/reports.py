"""Writes the report of a run: as a table for the terminal, as JSON, as JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mtt_mock.conformance.runner import STOPPED, Finding, Report, Status
from mtt_mock.domain.text import counted
from mtt_mock.server.tls.private_files import write_private

_MARKS: dict[Status, str] = {"confirmed": "ok", "refuted": "REFUTED", "not tested": "-"}
_INVALID_IN_XML = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)]
)


def lines(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines for a terminal: facts by area, refuted ones with their last exchange.

    Facts that a run did not reach before it stopped are counted only. ``verbose``: also the last
    response about each assumption.
    """
    unreached = f"{STOPPED}: {report.abort_reason}"
    reached = [finding for finding in report.findings if finding.why != unreached]
    for area, group in groupby(reached, key=lambda finding: finding.fact.area):
        yield area
        for finding in group:
            yield from _finding_lines(finding, verbose=verbose)
    counts = ", ".join(f"{len(report.of(status))} {status}" for status in _MARKS)
    yield ""
    yield f"{counts}; {counted(report.requests, 'request')} to {report.target.url}"
    if report.restored:
        yield report.restored
    if report.unrestored:
        yield f"NOT RESTORED: {report.unrestored}"
    if report.abort_reason:
        facts = counted(len(report.findings) - len(reached), "fact")
        yield f"stopped early, before {facts}: {report.abort_reason}"


def _finding_lines(finding: Finding, *, verbose: bool) -> Iterator[str]:
    fact = finding.fact
    mark, evidence = _MARKS[finding.status], fact.evidence
    yield f"  {mark:8} {fact.id:28} [{evidence}] {fact.statement}"
    if finding.why:
        yield f"           {finding.why}"
    if finding.status == "refuted" and finding.exchanges:
        last = finding.exchanges[-1]
        yield f"           > {last.verb} {last.path} {last.request}"
        yield f"           < HTTP {last.status} {last.response}"
    elif evidence == "assumption" and verbose and finding.last_response:
        yield f"           response: {finding.last_response}"


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "endpoint": report.target.url,
        "requests": report.requests,
        "abort_reason": report.abort_reason,
        "restored": report.unrestored is None,
        "unrestored": report.unrestored and json.loads(report.unrestored),
        "backup": report.backup_path and str(report.backup_path),
        "counts": {status: len(report.of(status)) for status in _MARKS},
        "facts": [
            {
                "id": finding.fact.id,
                "area": finding.fact.area,
                "statement": finding.fact.statement,
                "evidence": finding.fact.evidence,
                "status": finding.status,
                "why": finding.why,
                "last_response": finding.last_response,
                "exchanges": [asdict(exchange) for exchange in finding.exchanges],
            }
            for finding in report.findings
        ],
    }


def write_json(report: Report, path: Path) -> None:
    """Write the report as JSON. Raises ``OSError``."""
    text = json.dumps(as_json(report), ensure_ascii=False, indent=2)
    write_private(path, f"{text}\n".encode("utf-8", "backslashreplace"))


def write_junit(report: Report, path: Path) -> None:
    """Write the report as JUnit XML: one test case per fact. Raises ``OSError``."""
    suite = ET.Element(
        "testsuite",
        name="mtt-mock verify",
        tests=str(len(report.findings)),
        failures=str(len(report.of("refuted"))),
        skipped=str(len(report.of("not tested"))),
        errors=str(int(report.incomplete)),
    )
    for finding in report.findings:
        case = ET.SubElement(suite, "testcase", classname=finding.fact.area, name=finding.fact.id)
        if finding.status == "refuted":
            text = "\n".join(_finding_lines(finding, verbose=True))
            failure = ET.SubElement(case, "failure", message=_xml(finding.why))
            failure.text = _xml(text)
        elif finding.status == "not tested":
            ET.SubElement(case, "skipped", message=_xml(finding.why))
    if report.incomplete:
        case = ET.SubElement(suite, "testcase", classname="mtt-mock", name="run")
        text = report.abort_reason or f"not restored: {report.unrestored}"
        ET.SubElement(case, "error", message=_xml(text))
    write_private(path, ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _xml(text: str) -> str:
    return text.translate(_INVALID_IN_XML)

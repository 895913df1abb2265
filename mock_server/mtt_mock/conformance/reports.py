"""The report of a run: a table for the terminal, JSON, JUnit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from mtt_mock.conformance.runner import Finding, Report, Status

_MARKS: dict[Status, str] = {"confirmed": "ok", "refuted": "REFUTED", "not tested": "-"}
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


def lines(report: Report, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines for a terminal: each fact, refuted ones with their exchange.

    ``verbose``: what was answered about assumptions that hold, too.
    """
    for area, group in groupby(report.findings, key=lambda each: each.fact.area):
        yield area
        for finding in group:
            yield from _finding_lines(finding, verbose=verbose)
    counts = ", ".join(f"{len(report.of(status))} {status}" for status in _MARKS)
    yield ""
    yield f"{counts}; {report.requests} requests to {report.target.url}"
    if report.restored:
        yield report.restored
    if report.trouble:
        yield f"stopped early: {report.trouble}"


def _finding_lines(finding: Finding, *, verbose: bool) -> Iterator[str]:
    fact = finding.fact
    mark, evidence = _MARKS[finding.status], fact.evidence
    yield f"  {mark:8} {fact.id:28} [{evidence}] {fact.statement}"
    if finding.why:
        yield f"           {finding.why}"
    if finding.status == "refuted" and finding.exchanges:
        last = finding.exchanges[-1]
        yield f"           > {last.verb} {last.path} {last.request}"
        yield f"           < HTTP {last.status} {last.answer}"
    elif evidence == "assumption" and verbose and finding.answered:
        yield f"           answered: {finding.answered}"


def as_json(report: Report) -> dict[str, Any]:
    """Return the report as a JSON object."""
    return {
        "endpoint": report.target.url,
        "requests": report.requests,
        "trouble": report.trouble,
        "restored": report.left is None,
        "not_put_back": report.left and json.loads(report.left),
        "kept_in": report.kept_in and str(report.kept_in),
        "counts": {status: len(report.of(status)) for status in _MARKS},
        "facts": [
            {
                "id": finding.fact.id,
                "area": finding.fact.area,
                "statement": finding.fact.statement,
                "evidence": finding.fact.evidence,
                "status": finding.status,
                "why": finding.why,
                "answered": finding.answered,
                "exchanges": [each.as_json() for each in finding.exchanges],
            }
            for finding in report.findings
        ],
    }


def write_json(report: Report, path: Path) -> None:
    """Write the report as JSON. Raises ``OSError``."""
    text = json.dumps(as_json(report), ensure_ascii=False, indent=2)
    path.write_bytes(f"{text}\n".encode("utf-8", "backslashreplace"))


def write_junit(report: Report, path: Path) -> None:
    """Write the report as JUnit XML: a test case a fact. Raises ``OSError``."""
    suite = ET.Element(
        "testsuite",
        name="mtt-mock verify",
        tests=str(len(report.findings)),
        failures=str(len(report.of("refuted"))),
        skipped=str(len(report.of("not tested"))),
        errors=str(int(report.exit_code == 2)),  # noqa: PLR2004
    )
    for finding in report.findings:
        case = ET.SubElement(suite, "testcase", classname=finding.fact.area, name=finding.fact.id)
        if finding.status == "refuted":
            text = "\n".join(_finding_lines(finding, verbose=True))
            failure = ET.SubElement(case, "failure", message=_xml(finding.why))
            failure.text = _xml(text)
        elif finding.status == "not tested":
            ET.SubElement(case, "skipped", message=_xml(finding.why))
    if report.exit_code == 2:  # noqa: PLR2004
        case = ET.SubElement(suite, "testcase", classname="mtt-mock", name="run")
        text = report.trouble or f"not put back: {report.left}"
        ET.SubElement(case, "error", message=_xml(text))
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def _xml(text: str) -> str:
    return text.translate(_NO_XML)

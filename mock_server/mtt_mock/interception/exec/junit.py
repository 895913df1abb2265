"""Writes the outcome of ``mtt-mock exec`` as JUnit XML."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from xml.etree import ElementTree as ET

from mtt_mock.domain.text import printable
from mtt_mock.interception.exec.summary import STRICT

_SUITE = "mtt-mock exec"


def write_junit(
    path: Path, strict: Collection[str], failures: Iterable[tuple[str, str]], code: int
) -> None:
    """Write one test case for the command and one for each category of --strict.

    Categories that are not in ``strict`` are skipped; ``failures`` have a category and a reason.
    Raises ``OSError``.
    """
    reasons: dict[str, list[str]] = {name: [] for name in ("command", *STRICT)}
    if code:
        reasons["command"].append(f"exit code {code}")
    for category, reason in failures:
        reasons[category].append(printable(reason, 1000))
    suite = ET.Element("testsuite", name=_SUITE)
    for name, texts in reasons.items():
        case = ET.SubElement(suite, "testcase", classname=_SUITE, name=name)
        if texts:
            ET.SubElement(case, "failure", message=texts[0]).text = "\n".join(texts)
        elif name in STRICT and name not in strict:
            ET.SubElement(case, "skipped", message="not part of --strict")
    cases = list(suite)
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
    suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)

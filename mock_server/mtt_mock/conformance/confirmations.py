"""Reads and updates the file of confirmations, which ``contract fidelity`` shows.

It holds the date and verdict of each fact at the real service:
``{"transport.endpoint": {"date": "2026-01-31", "verdict": "confirmed"}, …}``
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from mtt_contracts.fidelity import read_confirmations
from mtt_mock.conformance.rate import addresses_of
from mtt_mock.conformance.runner import Report


def check(url: str, path: Path) -> None:
    """Raise ``ValueError`` if ``url`` is on this machine or ``path`` is another file."""
    # The run itself reports a host without an address.
    if any(address.is_loopback for address in addresses_of(url)):
        host = urlsplit(url).hostname
        raise ValueError(f"{host} is this machine: a fake here confirms nothing about the service")
    if path.exists():
        read_confirmations(path)


def update(report: Report, path: Path) -> None:
    """Replace the verdicts of the facts that ``report`` confirmed or refuted.

    Raises ``OSError``, and ``ValueError`` if the file is not a file of confirmations.
    """
    verdicts = read_confirmations(path) if path.exists() else {}
    today = datetime.now(UTC).date().isoformat()
    for finding in report.findings:
        if finding.status != "not tested":
            verdicts[finding.fact.id] = {"date": today, "verdict": finding.status}
    path.write_text(json.dumps(verdicts, indent=2, sort_keys=True) + "\n", encoding="utf-8")

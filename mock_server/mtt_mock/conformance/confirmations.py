"""A file of what the real service said about each fact, and when: ``contract fidelity`` shows it.

``{"transport.endpoint": {"date": "2026-01-31", "verdict": "confirmed"}, …}``
"""

from __future__ import annotations

import ipaddress
import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from mtt_contracts.fidelity import read_confirmations
from mtt_mock.conformance.runner import Report


def check(url: str, path: Path) -> None:
    """Raise ``ValueError`` when ``url`` is on this machine, or ``path`` holds something else."""
    host = urlsplit(url).hostname or ""
    if _is_here(host):
        raise ValueError(f"{host} is this machine: a fake here confirms nothing about the service")
    if path.exists():
        read_confirmations(path)


def note(report: Report, path: Path) -> None:
    """Add what ``report`` confirmed and refuted to the file, in place of older verdicts.

    Raises ``OSError``, and ``ValueError`` when the file holds something else.
    """
    noted = read_confirmations(path) if path.exists() else {}
    today = datetime.now(UTC).date().isoformat()
    for finding in report.findings:
        if finding.status != "not tested":
            noted[finding.fact.id] = {"date": today, "verdict": finding.status}
    path.write_text(json.dumps(noted, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _is_here(host: str) -> bool:
    try:
        places = {str(row[4][0]) for row in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False  # then nothing there will answer either
    return any(ipaddress.ip_address(place.partition("%")[0]).is_loopback for place in places)

"""A short run of the soak test; ``make soak`` runs the long one."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.process]

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"


def test_a_short_soak_finds_no_error(tmp_path):
    command = [sys.executable, SOAK, "--seconds", "3", "--clients", "4", "--workers", "2"]
    done = subprocess.run(
        [*command, "--store", f"sqlite:///{tmp_path}/soak.db"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "2 workers on sqlite, 4 clients", done.stderr
    assert "0 wrong answers" in lines
    [events] = [line for line in lines if " calls, " in line]
    assert events.endswith("events: 0 missing, 0 more than once")
    assert not events.startswith("0 calls")

"""``.ci/audit`` passes only after it has looked up the installed dependencies."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv/bin/python").exists(), reason="make .venv/.dev installs the dependencies"
)
KNOWN = 'echo "h11 0.14.0 CVE-2025-43859"; exit 1'


def audit(tmp_path, known, installed):
    """Run the script with a pip-audit that does ``known`` for h11 0.14.0, else ``installed``."""
    script = tmp_path / "pip-audit"
    script.write_text(
        f'#!/bin/sh\nfor file; do :; done\nif [ "$(cat "$file")" = h11==0.14.0 ]\n'
        f"then {known}\nelse {installed}\nfi\n"
    )
    script.chmod(0o755)
    environ = os.environ | {"PIP_AUDIT": str(script)}
    return subprocess.run(
        [ROOT / ".ci/audit"], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.unmeasured
def test_an_audit_without_advisories_passes(tmp_path):
    run = audit(tmp_path, KNOWN, "exit 0")
    assert run.returncode == 0
    assert run.stdout.endswith(" dependencies have no known advisory\n")


@pytest.mark.unmeasured
@pytest.mark.parametrize("problem", ["echo CVE-2030-1; exit 1", "echo timed out; exit 124"])
def test_an_advisory_or_an_error_fails_the_audit(tmp_path, problem):
    run = audit(tmp_path, KNOWN, problem)
    assert run.returncode != 0
    assert "no known advisory" not in run.stdout


@pytest.mark.parametrize("end", ["echo 'no route to host' >&2; exit 1", "echo nothing; exit 0"])
def test_an_audit_out_of_reach_says_so(tmp_path, end):
    run = audit(tmp_path, end, "exit 0")
    assert run.returncode == 0
    assert "nothing was audited" in run.stdout
    assert run.stdout.splitlines()[-1] in {"no route to host", "nothing"}
    assert "no known advisory" not in run.stdout

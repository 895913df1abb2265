"""Suites with other tools: the projects of ``tools.py`` in a network with a decoy of MTT."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PYTHON = ROOT / "build/compatibility/bin/python"

sys.path.insert(0, str(HERE))
from tools import REACHES_MTT, REFUSED, ROWS, WORKS  # noqa: E402

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not PYTHON.exists(), reason="make compatibility prepares its environment"),
]


def test_results_match_the_table(tmp_path):
    results, log = tmp_path / "results.json", tmp_path / "visitors"
    log.touch()
    decoy = ROOT / "tests/unmodified_apps/decoy.py"
    command = [PYTHON, decoy, PYTHON, HERE / "tools.py", results, tmp_path]
    # The suites see nothing of this run: neither its coverage nor its workers. They keep their
    # bytecode: else each of them compiles pytest and its tool.
    outside = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE", "PYTEST", "PYTHONDONTWRITEBYTECODE"))
    }
    done = subprocess.run(
        list(map(str, command)),
        env=outside | {"DECOY_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    outcomes = json.loads(results.read_text())
    counts = Counter(result["outcome"] for result in outcomes)
    shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in (WORKS, REFUSED, REACHES_MTT))
    print(f"\n{len(outcomes)} projects: {shown}; the decoy had {log.stat().st_size} visitors")
    wrong = {
        f"{row.tool} {' '.join(row.options)}": f"{result['outcome']}: {result['printed']}"
        for row, result in zip(ROWS, outcomes, strict=True)
        if result["outcome"] != row.outcome
    }
    assert wrong == {}
    assert log.stat().st_size == 0

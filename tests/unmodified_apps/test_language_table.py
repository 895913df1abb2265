"""Each program of the documents' table under ``exec``, in a network with a decoy of MTT."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from language_table import EXAMPLES, OUTCOMES, ROWS

from support.processes import MTT_MOCK

pytestmark = [
    pytest.mark.slow,
    pytest.mark.process,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the decoy needs Linux namespaces"),
]

HERE = Path(__file__).parent
MODES = {"exec": [], "isolated": ["--isolate"]}


def outcomes(mode, folder):
    """Run all programs in one mode; return the outcomes by row, and the visitors of the decoy."""
    results, log = folder / "results.json", folder / "visitors"
    log.touch()
    command = [
        sys.executable, HERE / "decoy.py", *MTT_MOCK, "exec", *MODES[mode], "--",
        sys.executable, HERE / "language_table.py", results, folder,
    ]  # fmt: skip
    done = subprocess.run(
        list(map(str, command)),
        env=os.environ | {"DECOY_LOG": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 77 or "--isolate=network: " in done.stderr:
        pytest.skip((done.stdout + done.stderr).strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(results.read_text()), log.stat().st_size


@pytest.mark.parametrize("mode", MODES)
def test_program_outcomes_match_the_table(mode, tmp_path):
    results, visitors = outcomes(mode, tmp_path)
    counts = Counter(result["outcome"] for result in results.values())
    shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    print(f"\n{mode}: {len(results)} programs: {shown}; the decoy had {visitors} visitors")
    expected = {row.name: getattr(row, mode) for row in ROWS}
    wrong = {
        name: f"{result['outcome']}, not {expected[name]}: {result['printed']}"
        for name, result in results.items()
        if result["outcome"] != expected[name]
    }
    assert wrong == {}
    assert visitors == 0
    missing = [f"{row.name}: {row.missing}" for row in ROWS if row.name not in results]
    print("not tried:", *missing, sep="\n  ")


def test_every_example_is_a_row():
    assert {path.name for path in EXAMPLES.iterdir()} == {row.file for row in ROWS}

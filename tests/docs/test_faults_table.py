"""docs/FAULTS.md: its table is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.service.fault_registry import load_fault

TEXT = (Path(__file__).parents[2] / "docs" / "FAULTS.md").read_text("utf-8")


def test_the_table_names_every_fault_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \|$", TEXT, re.MULTILINE))
    assert rows == dict(FAULT_MEANINGS)


def test_every_example_can_be_read() -> None:
    examples = re.findall(r"^\| `([^`]*:[^`]*|[a-z-]+[=@*~][^`]*)` \|", TEXT, re.MULTILINE)
    assert len(examples) >= 5
    for example in examples:
        load_fault(example)

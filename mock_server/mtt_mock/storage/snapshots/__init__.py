"""Snapshots: what a fake keeps as a JSON file, to seed another one with it or to move it.

``snapshot.json`` describes the form. The journal is no part of it: it has exports of its own.
"""

from mtt_mock.storage.snapshots.dumper import dump_json, snapshot_to_dict
from mtt_mock.storage.snapshots.loader import LARGEST as LARGEST_FILE
from mtt_mock.storage.snapshots.loader import read_file, read_snapshot
from mtt_mock.storage.snapshots.schema import VERSION, SnapshotError
from mtt_mock.storage.snapshots.transfer import (
    Imported,
    exported,
    import_dict,
    import_file,
    import_snapshot,
)

__all__ = [
    "LARGEST_FILE",
    "VERSION",
    "Imported",
    "SnapshotError",
    "dump_json",
    "exported",
    "import_dict",
    "import_file",
    "import_snapshot",
    "read_file",
    "read_snapshot",
    "snapshot_to_dict",
]

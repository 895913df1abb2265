"""Snapshots: the state of a fake as a JSON file, for seeding and moving.

``snapshot.json`` is the schema. Snapshots do not contain the journal, which has its own exports.
"""

from mtt_mock.storage.snapshots.dumper import dump_json, snapshot_to_dict
from mtt_mock.storage.snapshots.loader import MAX_FILE_BYTES, read_file, read_snapshot
from mtt_mock.storage.snapshots.schema import VERSION, SnapshotError
from mtt_mock.storage.snapshots.transfer import (
    ImportResult,
    export_dict,
    import_dict,
    import_file,
    import_snapshot,
)

__all__ = [
    "MAX_FILE_BYTES",
    "VERSION",
    "ImportResult",
    "SnapshotError",
    "dump_json",
    "export_dict",
    "import_dict",
    "import_file",
    "import_snapshot",
    "read_file",
    "read_snapshot",
    "snapshot_to_dict",
]

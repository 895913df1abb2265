"""Databases to measure with: a SQLite file, and PostgreSQL where there is one.

PostgreSQL is the server that MTT_MOCK_TEST_POSTGRES names, as for the tests, or one that is started
for the run where it is installed.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from postgres import cluster
from postgres.fixtures import SERVER, fresh_database, own_cluster


@contextlib.contextmanager
def sqlite() -> Iterator[str]:
    """Give the URL of a new file."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/fake.db"


@contextlib.contextmanager
def postgres() -> Iterator[str | None]:
    """Give the URL of a new database, ``None`` where there is no PostgreSQL."""
    with contextlib.ExitStack() as stack:
        server = os.environ.get(SERVER)
        if server is None:
            binaries = cluster.find_binaries()
            if binaries is None:
                yield None
                return
            server = stack.enter_context(own_cluster(binaries)).url()
        yield stack.enter_context(fresh_database(server))

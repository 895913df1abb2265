from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fake_processes import Fakes

from mtt_mock.domain.clock import MANUAL
from mtt_mock.service.state import in_memory
from mtt_mock.storage.sql import open_database

# The machines of these folders run here too, on every store.
for folder in ("calls", "domain"):
    sys.path.append(str(Path(__file__).parents[1] / folder))

KINDS = ["memory", "sqlite", "postgresql"]


class Stores:
    """Yields empty state; a database is opened once and emptied for each test."""

    def __init__(self, kind, url):
        self.kind = kind
        self.url = url
        self._state = None if url is None else open_database(url)

    def fresh(self):
        """Return state; closing its fake leaves the database open."""
        if self._state is None:
            return in_memory()
        self._state.store.clear()
        self._state.entries.clear()
        self._state.clock.reset(MANUAL)
        return self._state._replace(close=lambda: None)

    def close(self):
        if self._state is not None:
            self._state.close()


@pytest.fixture(scope="module", params=KINDS)
def stores(request, tmp_path_factory):
    """Every kind of store, one after another."""
    url = _module_url(request, request.param, tmp_path_factory)
    opened = Stores(request.param, url)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=KINDS[1:])
def module_url(request, tmp_path_factory):
    """The URL of a database of each kind for this module."""
    return _module_url(request, request.param, tmp_path_factory)


@pytest.fixture(scope="module")
def databases(module_url):
    """Every kind of store that processes share."""
    opened = Stores("sqlite" if module_url.startswith("sqlite") else "postgresql", module_url)
    yield opened
    opened.close()


@pytest.fixture(params=KINDS[1:])
def database_url(request, tmp_path):
    """The URL of an empty database of each kind for this test."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def fakes():
    """Starts fakes in processes, and kills them at the end."""
    with Fakes() as started:
        yield started


def _module_url(request, kind, tmp_path_factory):
    if kind == "memory":
        return None
    if kind == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('store')}/state.db"
    return request.getfixturevalue("postgres_database")

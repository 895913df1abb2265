from __future__ import annotations

import pytest

from mtt_mock.service.state import in_memory
from mtt_mock.storage.stores import open_state


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def state(request, tmp_path):
    """An empty state of each kind, with a manual clock."""
    if request.param == "memory":
        opened = in_memory()
    elif request.param == "sqlite":
        opened = open_state(f"sqlite:///{tmp_path}/state.db")
    else:
        opened = open_state(request.getfixturevalue("postgres_url"))
    opened.clock.initialise(0)
    yield opened
    opened.close()


@pytest.fixture
def sqlite(tmp_path):
    state = open_state(f"sqlite:///{tmp_path}/state.db")
    yield state
    state.close()


@pytest.fixture
def postgres(postgres_url):
    state = open_state(postgres_url)
    yield state
    state.close()

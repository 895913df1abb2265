"""The garbage collector while the server starts."""

import gc

import pytest

from mtt_mock.cli.collector import paused_collector


def test_the_collector_runs_again_after_the_start():
    with paused_collector():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.unfreeze()


def test_the_collector_runs_again_after_a_failed_start():
    with pytest.raises(OSError, match="no port"), paused_collector():
        raise OSError("no port")
    assert gc.isenabled()
    gc.unfreeze()


def test_the_garbage_of_requests_is_still_collected():
    class Node:
        pass

    with paused_collector():
        pass
    node = Node()
    node.self = node
    del node
    assert any(isinstance(item, Node) for item in gc.get_objects())
    gc.collect()
    assert not any(isinstance(item, Node) for item in gc.get_objects())
    gc.unfreeze()

"""Stubs of processes that share a database: one adds them, all answer with them and count."""

from __future__ import annotations

import contextlib

import pytest

from mtt_mock import create_app, fake_of
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.stubs import Stub, StubError, shared, stub_file

DENIED = {"method": "getCustomerBalance", "error": [-32002, "Permission denied"]}
FILE = """
[[stubs]]
method = "getCustomerBalance"
error = [-32002, "Permission denied"]
times = 2
"""


@pytest.fixture
def start(module_url):
    """Returns a function that starts a fake on the database; the fakes stand for processes."""
    with contextlib.ExitStack() as stack:

        def start(**settings):
            app = create_app(store=module_url, **settings)
            stack.callback(fake_of(app).close)
            return app

        yield start
        fake_of(start()).service.stubs.clear()


def balance(app, customer="1"):
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "getCustomerBalance",
        "params": {"customer_name": customer},
    }
    return app.test_client().post("/index.php", json=request, auth=("a", "b"))


def codes(*apps):
    return [balance(app).json.get("error", {}).get("code") for app in apps]


def listed(app):
    stubs = app.test_client().get("/_mtt/stubs").json["stubs"]
    return [(stub["id"], stub["seen"], stub["used"]) for stub in stubs]


def test_every_process_answers_with_an_added_stub(start):
    one, other = start(), start()
    added = one.test_client().post("/_mtt/stubs", json=DENIED)
    assert added.status_code == 200
    assert codes(one, other) == [-32002, -32002]
    assert listed(one) == listed(other) == [(1, 2, 2)]
    assert other.test_client().delete("/_mtt/stubs/1").json == {"stubs": []}
    assert codes(one, other) == [None, None]


def test_calls_are_counted_across_processes(start):
    one, other = start(), start()
    one.test_client().post("/_mtt/stubs", json=DENIED | {"after": 1, "times": 2})
    assert codes(other, one, other, one) == [None, -32002, -32002, None]
    assert listed(other) == [(1, 4, 2)]
    one.test_client().post("/_mtt/stubs", json=DENIED | {"nth": 2})
    assert codes(one, other, one) == [None, -32002, None]


def test_a_later_process_answers_with_stubs_that_were_added(start):
    start().test_client().post("/_mtt/stubs", json=DENIED)
    assert codes(start()) == [-32002]


def test_a_reply_in_bytes_is_shared_unchanged(start):
    one, other = start(), start()
    handle = fake_of(one).service.stubs.add(
        "getCustomerBalance", http=(502, b"\xff\x00", "image/png"), customer="7"
    )
    answer = balance(other, "7")
    assert (answer.status_code, answer.data) == (502, b"\xff\x00")
    assert answer.headers["Content-Type"] == "image/png"
    assert (handle.used, handle.id) == (1, 1)
    with handle:
        pass
    assert handle.used == 1
    assert fake_of(one).service.stubs.unused() == []
    assert balance(other, "7").status_code == 200


def test_a_removed_stub_is_reported_as_unused(start):
    stubs = fake_of(start()).service.stubs
    with stubs.add("getCustomerBalance", http=(500,)):
        assert len(stubs) == 1
    assert [active.id for active in stubs.unused()] == [1]


def test_a_reset_removes_the_stubs_of_all_processes(start):
    one, other = start(), start()
    one.test_client().post("/_mtt/stubs", json=DENIED)
    fake_of(other).reset()
    assert codes(one) == [None]


def test_a_stub_changes_the_revision_that_streams_watch(start):
    one, other = start(), start()
    before = fake_of(other).service.stubs.revision
    one.test_client().post("/_mtt/stubs", json=DENIED)
    assert fake_of(other).service.stubs.revision > before


def test_processes_with_one_file_count_together(start, tmp_path, monkeypatch):
    monkeypatch.setattr(stub_file, "CHECK_INTERVAL", 0.0)
    path = tmp_path / "stubs.toml"
    path.write_text(FILE, encoding="utf-8")
    one = start(stubs=str(path))
    assert codes(one) == [-32002]
    other = start(stubs=str(path))  # does not install them again
    assert codes(other, one) == [-32002, None]
    path.write_text(FILE.replace("-32002", "-32003"), encoding="utf-8")
    assert codes(one, other, one) == [-32003, -32003, None]
    path.unlink()
    assert listed(other) == [(1, 3, 2)]
    fake_of(one).reset()
    assert codes(one) == [None]  # without the file a reset leaves no stubs


def test_stubs_of_the_settings_are_shared(start):
    one = start(stubs=[DENIED | {"times": 1}])
    assert codes(one, start(stubs=[DENIED | {"times": 1}])) == [-32002, None]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"respond": dict}, "respond takes a function, which processes that share a state cannot"),
        ({"result": {"balance": {1, 2}}, "allow_invalid": True}, "because it is not JSON"),
        ({"http": (200, "x" * 600)}, "the stubs hold more than 500 characters"),
    ],
)
def test_what_cannot_be_shared_is_refused(start, monkeypatch, fields, reason):
    monkeypatch.setattr(shared, "MAX_SHARED_CHARACTERS", 500)
    app = start()
    stubs = fake_of(app).service.stubs
    with pytest.raises(StubError, match=reason):
        stubs.add("getCustomerBalance", **fields)
    assert listed(app) == []
    assert codes(app) == [None]


def test_a_function_of_the_settings_is_refused_at_the_start(start):
    with pytest.raises(StubError, match="respond takes a function"):
        start(stubs=[Stub.of("getCustomerBalance", respond=dict)])


def test_an_unavailable_database_is_no_stub(start, monkeypatch):
    app = start()
    app.test_client().post("/_mtt/stubs", json=DENIED)

    def fail(*_arguments):
        raise StoreUnavailableError("the database does not answer")

    monkeypatch.setattr(fake_of(app).state.stubs, "change_stub_document", fail)
    answer = balance(app)
    assert (answer.status_code, answer.json["error"]["data"]) == (
        503,
        "the database does not answer",
    )

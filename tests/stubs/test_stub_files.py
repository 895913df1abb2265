"""Stubs from TOML files, over the control API and in pytest's report."""

from __future__ import annotations

import httpx2
import pytest

from mtt_mock import create_app
from mtt_mock.service.stubs import StubError, StubRegistry, read_stubs, stub_file

FILE = """
version = 1
[[stubs]]
method = "getCustomerBalance"
error = [-32002, "Permission denied", "No access"]

[[stubs]]
method = "deleteCallBackFollowme"
customer = "883140500000001"
http = [503, "maintenance"]
times = 2
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "stubs.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def balance(app):
    request = {
        "jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {"customer_name": "1"},
    }  # fmt: skip
    return app.test_client().post("/index.php", json=request, auth=("a", "b")).json


def test_a_file_gives_stubs_in_order(path):
    first, second = read_stubs(path)
    assert (first.method, first.error) == (
        "getCustomerBalance",
        (-32002, "Permission denied", "No access"),
    )
    assert (second.customer, second.http.status, second.times) == ("883140500000001", 503, 2)


def test_a_setting_takes_the_path_of_a_file(path):
    assert balance(create_app(stubs=path))["error"]["data"] == "No access"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[stubs", "is not TOML"),
        ("version = 9", "has version 9; this mtt-mock reads 1. Upgrade mtt-mock"),
        ("[[stub]]", "unknown key 'stub'; write [[stubs]] tables"),
        ("stubs = 1", "unknown key 'stubs'"),
        ('[[stubs]]\nmethod = "getCustomerBalance"', "stubs[0]: give one of result, error"),
    ],
)
def test_an_invalid_file_is_refused_with_its_path(path, text, message):
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StubError) as refused:
        read_stubs(path)
    assert message in str(refused.value)
    assert "stubs.toml" in str(refused.value)


def test_a_changed_file_is_reloaded(path, monkeypatch):
    monkeypatch.setattr(stub_file, "CHECK_INTERVAL", 0.0)
    app = create_app(stubs=str(path))
    assert balance(app)["error"]["code"] == -32002
    path.write_text(FILE.replace("-32002", "-32001"), encoding="utf-8")
    assert balance(app)["error"]["code"] == -32001


@pytest.mark.parametrize("harm", ["broken", "gone"])
def test_a_broken_file_keeps_the_last_valid_stubs(path, monkeypatch, caplog, harm):
    monkeypatch.setattr(stub_file, "CHECK_INTERVAL", 0.0)
    app = create_app(stubs=str(path))
    if harm == "broken":
        path.write_text("[[stubs", encoding="utf-8")
    else:
        path.unlink()
    assert balance(app)["error"]["code"] == -32002
    assert balance(app)["error"]["code"] == -32002
    assert [record.getMessage()[:27] for record in caplog.records] == [
        "the stubs stay as they were"
    ]


def test_the_control_api_adds_lists_and_removes_stubs(mtt_server, mtt_customer):
    control = mtt_server.url.replace("/index.php", "/_mtt/stubs")
    with httpx2.Client(trust_env=False) as client:
        added = client.post(
            control, json={"method": "getCustomerBalance", "error": [-32002, "Permission denied"]}
        )
        assert added.json()["stubs"] == [
            {
                "id": 1,
                "method": "getCustomerBalance",
                "error": [-32002, "Permission denied", None],
                "then": "skip",
                "seen": 0,
                "used": 0,
            }
        ]
        assert client.delete(f"{control}/7").status_code == 404
        assert client.delete(f"{control}/1").json() == {"stubs": []}
        wrong = client.post(control, json={"method": "getBalance", "result": {}})
    assert wrong.status_code == 400
    assert "no method 'getBalance'" in wrong.json()["error"]


def test_removed_stubs_still_count_as_unused():
    registry = StubRegistry()
    with registry.add("getCustomerBalance", http=(500,)):
        pass
    assert [active.id for active in registry.unused()] == [1]


UNUSED = """
    def test_it(mtt_server):
        mtt_server.stubs.add("getCustomerBalance", http=(500, "down"))
"""


def test_unused_stubs_can_be_an_error(pytester):
    pytester.makeini("[pytest]\nmtt_unused_stubs = error")
    pytester.makepyfile(UNUSED)
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*stubs that answered no call:", "stub 1: *getCustomerBalance*"])


def test_unused_stubs_are_allowed_by_default(pytester):
    pytester.makepyfile(UNUSED)
    pytester.runpytest().assert_outcomes(passed=1)

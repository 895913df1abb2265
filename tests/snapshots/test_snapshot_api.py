"""Snapshots over the control API and in Python."""

from __future__ import annotations

import httpx2
import pytest
from snapshot_examples import FULL, HEAD, TEAM, snapshot

from mtt_mock.storage.snapshots import SnapshotError

CUSTOMER = "883140500000000"


@pytest.fixture
def http(mtt_server):
    base = f"{mtt_server.url.removesuffix('index.php')}_mtt/"
    with httpx2.Client(trust_env=False, verify=False, timeout=30, base_url=base) as client:
        yield client


def test_a_snapshot_is_exported_and_imported(http):
    taken = http.post("snapshot", json=FULL)
    assert (taken.status_code, taken.json()) == (
        200,
        {
            "imported": {"customers": 1, "subscribers": 1, "faults": 1, "calls": 1},
            "replaced": False,
            "notes": ["customers[0].prompts[0] has no known audio format"],
        },
    )
    assert http.get("snapshot").json() == FULL
    assert http.get("snapshot", params={"calls": 0}).json() == TEAM
    only = http.get("snapshot", params={"calls": 0, "customer": [CUSTOMER]}).json()
    assert only == HEAD | {"customers": TEAM["customers"]}


def test_a_configured_prompt_length_is_exported(http, mtt_server):
    http.post("snapshot", json=FULL)
    mtt_server.set_prompt_length(CUSTOMER, "hello.wav", 12.5)
    exported = http.get("snapshot").json()
    assert exported["customers"][0]["prompts"][0]["seconds"] == 12.5
    mtt_server.reset()
    http.post("snapshot", json=exported)
    assert [prompt.milliseconds for prompt in mtt_server.prompts(CUSTOMER)] == [12_500]


def test_a_replacing_import_removes_other_state(http):
    http.post("snapshot", json=FULL)
    assert http.post("snapshot", json=FULL).status_code == 409
    answer = http.post("snapshot", params={"replace": 1}, json=HEAD)
    assert answer.json()["replaced"] is True
    assert http.get("snapshot", params={"calls": 0}).json() == HEAD


@pytest.mark.parametrize(
    ("query", "headers", "body", "status", "message"),
    [
        ({}, {"Content-Type": "text/plain"}, b"{}", 415, "Content-Type: application/json"),
        ({}, {}, b"{", 400, "this is not JSON"),
        ({}, {}, b"{}", 400, "this is not a state of mtt-mock"),
        ({"replace": "yes"}, {}, b"{}", 400, "replace must be 0 or 1"),
        ({"replce": "1"}, {}, b"{}", 400, "unknown parameter 'replce'; it takes replace"),
        ({}, {}, b" " * (64 * 1024 * 1024 + 1), 413, "413 Request Entity Too Large"),
    ],
    ids=["text", "no-json", "no-state", "replace", "unknown", "large"],
)
def test_invalid_imports_are_refused(http, query, headers, body, status, message):
    sent = {"Content-Type": "application/json"} | headers
    answer = http.post("snapshot", params=query, headers=sent, content=body)
    assert answer.status_code == status
    assert message in answer.json()["error"]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ({"customer": "nobody"}, 404, "there is no state of customer nobody"),
        ({"calls": "x"}, 400, "calls must be 0 or 1"),
        ({"client": "x"}, 400, "unknown parameter 'client'"),
    ],
)
def test_invalid_exports_are_refused(http, query, status, message):
    answer = http.get("snapshot", params=query)
    assert answer.status_code == status
    assert message in answer.json()["error"]


def test_a_snapshot_may_be_larger_than_other_bodies(http):
    prompt = {"file_name": "long.wav", "content": "AAAA" * 1_000_000}
    values = snapshot(customers=[{"customer_name": "1", "prompts": [prompt]}])
    assert http.post("snapshot", json=values).status_code == 200
    assert http.get("snapshot", params={"calls": 0}).json() == values


def test_a_test_imports_and_exports_state(mtt_server, mtt_client, tmp_path):
    done = mtt_server.import_state(TEAM)
    assert (done.customers, done.subscribers, done.faults, done.calls) == (1, 1, 1, 0)
    assert len(mtt_client.get_callback_followme().elements) == 2
    assert mtt_server.export_state(calls=False) == TEAM
    assert mtt_server.export_state([CUSTOMER], calls=False)["customers"] == TEAM["customers"]
    file = tmp_path / "team.json"
    file.write_text('{"mtt_mock": "state", "version": 1}')
    mtt_server.import_state(file, replace=True)
    assert mtt_server.export_state(calls=False) == HEAD
    with pytest.raises(SnapshotError, match=r"nowhere.json: No such file"):
        mtt_server.import_state(str(tmp_path / "nowhere.json"))
    with pytest.raises(SnapshotError, match="version must be 1"):
        mtt_server.import_state({"mtt_mock": "state"})

"""Faults set in Python, by marker, by settings and over the control API."""

from __future__ import annotations

import pytest

from mtt_client import MttClient
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.server.handles import MttServer, serve
from mtt_mock.service.settings import Settings, SettingsError
from mtt_mock.web.app import create_app


def _ask(client: MttClient) -> bool:
    try:
        client.get_customer_balance()
    except Exception:  # noqa: BLE001
        return False
    return True


def test_faults_are_set_in_python(mtt_server: MttServer, mtt_client: MttClient) -> None:
    with mtt_server.faults.add("getCustomerBalance:http-503") as fault:
        assert [str(one.fault) for one in mtt_server.faults] == ["getCustomerBalance:http-503"]
        assert not _ask(mtt_client)
        assert fault.triggered == 1
    assert _ask(mtt_client)
    mtt_server.faults.add("empty")
    mtt_server.faults.clear()
    assert not len(mtt_server.faults)


@pytest.mark.mtt_faults("getCustomerBalance:reset-before@2")
def test_faults_are_set_by_marker(mtt_server: MttServer, mtt_client: MttClient) -> None:
    assert [_ask(mtt_client) for _ in range(3)] == [True, False, True]
    assert mtt_server.journal[1].fault == "getCustomerBalance:reset-before@2"


def test_faults_of_settings_survive_a_reset() -> None:
    with serve(faults=["upload:delay=2@1"]) as server:
        server.reset()
        assert [str(one.fault) for one in server.faults] == ["upload:delay=2@1"]


@pytest.mark.parametrize("fault", ["nosuch:delay", "upload:event-lost", "start_side_A:delay"])
def test_a_fault_that_never_matches_is_refused(fault: str) -> None:
    with pytest.raises(SettingsError, match="applies to"):
        Settings.of(faults=[fault])


def test_faults_are_set_over_the_control_api() -> None:
    app = create_app()
    client = app.test_client()
    answer = client.post("/_mtt/faults", json={"fault": "*/a:delay=2@3"}).get_json()
    [fault] = answer["faults"]
    assert fault == {
        "id": 1,
        "fault": "*/a:delay=2@3",
        "name": "delay",
        "method": None,
        "customer": "a",
        "remaining": 1,
        "seed": 0,
        "enabled": True,
        "seen": 0,
        "triggered": 0,
    }
    assert len(answer["known"]) == len(FAULT_MEANINGS)
    off = client.patch("/_mtt/faults/1", json={"enabled": False}).get_json()
    assert off["faults"][0]["enabled"] is False
    assert client.post("/_mtt/faults", json={"fault": "boom"}).status_code == 400
    assert client.patch("/_mtt/faults/1", json={"enabled": 1}).status_code == 400
    kind = {"content_type": "application/json"}
    assert client.delete("/_mtt/faults/1", **kind).get_json()["faults"] == []
    client.post("/_mtt/faults", json={"fault": "empty"})
    assert client.delete("/_mtt/faults", **kind).get_json()["faults"] == []


@pytest.mark.parametrize(
    ("fault", "status"), [("no-answer", 504), ("reset-before", 502), ("truncated", 200)]
)
def test_in_process_faults_return_the_nearest_response(fault: str, status: int) -> None:
    client = create_app(faults=[fault]).test_client()
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"}
    request["params"] = {"customer_name": "a"}
    answer = client.post("/index.php", json=request, auth=("a", "b"))
    assert (answer.status_code, answer.get_json(silent=True)) == (status, None)


def test_a_configured_fault_matches_a_parameter() -> None:
    client = create_app(faults=["getCustomerBalance?customer_name=a:http-503"]).test_client()
    request = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"}
    statuses = [
        client.post(
            "/index.php", json=request | {"params": {"customer_name": name}}, auth=("a", "b")
        ).status_code
        for name in ("a", "b")
    ]
    assert statuses == [503, 200]


def test_a_stale_handle_removes_no_other_fault(mtt_server: MttServer) -> None:
    with mtt_server.faults.add("empty"):
        mtt_server.reset()
        mtt_server.faults.add("getCustomerBalance:http-503")
    assert [str(one.fault) for one in mtt_server.faults] == ["getCustomerBalance:http-503"]

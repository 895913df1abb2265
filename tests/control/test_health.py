"""Health and responses while the database is unavailable."""

import json

import pytest

from mtt_mock import Fake, create_app, fake_of
from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.service.state import in_memory

HEADERS = {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}
GONE = "the database does not answer: connection to 10.0.0.5 refused"
CALLS = {
    "setCallBackFollowme": {"callBackFollowmeStruct": [{"type": "linal", "redirect_number": "7"}]},
    "getCallBackFollowme": {},
    "deleteCallBackFollowme": {},
    "makeCallBackCallFollowme": {"b_number": "79000000001", "caller_id": "7495"},
    "getCallBackFollowmeCallInfo": {"callBackCall_id": "1000001"},
    "getCustomerBalance": {},
}


class Store:
    """A store whose database is up or down."""

    def __init__(self):
        self.up = in_memory()
        self.is_down = False

    def __getattr__(self, name):
        if self.is_down:
            raise StoreUnavailableError(GONE)
        return getattr(self.up.store, name)


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def app(store, monkeypatch):
    def unavailable_reason():
        return GONE if store.is_down else None

    state = in_memory()._replace(store=store, unavailable_reason=unavailable_reason)
    monkeypatch.setattr("mtt_mock.storage.stores.open_state", lambda _store: state)
    return create_app(control_token="s3cret", error_status=200)


def post(client, body):
    answer = client.post("/index.php", data=json.dumps(body), headers=HEADERS)
    return answer.status_code, json.loads(answer.data) if answer.data else None


def call(method, call_id=7):
    params = {"customer_name": "883140500000000", **CALLS[method]}
    return {"jsonrpc": "2.0", "method": method, "params": params, "id": call_id}


def error(call_id=7):
    error = {"code": -32603, "message": "Internal error", "data": GONE}
    return {"jsonrpc": "2.0", "id": call_id, "error": error}


@pytest.mark.parametrize("method", CALLS)
def test_calls_get_503_with_an_error_envelope(app, store, method):
    store.is_down = True
    assert post(app.test_client(), call(method)) == (503, error())
    store.is_down = False
    assert post(app.test_client(), call(method))[0] == 200


def test_a_notification_that_fails_is_answered(app, store):
    store.is_down = True
    assert post(app.test_client(), call("getCustomerBalance", None)) == (503, error(None))


def test_in_a_batch_each_call_has_its_error(app, store):
    store.is_down = True
    batch = [call("getCustomerBalance", 1), call("deleteCallBackFollowme", 2)]
    assert post(app.test_client(), batch) == (200, [error(1), error(2)])


def test_invalid_requests_are_still_explained(app, store):
    store.is_down = True
    status, answer = post(app.test_client(), call("getCustomerBalance") | {"params": {}})
    assert (status, answer["error"]["data"]) == (200, "customer_name not found")


def test_uploads_get_503_and_can_be_retried(app, store):
    client = app.test_client()
    params = {"customer_name": "1", "file_name": "hello.wav"}
    asked = call("getCustomerBalance") | {"method": "setCallBackPrompt", "params": params}
    url = post(client, asked)[1]["result"]["uploadURL"]
    store.is_down = True
    answer = client.post(url, data=b"RIFF", headers=HEADERS)
    assert answer.status_code == 503
    assert answer.json == {"error": 1, "error_description": GONE}
    store.is_down = False
    assert client.post(url, data=b"RIFF", headers=HEADERS).json == {"success": 1}


def test_the_control_api_answers_503(app, store):
    store.is_down = True
    answer = app.test_client().get("/_mtt/state", headers={"Authorization": "Bearer s3cret"})
    assert (answer.status_code, answer.json) == (503, {"error": GONE})


def test_health_separates_liveness_from_readiness(app, store):
    client = app.test_client()
    well = {"alive": True, "ready": True, "reason": None, "state": "memory"}
    for path in ("/_mtt/health", "/_mtt/health/ready"):
        answer = client.get(path)
        assert (answer.status_code, answer.json) == (200, well)
    store.is_down = True
    for path in ("/_mtt/health", "/_mtt/health/ready"):
        answer = client.get(path)
        assert answer.status_code == 503
        # Where the database is, is not for everybody.
        assert answer.json == well | {"ready": False, "reason": "the database does not answer"}
    health = client.get("/_mtt/health", headers={"Authorization": "Bearer s3cret"})
    assert health.json["reason"] == GONE
    answer = client.get("/_mtt/health/alive")
    assert (answer.status_code, answer.json) == (200, {"alive": True})


def test_health_leaves_no_trace_in_the_journal(app):
    app.test_client().get("/_mtt/health")
    assert len(fake_of(app).journal) == 0


def test_a_fake_that_is_being_stopped_is_not_ready():
    fake = Fake()
    assert fake.unavailable_reason() is None
    fake.close()
    assert fake.unavailable_reason() == "the fake is being stopped"

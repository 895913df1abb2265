"""ETags of the control API: 304 while the answer is the same, and only then."""

import httpx2
import pytest

import mtt_mock
from mtt_client import MttClient, Ringall

PATHS = ("clock", "state?limit=20&find=", "calls?limit=10", "faults", "stubs", "subscribers")
CUSTOMER = "883140500000000"


class Polling:
    """A client that remembers the ETag of each path, as the console does."""

    def __init__(self, http, base):
        self.http = http
        self.base = base
        self.tags = {}

    def poll(self):
        """Return the paths whose answer has changed."""
        return [path for path in PATHS if self.get(path).status_code == 200]

    def get(self, path):
        headers = {"If-None-Match": self.tags[path]} if path in self.tags else {}
        answer = self.http.get(f"{self.base}/_mtt/{path}", headers=headers)
        assert answer.status_code in (200, 304)
        self.tags[path] = answer.headers["ETag"]
        if answer.status_code == 304:
            assert answer.content == b""
        return answer


@pytest.fixture
def http():
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as http:
        yield http


@pytest.fixture
def polling(http, origin):
    polling = Polling(http, origin)
    assert polling.poll() == list(PATHS)
    assert polling.poll() == []
    return polling


STATE, CALLS = PATHS[1], PATHS[2]


@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (lambda client, _: client.set_callback_followme([Ringall("79000000001")]), [STATE]),
        (lambda client, _: client.delete_callback_followme(), [STATE]),
        (lambda client, _: client.upload_prompt("a.wav", b"x"), [STATE]),
        (lambda _, server: server.faults.add("delay=1@9"), ["faults"]),
        (
            lambda _, server: server.subscribers.__setitem__("7900*", mtt_mock.Busy()),
            ["subscribers"],
        ),
        (lambda _, server: server.stubs.add("getCustomerBalance", http=[503]), ["stubs"]),
        (lambda _, server: server.clock.advance(1), ["clock", STATE, CALLS]),
        (lambda _, server: server.reset(), list(PATHS)),
    ],
    ids=["set", "delete", "upload", "fault", "subscriber", "stub", "clock", "reset"],
)
def test_a_change_gives_its_parts_a_new_tag(polling, mtt_client, mtt_server, change, paths):
    change(mtt_client, mtt_server)
    assert set(polling.poll()) >= set(paths)
    assert polling.poll() == []


def test_a_set_leaves_other_parts_as_they_were(polling, mtt_client):
    mtt_client.set_callback_followme([Ringall("79000000001")])
    assert set(polling.poll()).isdisjoint({"faults", "stubs", "subscribers"})


def test_a_call_changes_its_clock_state_and_calls(polling, mtt_client):
    mtt_client.set_callback_followme([Ringall("79000000001")])
    polling.poll()
    mtt_client.make_callback_call_followme(b_number="79000000001", caller_id="7495")
    assert polling.poll() == ["clock", STATE, CALLS]


def test_a_delivered_event_changes_the_calls(polling, mtt_client, mtt_server, mtt_receiver):
    mtt_client.set_callback_followme([Ringall("79000000001")])
    mtt_client.make_callback_call_followme(
        b_number="79000000001", caller_id="7495", callback_url=mtt_receiver.url
    )
    mtt_server.clock.advance(60)
    polling.poll()
    answer = polling.http.post(
        f"{polling.base}/_mtt/events",
        json={"call": mtt_server.calls()[0].id, "event": "start_side_A"},
    )
    assert answer.status_code == 200
    assert CALLS in polling.poll()


def test_a_running_clock_always_has_a_new_tag(http):
    with mtt_mock.serve(clock="real") as server:
        polling = Polling(http, server.url.removesuffix("/index.php"))
        polling.poll()
        tag = polling.tags["clock"]
        now = polling.http.get(f"{polling.base}/_mtt/clock").json()["now"]
        while polling.http.get(f"{polling.base}/_mtt/clock").json()["now"] == now:
            pass
        assert polling.get("clock").status_code == 200
        assert polling.tags["clock"] != tag


def test_a_tag_of_one_url_counts_for_no_other(polling):
    headers = {"If-None-Match": polling.tags[CALLS]}
    answer = polling.http.get(f"{polling.base}/_mtt/calls?limit=11", headers=headers)
    assert answer.status_code == 200


def test_a_tag_of_a_former_fake_gets_a_whole_answer(http):
    tags = {}
    for _ in range(2):
        with mtt_mock.serve(clock="manual") as server:
            with MttClient(server.url, "login", "password", CUSTOMER) as client:
                client.delete_callback_followme()
            polling = Polling(http, server.url.removesuffix("/index.php"))
            polling.tags = tags
            assert polling.poll() == list(PATHS)


def test_a_tag_does_not_stand_for_the_token(http):
    with mtt_mock.serve(clock="manual", control_token="s3cret") as server:
        url = f"{server.url.removesuffix('/index.php')}/_mtt/faults"
        tag = http.get(url, headers={"Authorization": "Bearer s3cret"}).headers["ETag"]
        assert http.get(url, headers={"If-None-Match": tag}).status_code == 401


def test_invalid_queries_are_refused_with_a_tag_too(polling):
    headers = {"If-None-Match": polling.tags[CALLS]}
    answer = polling.http.get(f"{polling.base}/_mtt/calls?limit=x", headers=headers)
    assert answer.status_code == 400

"""The option ``serve --workers``: real processes, bytes on sockets."""

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mtt_mock.server.tls import Authority
from support.processes import serving, started
from support.receiver import HeldReceiver
from support.waiting import until, until_equal
from workers.team import (
    CUSTOMER,
    LOST,
    NAMES,
    WON,
    call_request,
    control,
    post,
    request,
    set_request,
)

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(os.name != "posix", reason="workers need signals"),
]


@pytest.fixture
def store(tmp_path):
    return f"sqlite:///{tmp_path}/team.db"


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """Four workers, shared by the tests that leave them running."""
    store = f"sqlite:///{tmp_path_factory.mktemp('team')}/team.db"
    options = ("--workers", "4", "--clock", "20x", "--tls", "--tls-port", "0")
    with serving("--store", store, *options) as team:
        team.store = store
        yield team


def test_the_banner_names_the_store_and_the_workers(team):
    assert f"State is kept in {team.store}." in team.banner
    assert "Workers: 4." in team.banner
    assert team.banner[0] == f"mtt-mock answers as MTT's CallBack API at {team.url}"
    assert len(team.workers()) == 4


def test_workers_share_their_state(team):
    assert post(team.url, set_request())["result"] == WON
    for worker in team.workers():
        assert until(lambda worker=worker: answer_of(team, worker)) == LOST


def answer_of(team, worker):
    """Return the response of ``worker`` to a set while the others are stopped."""
    others = [each for each in team.workers() if each != worker]
    for each in others:
        os.kill(each, signal.SIGSTOP)
    try:
        return post(team.url, set_request(), timeout=1)["result"]
    except TimeoutError:
        return None  # a stopped worker holds the lock of the database
    finally:
        for each in others:
            os.kill(each, signal.SIGCONT)


@pytest.mark.slow
def test_a_killed_worker_is_replaced_without_loss(store):
    acknowledged = []
    with serving("--store", store, "--workers", "2") as team:
        first = set(team.workers())
        done = threading.Event()

        def set_on():
            while not done.is_set():
                customer = f"{CUSTOMER}{len(acknowledged)}"
                try:
                    answer = post(team.url, set_request(customer))["result"]
                except (OSError, http.client.HTTPException):
                    continue  # the worker is gone, and the outcome of its set is unknown
                assert answer in (WON, LOST)
                acknowledged.append(customer)

        client = threading.Thread(target=set_on)
        client.start()
        try:
            for worker in first:
                count = len(acknowledged)
                until(lambda count=count: len(acknowledged) > count + 5)
                os.kill(worker, signal.SIGKILL)
                line = f"mtt-mock: worker {worker} was killed by SIGKILL; it is replaced"
                until(lambda line=line: line in team.lines)
                until_equal(lambda: len(team.workers()), 2)
            until(lambda: len(acknowledged) > 30)
        finally:
            done.set()
            client.join()
        assert first.isdisjoint(team.workers())
        kept = [
            customer
            for customer in acknowledged
            if post(team.url, request("getCallBackFollowme", customer_name=customer))["result"][
                "callBackFollowmeStruct"
            ]
        ]
        assert kept == acknowledged
        assert team.stop()[0] == 0


@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_sigterm_answers_the_open_request(store, workers):
    with serving("--store", store, *workers, "--fault", "getCustomerBalance:delay=30") as team:
        answers = []
        balance = request("getCustomerBalance", customer_name=CUSTOMER)
        client = threading.Thread(target=lambda: answers.append(post(team.url, balance)))
        client.start()
        until(lambda: control(team.url, "journal?method=getCustomerBalance")["entries"])
        assert answers == []
        assert team.stop()[0] == 0
        client.join()
        assert [answer["result"]["balance"] for answer in answers] == [1000.0]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [(), ("--workers", "2")])
def test_a_later_server_sends_the_remaining_events(store, workers):
    with HeldReceiver() as receiver:
        receiver.hold()
        with serving("--store", store, *workers) as team:
            side_b = {"b_number": "79000012099"}  # answers after 20 seconds
            call = post(team.url, call_request(receiver.url, **side_b))["result"]["callBackCall_id"]
            until(lambda: receiver.events)
            team.send_signal(signal.SIGTERM)
            until(lambda: is_closed(team.url))
            slow = threading.Timer(0.7, receiver.release)
            slow.start()
            code = team.wait()
            slow.join()
            printed = [*team.lines]
        assert (code, printed[-1]) == (0, "mtt-mock stopped.")
        assert [line.split(" ")[0] for line in printed if " -> " in line] == ["start_side_A"]
        assert receiver.events == [(call, "start_side_A")]
        with serving("--store", store, *workers, "--clock", "100x") as team:
            until_equal(lambda: len(receiver.events), 4)
            assert receiver.events == [(call, name) for name in NAMES]
            assert team.stop()[0] == 0
        assert len(receiver.events) == 4


def is_closed(url):
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=1):
            return False
    except ConnectionRefusedError:
        return True
    except OSError:
        return False


def test_four_workers_send_events_once_in_order(team):
    with HeldReceiver() as receiver:
        calls = [
            post(team.url, call_request(receiver.url))["result"]["callBackCall_id"]
            for _ in range(6)
        ]
        until(lambda: len(receiver.events) >= 24)
        until(lambda: len(control(team.url, "events")["events"]) >= 24)
        for call in calls:
            assert [name for of, name in receiver.events if of == call] == NAMES
        assert set(Counter(receiver.events).values()) == {1}


def test_a_parent_that_is_killed_leaves_no_process_behind(store):
    with serving("--store", store, "--workers", "2") as team:
        children = team.children()
        assert len(children) >= 2
        team.process.kill()
        team.process.wait()
        until(lambda: not any(map(is_alive, children)))
        assert is_closed(team.url)


def is_alive(pid):
    asked = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_ctrl_c_ends_the_whole_group_cleanly(store):
    with serving("--store", store, "--workers", "2") as team:
        os.killpg(team.pid, signal.SIGINT)
        assert team.wait() == 0
        assert team.lines == ["mtt-mock stopped."]


@pytest.mark.slow
def test_a_second_ctrl_c_ends_at_once(store):
    with HeldReceiver() as receiver, serving(
        "--store", store, "--workers", "1", "--event-timeout", "30"
    ) as team:  # fmt: skip
        receiver.hold()
        post(team.url, call_request(receiver.url))
        until(lambda: receiver.events)
        [worker] = team.workers()
        team.send_signal(signal.SIGINT)
        until(lambda: is_closed(team.url))
        code, rest = team.stop(signal.SIGINT)
        assert (code, rest[-1]) == (0, "mtt-mock stopped.")
        assert f"mtt-mock: worker {worker} did not exit and was killed" in team.lines


def test_workers_serve_https_too(team):
    [line] = [line for line in team.banner if line.startswith("and at https://")]
    parts = urlsplit(line.split(" ")[2])
    context = ssl.create_default_context(cafile=Authority.of_machine().path)
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
    with contextlib.closing(connection):
        connection.request("GET", "/_mtt/clock")
        assert json.loads(connection.getresponse().read())["clock"] == "20x"


WORKERS_WITHOUT_A_STORE = """
import sys
from mtt_mock import Settings
from mtt_mock.server.sockets import bind
from mtt_mock.server.worker import WorkerConfig
from mtt_mock.server.supervisor import Supervisor, WorkerStartError

if __name__ == "__main__":
    config = WorkerConfig(Settings(), sys.argv[1], bind("127.0.0.1", 0), None, (), True, 0)
    try:
        Supervisor(config, 1, on_ready=lambda: print("up"), log=print).run()
    except WorkerStartError as error:
        print("error:", error)
"""


@pytest.mark.slow
def test_repeated_worker_failures_end_the_parent(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(WORKERS_WITHOUT_A_STORE)
    done = subprocess.run(
        [sys.executable, program, "sqlite:////no/such/folder/team.db"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    [*lines, last] = done.stdout.splitlines()
    why = "the store sqlite:////no/such/folder/team.db cannot be used: "
    assert last.startswith(f"error: a worker exited 3 times before it was ready: {why}")
    assert len(lines) == 2
    for line in lines:
        assert line.split(" ", 3)[3].startswith(f"exited before it was ready: {why}")
    assert done.stderr == ""


@pytest.mark.slow
def test_a_worker_is_replaced_after_an_outage(tmp_path):
    here, away = tmp_path / "here", tmp_path / "away"
    here.mkdir()
    with serving("--store", f"sqlite:///{here}/team.db", "--workers", "2") as team:
        [first, _] = team.workers()
        here.rename(away)
        os.kill(first, signal.SIGKILL)
        until(lambda: sum("exited before it was ready" in line for line in team.lines) > 3)
        away.rename(here)
        until(lambda: len(team.workers()) == 2 and first not in team.workers())
        until(lambda: control(team.url, "health").get("ready"))
        assert team.stop()[0] == 0


def test_a_stop_during_the_start_is_a_clean_one(store):
    with started("--store", store, "--workers", "2") as team:
        until(team.workers)
        os.killpg(team.pid, signal.SIGINT)
        assert team.wait() == 0
        printed = team.process.stdout.read()
    assert printed.endswith("mtt-mock stopped.\n")
    assert "Traceback" not in printed


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="there is no /proc here")
def test_unread_output_blocks_no_worker(store):
    with started("--store", store, "--workers", "2") as team:
        team.read_banner(keep_reading=False)
        output = team.process.stdout.fileno()
        pipe = os.open(f"/proc/self/fd/{output}", os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(pipe, b"\n")
        os.close(pipe)
        [first, _] = team.workers()
        assert post(team.url, set_request())["result"] == WON
        os.kill(first, signal.SIGKILL)
        until_equal(lambda: len(set(team.workers()) - {first}), 2)
        assert post(team.url, set_request())["result"] == LOST
        team.send_signal(signal.SIGTERM)
        assert team.wait() == 0

"""Running calls in snapshots: they continue after an import, and each event is sent once."""

from __future__ import annotations

import json
import time

import pytest
from generated_state import ask, fake
from snapshot_examples import CALL, START, call, snapshot

from mtt_mock import EventReceiver
from mtt_mock.cli.main import main
from mtt_mock.server.handles import serve
from mtt_mock.storage.snapshots import export_dict, import_dict
from mtt_mock.storage.stores import open_state

CUSTOMER = "883140500000000"
MAKE = {
    "customer_name": CUSTOMER,
    "simpleCallBackFollowmeStruct": [{"type": "Linear", "redirect_number": "79000000001"}],
    "b_number": "79000000002",
    "caller_id": "74951001010",
}


@pytest.fixture
def receiver():
    with EventReceiver() as receiver:
        yield receiver


def running_call(receiver):
    """Return a snapshot of a running call that has sent two events."""
    source = fake(callback_allow="private")
    try:
        ask(source, "makeCallBackCallFollowme", MAKE | {"callBackURL": receiver.url})
        source.service.scheduler.advance(10)
        assert receiver.names == ["start_side_A", "start_side_B"]
        return export_dict(source.store)
    finally:
        source.close()


def info(fake, call_id="1000001"):
    asked = {"customer_name": CUSTOMER, "callBackCall_id": call_id}
    return ask(fake, "getCallBackFollowmeCallInfo", asked)


def test_an_imported_call_continues_and_has_info(receiver):
    values = running_call(receiver)
    target = fake(callback_allow="private")
    try:
        import_dict(target, values)
        assert info(target)["error"]["data"] == "Call is not ended"
        target.service.scheduler.advance(60)
        assert receiver.names == ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
        [result] = info(target)["result"].values()
        assert (result["call_back_real_length_B"], result["call_back_cost"]) == (30, 1.58)
        assert str(target.service.balance(CUSTOMER)) == "998.42"
        made = ask(target, "makeCallBackCallFollowme", MAKE)
        assert made["result"] == {"callBackCall_id": "1000002"}
    finally:
        target.close()


def test_an_imported_call_continues_through_two_imports(receiver, state):
    import_dict(state, running_call(receiver))
    last = fake(callback_allow="private")
    try:
        import_dict(last, export_dict(state.store))
        last.service.scheduler.run_until_idle()
        assert receiver.names == ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
        assert str(last.service.balance(CUSTOMER)) == "998.42"
    finally:
        last.close()


@pytest.mark.parametrize(
    ("pending_steps", "names", "balance"),
    [
        ([1, 2, 3, 4], ["start_side_B", "end_side_A", "end_side_B"], "998.37"),
        # It was settled during the delivery of start_side_B.
        ([1, 3, 4], ["start_side_B", "end_side_A", "end_side_B"], "1000.00"),
        ([0, 4], ["start_side_A", "end_side_B"], "1000.00"),
    ],
)
@pytest.mark.parametrize("how", ["command", "fake", "memory"])
def test_the_scheduler_continues_imported_calls(
    tmp_path, receiver, how, pending_steps, names, balance
):
    order = CALL["order"] | {"callBackURL": receiver.url}
    values = snapshot(calls=[call(order=order, pending_steps=pending_steps)])
    url = f"sqlite:///{tmp_path}/state.db"
    running = fake(
        None if how == "memory" else open_state(url), callback_allow="private", clock="real"
    )
    # A second fake without the lease: each event must arrive once.
    other = fake(
        None if how == "memory" else open_state(url), callback_allow="private", clock="real"
    )
    try:
        ask(running, "makeCallBackCallFollowme", MAKE)  # wakes the thread of one in memory
        if how == "command":
            file = tmp_path / "state.json"
            file.write_text(json.dumps(values))
            assert main(["state", "import", url, str(file)]) == 0
        else:
            import_dict(running, values)
        assert [each.event for each in receiver.wait(len(names), 15)] == names
        until = time.monotonic() + 10
        while export_dict(running.store)["calls"][-1]["pending_steps"] and time.monotonic() < until:
            time.sleep(0.02)
        assert export_dict(running.store)["calls"][-1]["pending_steps"] == []
        assert receiver.names == names
        assert str(running.service.balance(CUSTOMER)) == balance
    finally:
        other.close()
        running.close()


def test_a_replacing_import_continues_only_its_own_calls(receiver):
    values = running_call(receiver)
    target = fake(callback_allow="private")
    try:
        ask(target, "makeCallBackCallFollowme", MAKE | {"callBackURL": f"{receiver.url}/gone"})
        import_dict(target, values, replace=True)
        target.service.scheduler.run_until_idle()
        assert receiver.names == ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
        assert [each.path for each in receiver.events if "gone" in each.path] == []
    finally:
        target.close()


def test_a_client_polls_the_fake_that_imported_its_call(mtt_receiver):
    with serve(clock="manual", callback_allow="private") as target:
        target.import_state(running_call(mtt_receiver))
        assert target.clock.time() == START + 10
        [taken] = target.calls()
        assert taken.id == "1000001"
        assert not taken.is_over(round(target.clock.time() * 1000))
        target.clock.run_until_idle()
        assert mtt_receiver.names[2:] == ["end_side_A", "end_side_B"]


def test_a_fake_on_an_imported_store_uses_its_clock(tmp_path):
    url = f"sqlite:///{tmp_path}/state.db"
    file = tmp_path / "state.json"
    file.write_text(json.dumps(snapshot(clock={"speed": "manual", "now": START + 7})))
    assert main(["state", "import", url, str(file)]) == 0
    first = fake(open_state(url), clock="manual")
    try:
        assert first.service.clock.now() == (START + 7) * 1000
    finally:
        first.close()

"""Two processes on one PostgreSQL share structures and calls."""

from __future__ import annotations

import pytest

from mtt_client import MttClient, Ringall, SideNotClearError
from mtt_mock import EventReceiver
from support.waiting import until_equal

pytestmark = [pytest.mark.slow, pytest.mark.process]


def test_two_processes_share_structures_and_calls(postgres_url, fakes):
    [first] = fakes.start(postgres_url, clock="2x")
    [second] = fakes.start(postgres_url, clock="2x")
    with client_of(first) as one, client_of(second) as other, EventReceiver() as receiver:
        # A set in one process, a conflict in the other.
        one.set_callback_followme([Ringall("79000010001")], caller_id="74951001010")
        with pytest.raises(SideNotClearError) as refused:
            other.set_callback_followme([Ringall("79000000002")])
        assert refused.value.side == "A"

        # The first process runs the call until it is killed.
        call = one.make_callback_call_followme(b_number="79000010101", callback_url=receiver.url)
        receiver.wait(1)
        first.kill()

        # The second finishes it with the whole state.
        info = other.wait_for_call(call, timeout=30, interval=0.1)
        assert (info.destination_a, info.destination_b) == ("79000010001", "79000010101")
        assert (info.real_length_a, info.real_length_b) == (2, 1)
        until_equal(lambda: receiver.names[-1], "end_side_B")
        names = list(dict.fromkeys(receiver.names))
        assert names == ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]
        assert len(receiver.names) <= 5  # only the event in flight at the kill may be repeated
        assert other.get_customer_balance().amount == 1000 - info.cost


def client_of(process):
    url = f"http://127.0.0.1:{process.port}/index.php"
    return MttClient(url, "login", "password", customer_name="883140500000000")

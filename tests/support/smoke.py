"""Makes a whole call-back with an installed mtt-mock; ``make dist`` runs it on the wheel."""

import mtt_mock
from mtt_client import MttClient, Ringall

with mtt_mock.serve(clock="manual") as server:
    login, password = server.credentials
    sleep = server.clock.sleep
    with MttClient(server.url, login, password, "883140500000000", sleep=sleep) as client:
        client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
        call = client.make_callback_call_followme(b_number="79000000002")
        info = client.wait_for_call(call)
    assert (info.destination_a, info.real_length_b) == ("79000000001", 30)
    assert len(server.journal) > 0
print(f"mtt-mock {mtt_mock.__version__} works: {mtt_mock.__file__}")

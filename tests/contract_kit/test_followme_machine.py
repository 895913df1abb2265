"""``FollowmeMachine`` finds three defects of a small application and none in the correct one."""

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from mtt_mock.testing.followme_machine import FollowmeMachine

CLIENT = httpx2.Client(verify=False)
SETTINGS = settings(
    max_examples=200, stateful_step_count=8, deadline=None, database=None, print_blob=False,
    suppress_health_check=list(HealthCheck), derandomize=True,
    phases=[Phase.generate, Phase.shrink],  # to explain an example takes longer than to find it
)  # fmt: skip


class Application(FollowmeMachine):
    """A small application that is right."""

    def request(self, method, **params):
        params = {"customer_name": self.customer, **params}
        envelope = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        response = CLIENT.post(self.server.url, json=envelope, auth=self.server.credentials)
        return response.json() if response.headers["content-type"] == "application/json" else None

    def is_stored(self, elements):
        result = self.request("getCallBackFollowme").get("result", {})
        return result.get("callBackFollowmeStruct", [])[-len(elements) :] == elements

    def preset(self, elements):
        answer = self.request("setCallBackFollowme", callBackFollowmeStruct=elements)
        if answer is None:
            return self.is_stored(elements)
        return "error" not in answer and "error" not in answer["result"]

    def clear(self):
        self.request("deleteCallBackFollowme")

    def start_call(self, b_number, caller_id):
        answer = self.request("makeCallBackCallFollowme", b_number=b_number, caller_id=caller_id)
        return answer.get("result", {}).get("callBackCall_id")

    def outcome(self, call):
        answer = self.request("getCallBackFollowmeCallInfo", callBackCall_id=call)
        if "result" in answer:
            return "joined"
        data = answer["error"]["data"]
        if not data.startswith("Call ended by "):
            return None
        reason, side = data.split()[3], data[-1]
        return f"{'busy' if reason == 'cancel' else reason} {side}"


class IgnoresResultError(Application):
    def preset(self, elements):
        answer = self.request("setCallBackFollowme", callBackFollowmeStruct=elements)
        return self.is_stored(elements) if answer is None else "error" not in answer


class PresetsTwice(Application):
    def preset(self, elements):
        params = {"callBackFollowmeStruct": elements}
        answer = self.request("setCallBackFollowme", **params)
        answer = answer or self.request("setCallBackFollowme", **params)
        return "error" not in answer["result"]


class AsksTooEarly(Application):
    def outcome(self, call):
        answer = self.request("getCallBackFollowmeCallInfo", callBackCall_id=call)
        if "result" in answer:
            return "joined"
        return super().outcome(call) or "timeout A"


def run(machine):
    run_state_machine_as_test(machine, settings=SETTINGS)


def test_a_right_application_passes():
    run_state_machine_as_test(Application, settings=settings(SETTINGS, max_examples=15))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("machine", "message"),
    [
        (IgnoresResultError, "preset() reported success, but the service refused them"),
        (PresetsTwice, "preset() reported failure, but the service stored the elements"),
        (AsksTooEarly, "outcome() reported 'timeout A', but the call is still running"),
    ],
)
def test_a_planted_bug_is_found_with_its_history(machine, message):
    with pytest.raises(AssertionError) as caught:
        run(machine)
    assert message in str(caught.value)
    history = "\n".join(caught.value.__notes__)
    assert f"state = {machine.__name__}()" in history
    assert "state.teardown()" in history

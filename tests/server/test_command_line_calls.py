"""Options of ``serve`` for calls: clock, subscribers, tariff, events, control token."""

import http.client
import json
import signal

import pytest
from test_command_line import post

from mtt_mock import Settings
from mtt_mock.cli.settings_options import add_settings
from support.processes import serving

pytestmark = pytest.mark.process

CUSTOMER = "883140500000000"


def make(**params):
    params = {
        "customer_name": CUSTOMER,
        "b_number": "79000000002",
        "caller_id": "74951001010",
        "simpleCallBackFollowmeStruct": [{"type": "Linear", "redirect_number": "79000000001"}],
        **params,
    }
    return {"jsonrpc": "2.0", "id": 1, "method": "makeCallBackCallFollowme", "params": params}


def info():
    params = {"customer_name": CUSTOMER, "callBackCall_id": "1000001"}
    return {"jsonrpc": "2.0", "id": 2, "method": "getCallBackFollowmeCallInfo", "params": params}


def control(url, verb, path, values=None, token=None):
    host, port = url.split("/")[2].split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request(verb, path, None if values is None else json.dumps(values), headers)
    answer = connection.getresponse()
    status, body = answer.status, answer.read()
    connection.close()
    return status, json.loads(body)


def test_events_of_a_manual_clock_are_logged():
    with serving("--clock", "manual", "--lengths-as-text", "--callback-allow", "none") as process:
        assert "The clock is manual." in process.banner
        post(process.url, make(callBackURL="example.com/x?a=1", recordEnable=0))
        assert b"Call is not ended" in post(process.url, info())[1]
        status, clock = control(process.url, "POST", "/_mtt/clock", {"advance": 60})
        assert (status, clock["clock"], clock["time"]) == (
            200,
            "manual",
            "2026-01-01T00:01:00.000+00:00",
        )
        assert b'"call_back_real_length_A":"33"' in post(process.url, info())[1]
        process.stop(signal.SIGINT)
    assert [
        line.split(" ")[0] for line in process.lines if line.startswith(("start_", "end_"))
    ] == [
        "start_side_A",
        "start_side_B",
        "end_side_A",
        "end_side_B",
    ]
    assert "Traceback" not in "".join(process.lines)


def test_subscribers_money_and_prompts_are_options():
    with serving(
        "--clock", "manual", "--subscriber", "79000000001=busy", "--balance", "0",
        "--missing-prompts", "error",
    ) as process:  # fmt: skip
        post(process.url, make())
        control(process.url, "POST", "/_mtt/clock", {"until": "idle"})
        assert b'"data":"Call ended by cancel on side A"' in post(process.url, info())[1]
        struct = [{"type": "file", "value": "hello", "side": "A"}]
        struct += make()["params"]["simpleCallBackFollowmeStruct"]
        answer = post(process.url, make(simpleCallBackFollowmeStruct=struct))
        assert b"names a prompt that was not uploaded" in answer[1]
    with serving("--balance", "0", "--refuse-at-zero") as process:
        assert b'"data":"Insufficient balance"' in post(process.url, make())[1]


def test_a_public_host_requires_a_control_token():
    with serving("--host", "0.0.0.0") as process:
        [line] = [line for line in process.banner if line.startswith("Token of the control API")]
        token = line.split()[-1]
        url = process.url.replace("0.0.0.0", "127.0.0.1")
        assert control(url, "GET", "/_mtt/clock")[0] == 401
        assert control(url, "GET", "/_mtt/clock", token="wrong")[0] == 401
        assert control(url, "GET", "/_mtt/clock", token=token)[0] == 200
    with serving("--control-token", "known") as process:
        assert control(process.url, "GET", "/_mtt/clock", token="known")[0] == 200
        assert "known" not in "\n".join(process.banner)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--clock", "fast"], 'clock must be "manual", "real" or a factor such as "20x", got \'fast\''),
        (["--subscriber", "79=sleeps"], "subscribers: does must be one of answers, busy, rejects, unavailable, never_answers, got 'sleeps'"),
        (["--tariff", "cheap"], "tariff: write a tariff as RUB a minute, A's and B's, and the step in seconds, such as 1.50 or 1.50,2.00/60; got 'cheap'"),
        (["--balance", "much"], "balance: must be an amount in RUB, such as 1000.00, got 'much'"),
        (["--ring-timeout", "0"], "ring_timeout must be more than 0 and at most 86400 seconds, got 0.0"),
        (["--event-timeout", "nan"], "event_timeout must be more than 0 and at most 60 seconds, got nan"),
        (["--calls-kept", "-1"], "calls_kept must be at least 0, got -1"),
        (["--max-prompt", "0"], "max_prompt must be at least 1, got 0"),
        (["--control-token", ""], "control_token must be printable ASCII without spaces at its ends"),
        (["--control-token", "é"], "control_token must be printable ASCII without spaces at its ends"),
        (["--control-token", "x "], "control_token must be printable ASCII without spaces at its ends"),
        (["--control-token", "a\tb"], "control_token must be printable ASCII without spaces at its ends"),
    ],
)  # fmt: skip
def test_an_invalid_value_is_refused_in_one_line(run_main, options, message):
    done = run_main("serve", "--port", "0", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"mtt-mock: {message}\n"


def test_every_setting_is_an_option_with_a_default():
    import argparse

    parser = argparse.ArgumentParser()
    add_settings(parser)
    helps = {action.dest: action.help for action in parser._actions}
    assert set(Settings.__dataclass_fields__) | {"help", "accounts_file"} == set(helps)
    assert helps["error_status"].endswith("(default: 500)")
    assert helps["max_body"].endswith("(default: 1048576)")
    assert helps["missing_prompts"].endswith("(default: note)")
    assert helps["clock"].endswith("(default: real)")
    assert helps["ring_timeout"].endswith("(default: 30)")
    assert helps["tariff"].endswith("(default: 1.50,1.50/1)")
    assert helps["balance"].endswith("(default: 1000.00)")
    assert helps["refuse_at_zero"].endswith("(default: off)")
    assert helps["callback_allow"].endswith("may be repeated (default: private)")
    assert helps["event_timeout"].endswith("(default: 5)")


def test_the_variable_sets_the_control_token(monkeypatch):
    monkeypatch.setenv("MTT_MOCK_CONTROL_TOKEN", "known")
    with serving() as process:
        assert control(process.url, "GET", "/_mtt/clock")[0] == 401
        assert control(process.url, "GET", "/_mtt/clock", token="known")[0] == 200

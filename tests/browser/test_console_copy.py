"""Copies from the console run: a curl command and a pytest."""

import contextlib
import json
import shutil
import subprocess

import httpcore2  # noqa: F401 -- httpx2 loads it late, and pytester would drop it again
import httpx2
import pytest

from mtt_client import Linear, MttError, Ringall, SideNotClearError, Text
from mtt_mock import Busy

pytestmark = pytest.mark.slow

CURL = shutil.which("curl")


def copied(console, entry, button):
    """Press ``button`` of the entry with the text ``entry``; return the clipboard."""
    console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    line = console.see(".entry", entry)
    line.locator(".line").click()
    line.get_by_role("button", name=button).click()
    console.see("#toast", "Copied")
    return console.page.evaluate("navigator.clipboard.readText()")


@pytest.mark.skipif(CURL is None, reason="curl is not installed")
def test_a_copied_curl_command_repeats_the_request(console, client, fake):
    client.set_callback_followme([Ringall("79000000001", name='it\'s "here" $HOME `id` \\ é')])
    line = copied(console, "setCallBackFollowme", "Copy as curl")
    fake.reset()
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["result"] == {"success": 1}
    [element] = fake.followme("883140500000000").elements
    assert element.fields["name"] == 'it\'s "here" $HOME `id` \\ é'


def test_copies_contain_no_password(console, fake):
    body = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance"}
    params = {"customer_name": "883140500000000"}
    httpx2.post(fake.url, json=body | {"params": params}, auth=("ann", "hunter2-secret"))
    line = copied(console, "getCustomerBalance", "Copy as curl")
    assert "${MTT_PASSWORD:-password}" in line
    assert "hunter2" not in line
    assert "hunter2" not in console.page.content()


def passes(pytester, test):
    pytester.makepyfile(test)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_refused_set_copied_as_pytest_passes(console, client, pytester):
    client.set_callback_followme(
        [Ringall("79000000001", name='a "name"'), Text("Привет", side="A")]
    )
    with pytest.raises(SideNotClearError):
        client.set_callback_followme([Linear("79000000002")])
    test = copied(console, "refused: Side A not clear", "Copy as pytest")
    assert "def test_set_call_back_followme(mtt_server):" in test
    passes(pytester, test)


def test_an_error_copied_as_pytest_passes(console, client, pytester):
    with pytest.raises(MttError):
        client.get_callback_followme_call_info("77")
    passes(pytester, copied(console, "Call not found", "Copy as pytest"))


def test_a_copied_pytest_includes_the_subscribers(console, client, fake, pytester):
    fake.subscribers["79000000002"] = Busy(after=2)
    client.set_callback_followme(
        [Ringall("79000000002"), Linear("79000010330")], caller_id="74951001010"
    )
    call = client.make_callback_call_followme(b_number="79000010220")
    fake.clock.run_until_idle()
    client.get_callback_followme_call_info(call)
    console.see("#subscribers-list li", "79000000002")
    test = copied(console, "getCallBackFollowmeCallInfo", "Copy as pytest")
    assert '{"number": "79000000001", "does": "busy", "after": 2}' in test
    assert "mtt_clock.run_until_idle()" in test
    passes(pytester, test)


def test_a_balance_copied_as_pytest_passes(console, client, fake, pytester):
    fake.set_balance("883140500000000", "12.34")
    client.get_customer_balance()
    passes(pytester, copied(console, "getCustomerBalance", "Copy as pytest"))


# no-answer is left out: it would wait for the timeout of five seconds.
@pytest.mark.parametrize(
    "fault",
    [
        "reset-after@1",
        "setCallBackFollowme:truncated*3#5",
        "*/883140500000000:http-503",
        "http-401",
        "html-error",
        "empty",
        "duplicated",
        "wrong-id",
        "wrong-success-type",
        "delay=0.01..0.02~1#3",
    ],
)
def test_a_copied_pytest_includes_the_fault(console, fake, pytester, fault):
    fake.faults.add(fault)
    params = {
        "customer_name": "883140500000000",
        "callBackFollowmeStruct": [
            {"type": "Ringall", "redirect_number": "79000000001", "name": "x" * 60}
        ],
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
    with contextlib.suppress(httpx2.TransportError):
        httpx2.post(fake.url, json=body, auth=("login", "password"))
    test = copied(console, "setCallBackFollowme", "Copy as pytest")
    assert "mtt_server.faults.add(" in test
    passes(pytester, test)

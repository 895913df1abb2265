"""Passwords and tokens in URLs are shown nowhere: journal, events, errors, HAR, terminal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtt_mock import create_app, fake_of
from mtt_mock.cli.main import main
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.server.request_log import delivery_line, exchange_lines
from support.profiles import examples

PASSWORD, TOKEN = "PWSECRET", "TKSECRET"
ELEMENT = {"type": "Ringall", "redirect_number": "79000010002"}
_hosts = st.sampled_from(["crm.example", "127.0.0.1:1", "[::1]:80", "crm.example:8443"])
_logins = st.builds(
    "{}:{}@".format,
    st.sampled_from(["bob", "b.o-b", "%62ob"]),
    st.sampled_from([PASSWORD, f"{PASSWORD}!$", f"x{PASSWORD}%40"]),
)
_queries = st.builds(
    "{}={}{}".format,
    st.sampled_from(
        ["token", "access_token", "api_key", "x-token", "password", "Signature", "a=1&token"]
    ),
    st.just(TOKEN),
    st.sampled_from(["", "&b=2", "#end"]),
)
_urls = st.builds(
    "{}{}{}{}?{}".format,
    st.sampled_from(["http://", "https://", "HTTP://", "ftp://", ""]),
    _logins, _hosts, st.sampled_from(["/", "/cb", "/a b", "/\u043f"]), _queries,
)  # fmt: skip


@pytest.fixture(scope="module")
def app():
    app = create_app(clock="manual", callback_allow=["none"])
    yield app
    fake_of(app).close()


@settings(max_examples=examples(200))
@given(url=_urls, place=st.sampled_from(["named", "positional", "description", "broken"]))
def test_no_planted_password_or_token_is_shown(app, url, place):
    fake_of(app).reset()
    client = app.test_client()
    params = {
        "customer_name": "1", "b_number": "79000010105", "caller_id": "74951001010",
        "callBackURL": url, "simpleCallBackFollowmeStruct": [ELEMENT],
    }  # fmt: skip
    if place == "description":
        params |= {"callBackURL": "", "callDescription": f"see {url} now"}
    request = {"jsonrpc": "2.0", "id": 1, "method": "makeCallBackCallFollowme", "params": params}
    if place == "positional":
        request["params"] = list(params.values())
    body = json.dumps(request, ensure_ascii=False)
    answer = client.post(
        "/index.php", data=body + ("," if place == "broken" else ""), auth=("a", "b")
    )
    fake_of(app).service.scheduler.run_until_idle()
    paths = ("journal", "journal.jsonl", "journal.har", "events", "calls", "journal?mask=1")
    shown = [answer.text, *(client.get(f"/_mtt/{path}").text for path in paths)]
    journal = fake_of(app).journal
    shown += [line for exchange in journal for line in exchange_lines(exchange)]
    shown += [delivery_line(delivery) + repr(delivery) for delivery in journal.deliveries]
    for text in shown:
        for reading in (text, text.replace("\\/", "/")):
            assert PASSWORD not in reading
            assert TOKEN not in reading


@pytest.mark.parametrize(
    "arguments",
    [
        ["health", "http://bob:PWSECRET@127.0.0.1:1/"],
        ["watch", "http://bob:PWSECRET@127.0.0.1:1/"],
        ["watch", "http://bob:PWSECRET@[::1/"],
        ["state", "export", "http://bob:PWSECRET@127.0.0.1:1/?token=TKSECRET"],
        ["state", "export", "postgresql+psycopg://bob:PWSECRET@127.0.0.1:1/x"],
        ["record", "--upstream", "http://bob:PWSECRET@127.0.0.1:1/", "--out", "none"],
        ["verify", "http://bob:PWSECRET@127.0.0.1:1/", "--login", "a", "--customer", "1"],
        ["exec", "--fake", "http://bob:PWSECRET@127.0.0.1:1/", "--", "true"],
    ],
)
def test_no_command_prints_a_password(arguments, capsys):
    assert main(arguments) == 2
    output = "".join(capsys.readouterr())
    assert "mtt-mock: " in output
    assert PASSWORD not in output
    assert TOKEN not in output


@pytest.mark.parametrize("name", FAULT_MEANINGS)
def test_a_fault_with_a_number_is_no_login(name):
    for fault in (
        f"getCustomerBalance:{name}@1",
        f"getCustomerBalance/8831405:{name}@12*3",
        f"*:{name}=0.5..2@100000~0.5#7",
    ):
        assert mask_url_secrets(f"fault {fault}") == f"fault {fault}"
    assert mask_url_secrets(f"bob:{name}@crm.example") == "***@crm.example"
    assert mask_url_secrets(f"bob:{name}@10.0.0.1/x") == "***@10.0.0.1/x"
    assert mask_url_secrets(f"http://bob:{name}@1/") == "http://***@1/"


def test_the_journal_shows_the_fault():
    app = create_app(faults=["getCustomerBalance:http-503@1"])
    client = app.test_client()
    client.post(
        "/index.php",
        json={"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {}},
        headers={"Authorization": "Basic bG9naW46cGFzc3dvcmQ="},
    )
    [entry] = client.get("/_mtt/journal").json["entries"]
    assert entry["fault"] == "getCustomerBalance:http-503@1"
    assert entry["outcome"] == "fault getCustomerBalance:http-503@1"

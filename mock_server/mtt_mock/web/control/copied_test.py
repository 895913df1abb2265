"""Writes a test for pytest that repeats an exchange of the journal on a fresh fake.

The test begins with the state at the time of the request: settings, preset, prompts, subscribers.
Placeholders replace telephone numbers, URLs and secrets, as on a tape.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from mtt_mock.domain.billing import Tariff
from mtt_mock.domain.prompts import find_prompt
from mtt_mock.domain.subscribers import magic_behaviour, subscriber_to_dict
from mtt_mock.service.fake import Fake
from mtt_mock.service.journal import Exchange
from mtt_mock.service.redaction import Redactor
from mtt_mock.service.settings import SETTINGS, Settings
from mtt_mock.storage.snapshots.schema import VERSION

MAX_LITERAL_CHARACTERS = 70  # on one line
_ASK = """\
    def ask(method, params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = httpx2.post(mtt_server.url, json=request, auth=mtt_server.credentials)
        return answer.json()
"""
# Settings that the test sets itself, that hold secrets, or that change no answer.
_OTHER_SETTINGS = frozenset({
    "accounts", "callback_allow", "clock", "control_hosts", "control_token", "faults",
    "journal_size", "profile", "stubs", "subscribers",
})  # fmt: skip
_BALANCE, _INFO, _MAKE = (
    "getCustomerBalance", "getCallBackFollowmeCallInfo", "makeCallBackCallFollowme",
)  # fmt: skip
_STRUCTS = ("callBackFollowmeStruct", "simpleCallBackFollowmeStruct")
_FAULT = re.compile(r"(.*:)?([a-z0-9-]+)(=[^@*~#]+)?")
_LATE = ("delay", "trickle")
_WITHOUT_ANSWER = ("no-answer", "reset-before", "reset-after", "truncated")
_GENERATED_VALUES = ("callBackCall_id", "uploadURL")  # each fake makes others


def copied_test(fake: Fake, exchange: Exchange) -> str:
    """Return the source of a test that sends the request again and expects the same answer."""
    redactor = Redactor(keep=lambda digits: magic_behaviour(digits) is not None)
    prior = exchange.prior_to_dict()
    asks_for_call = exchange.method == _INFO and "call" in prior
    is_ended = asks_for_call and prior["is_ended"]
    sent = {"method": exchange.method, "params": exchange.params}
    params = _literal(redactor.value(sent)["params"])
    lines = []
    state = redactor.value(_state(fake, exchange, prior))
    if state:
        state = {"mtt_mock": "state", "version": VERSION, **state}
        lines.append(f"    mtt_server.import_state({_literal(state)})")
    if asks_for_call:
        make = redactor.value({"method": _MAKE, "params": prior["call"]})["params"]
        lines.append(f'    made = ask("{_MAKE}", {_literal(make)})')
        asked = 'made["result"]["callBackCall_id"]'
        params = (
            f'{{"customer_name": {_literal(make["customer_name"])}, "callBackCall_id": {asked}}}'
        )
    if is_ended:
        lines.append("    mtt_clock.run_until_idle()")
    lines += _request_and_assertions(exchange, params, redactor)
    body = "\n".join(lines)
    settings = _settings_marker(fake.settings)
    imports = ["import httpx2"]
    imports += ["import pytest"] if settings or "pytest." in body else []
    if "Profile(" in settings:
        imports += ["", "from mtt_mock.service.profile import Profile"]
    name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", str(exchange.method))
    fixtures = "mtt_server, mtt_clock" if is_ended else "mtt_server"
    head = "\n".join(imports)
    return f"{head}\n\n\n{settings}def test_{name}({fixtures}):\n{_ASK}\n{body}\n"


def _settings_marker(settings: Settings) -> str:
    """Return the marker with the settings that differ from the defaults."""
    defaults = Settings.of(profile=settings.profile)
    arguments = [
        f"{declared.name}={_literal(_setting(getattr(settings, declared.name)))}"
        for declared in SETTINGS
        if declared.name not in _OTHER_SETTINGS
        and getattr(settings, declared.name) != getattr(defaults, declared.name)
    ]
    if settings.profile.overrides:
        arguments.append(f"profile=Profile({_literal(dict(settings.profile.overrides))})")
    if not arguments:
        return ""
    text = "".join(f"    {argument},\n" for argument in arguments)
    return f"@pytest.mark.mtt(\n{text})\n"


def _setting(value: Any) -> Any:
    if isinstance(value, Tariff):
        return f"{value.a},{value.b}/{value.step}"
    return str(value) if isinstance(value, Decimal) else value


def _state(fake: Fake, exchange: Exchange, prior: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a snapshot that the answer depends on."""
    state: dict[str, Any] = {}
    if exchange.customer is not None:
        values = {
            **prior.get("preset", {}),
            **_balance(fake, exchange),
            **_prompts(fake, exchange, prior),
        }
        if values:
            state["customers"] = [{"customer_name": exchange.customer, **values}]
    if "call" in prior:
        registries = fake.settings.subscribers, fake.store.subscriber_registry()
        numbers = registries[0].entries() | registries[1].entries()
        subscribers = [
            {"number": number, **subscriber_to_dict(subscriber)}
            for number, subscriber in numbers.items()
        ]
        state |= {"subscribers": subscribers} if subscribers else {}
    return state


def _balance(fake: Fake, exchange: Exchange) -> dict[str, str]:
    result = exchange.result if isinstance(exchange.result, dict) else {}
    if exchange.method == _BALANCE and "balance" in result:
        return {"balance": str(result["balance"])}
    if not fake.settings.refuse_at_zero:
        return {}
    refusal = fake.service.profile.error("balance.zero").data
    return {"balance": "0" if exchange.error and exchange.error[1] == refusal else "1000"}


def _prompts(fake: Fake, exchange: Exchange, prior: dict[str, Any]) -> dict[str, Any]:
    """Return the uploaded prompts that the request, the preset or the call names."""
    stored = fake.store.prompt_metadata(exchange.customer or "")
    named = {
        prompt.name: prompt
        for value in _file_values(exchange.params, prior.get("preset"), prior.get("call"))
        if (prompt := find_prompt(stored, value)) is not None
    }
    prompts = [
        {
            "file_name": name,
            "content": base64.b64encode(b"prompt").decode(),
            **({"seconds": prompt.milliseconds / 1000} if prompt.milliseconds else {}),
        }
        for name, prompt in named.items()
    ]
    return {"prompts": prompts} if prompts else {}


def _file_values(*holders: Any) -> Iterator[str]:
    """Yield the values of the file elements in params and presets."""
    for holder in holders:
        for name in _STRUCTS:
            struct = holder.get(name) if isinstance(holder, dict) else None
            for element in struct if isinstance(struct, list) else ():
                if isinstance(element, dict) and isinstance(element.get("value"), str):
                    yield element["value"]


def _request_and_assertions(exchange: Exchange, params: str, redactor: Redactor) -> list[str]:
    asked = f'ask("{exchange.method}", {params})'
    if exchange.fault is not None:
        return _with_fault(exchange, asked, redactor)
    if exchange.status == HTTPStatus.UNAUTHORIZED:
        return [
            "    answer = httpx2.post(mtt_server.url, json={})",
            f"    assert answer.status_code == {exchange.status}",
        ]
    return [f"    answer = {asked}", *_assertions(exchange, redactor)]


def _with_fault(exchange: Exchange, asked: str, redactor: Redactor) -> list[str]:
    """Return the lines that make the fault trigger at this request and assert its effect."""
    match = _FAULT.match(str(exchange.fault))
    assert match is not None  # noqa: S101 -- every fault has a name
    target, name, seconds = (part or "" for part in match.groups())
    fault = f"{redactor.plain(target)}{name}{seconds}@1"
    lines = [f"    mtt_server.faults.add({_literal(fault)})"]
    answer = f"    answer = {asked}"
    if name in _LATE:
        return [*lines, answer]
    if name == "wrong-id":
        return [*lines, answer, '    assert answer["id"] != 1']
    if name == "wrong-success-type":
        result = exchange.result if isinstance(exchange.result, dict) else {}
        success = result.get("success")
        check = f'    assert answer["result"]["success"] == {_literal(str(success))}'
        return [*lines, answer, *([] if success is None else [check])]
    error = "httpx2.TransportError" if name in _WITHOUT_ANSWER else "ValueError"
    return [*lines, f"    with pytest.raises({error}):", f"        {asked}"]


def _assertions(exchange: Exchange, redactor: Redactor) -> Iterator[str]:
    """Yield the assertions of the answer; a fresh fake makes other ids and URLs."""
    if exchange.error is not None:
        code, data = exchange.error
        yield f'    assert answer["error"]["code"] == {code}'
        if data is not None:
            yield f'    assert answer["error"]["data"] == {_literal(redactor.plain(data))}'
        return
    result = redactor.value(exchange.result)
    if not isinstance(result, dict):
        yield f'    assert answer["result"] == {_literal(result)}'
        return
    info = result.get("callBackFollowmeCallInfoStruct")
    generated = next((name for name in _GENERATED_VALUES if name in result), None)
    if isinstance(info, dict):
        stable = {name: value for name, value in info.items() if "URL" not in name or not value}
        yield '    info = answer["result"]["callBackFollowmeCallInfoStruct"]'
        yield f"    expected = {_literal(stable)}"
        yield "    assert {name: info[name] for name in expected} == expected"
    elif generated is not None:
        yield f'    assert answer["result"]["{generated}"]'
    else:
        yield f'    assert answer["result"] == {_literal(result)}'


def _literal(value: Any, depth: int = 1) -> str:
    """Return a JSON value as Python source, wrapped where it is long."""
    if isinstance(value, dict):
        items = [f"{_literal(key)}: {_literal(item, depth + 1)}" for key, item in value.items()]
    elif isinstance(value, list):
        items = [_literal(item, depth + 1) for item in value]
    else:
        text = repr(value)
        has_quotes = not isinstance(value, str) or '"' in text or "\\'" in text
        return text if has_quotes else f'"{text[1:-1]}"'
    first, last = "{}" if isinstance(value, dict) else "[]"
    line = f"{first}{', '.join(items)}{last}"
    if len(line) <= MAX_LITERAL_CHARACTERS and "\n" not in line:
        return line
    indent = "    " * depth
    lines = "".join(f"{indent}    {item},\n" for item in items)
    return f"{first}\n{lines}{indent}{last}"

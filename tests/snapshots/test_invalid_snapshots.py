"""Invalid snapshots: the error names the place and the reason, and the state is unchanged."""

from __future__ import annotations

import copy
import gzip
import json
import math

import pytest
from generated_state import fake
from hypothesis import given, settings
from hypothesis import strategies as st
from snapshot_examples import CALL, FULL, HEAD, HELLO, RING, call, snapshot

from mtt_mock.cli.main import main
from mtt_mock.domain.snapshot import CallsTakenError
from mtt_mock.storage.snapshots import (
    SnapshotError,
    export_dict,
    import_dict,
    loader,
    read_snapshot,
)
from support.profiles import examples


def customer(**values):
    return snapshot(customers=[{"customer_name": "1"} | values])


def plan(**values):
    return snapshot(calls=[call(plan=CALL["plan"] | values)])


TEXTS = {
    "nothing": (b"", "this is not JSON: "),
    "binary": (b"\x00\xff\xfe" * 9, "this is not JSON: str is not valid UTF-8"),
    "UTF-16 that is cut off": (json.dumps(FULL).encode("utf-16")[:-1], "this is not JSON: str is not valid UTF-8: surrogates not allowed (line 1, column 1); it looks like utf-16"),
    "gzip": (gzip.compress(b"{}"), "this is gzip, not JSON; decompress it"),
    "windows-1251": ('{"name": "Анна"}'.encode("cp1251"), 'byte 0xc0 at offset 10 is not UTF-8; in windows-1251 the text there reads "Анна"; send UTF-8'),
    "cut off": (json.dumps(FULL).encode()[:-9], "this is not JSON: unexpected end of data (line 1"),
    "a comma": (b'{"mtt_mock": "state",\n}', "this is not JSON: trailing comma is not allowed (line 1, column 21)"),
    "NaN": (b'{"mtt_mock": "state", "version": NaN}', "this is not JSON: "),
    "a lone surrogate": (
        json.dumps(customer(callBackFollowmeStruct=[RING | {"name": "\ud800"}])).encode(),
        "this is not JSON: ",
    ),
    "nested deep": (b"[" * 100_000 + b"]" * 100_000, "state.json: this is not JSON: "),
    "nested in a place that may hold anything": (
        json.dumps(customer(callBackFollowmeStruct=["x"])).encode().replace(
            b'"x"', b'{"type": "text", "value": "x", "side": "A", "y": ' + b"[" * 900 + b"]" * 900 + b"}"
        ),
        None,
    ),
}  # fmt: skip
VALUES = {
    "a list": ([], 'this is not a state of mtt-mock: it must be a JSON object with {"mtt_mock": "state"'),
    "another file": ({"tape": "mtt-mock"}, "this is not a state of mtt-mock"),
    "no version": ({"mtt_mock": "state"}, "version must be 1"),
    "version true": (HEAD | {"version": True}, "version must be 1"),
    "version 0": (HEAD | {"version": 0}, "version must be 1"),
    "a newer one": (
        HEAD | {"version": 2, "what": 1},
        "version 2 needs a newer mtt-mock; this one reads version 1: upgrade mtt-mock",
    ),
    "an unknown key": (snapshot(custommers=[]), 'the snapshot has an unknown key "custommers" (did you mean "customers"?)'),
    "one further in": (
        customer(prompts=[HELLO | {"bytes": 1}]),
        'customers[0].prompts[0] has an unknown key "bytes" (it takes file_name, content, seconds)',
    ),
    "one in a call": (
        snapshot(calls=[call(order=CALL["order"] | {"duratoin": 1})]),
        'calls[0].order has an unknown key "duratoin" (did you mean "duration"?)',
    ),
    "customers as an object": (snapshot(customers={}), "customers must be an array, got object {}"),
    "customers of no name": (snapshot(customers=[{}]), "customers[0].customer_name is required"),
    "an empty name": (snapshot(customers=[{"customer_name": ""}]), "customers[0].customer_name must not be empty"),
    "a customer twice": (
        snapshot(customers=[{"customer_name": "a"}, {"customer_name": "a"}]),
        "customers[1] repeats customer a (customers[0]); merge the two entries",
    ),
    "an element that MTT refuses": (
        customer(callBackFollowmeStruct=[RING, {"type": "linal", "redirect_number": "8-800"}]),
        "customers[0].callBackFollowmeStruct[1].redirect_number must be digits",
    ),
    "a Cyrillic side": (
        customer(callBackFollowmeStruct=[{"type": "text", "value": "x", "side": "А"}]),
        "is Cyrillic U+0410; type the Latin letter A",
    ),
    "too many elements": (
        customer(callBackFollowmeStruct=[RING] * 2001),
        "customers[0].callBackFollowmeStruct must hold at most 2000 elements, got 2001",
    ),
    "a balance with a comma": (customer(balance="950,00"), "customers[0].balance must be an amount in RUB"),
    "a balance of Infinity": (customer(balance=1e300), "customers[0].balance must be at most 1000000000"),
    "no base64": (
        customer(prompts=[HELLO | {"content": "aGVsbG8"}]),
        "customers[0].prompts[0].content must be the file's bytes in base64, without line breaks",
    ),
    "base64 that is not ASCII": (customer(prompts=[HELLO | {"content": "жж=="}]), "in base64"),
    "a path as a prompt's name": (
        customer(prompts=[HELLO | {"file_name": "a/b.wav"}]),
        "customers[0].prompts[0].file_name must be a file name without slashes",
    ),
    "a prompt twice": (customer(prompts=[HELLO, HELLO]), "customers[0].prompts[1] repeats file hello.wav; remove one of the two"),
    "a number that is none": (
        snapshot(subscribers=[{"number": "abc", "does": "busy"}]),
        "subscribers[0]: a subscriber's number must be at most 32 digits, * and ? as wildcards, got 'abc'",
    ),
    "an option of another kind": (
        snapshot(subscribers=[{"number": "7", "does": "busy", "talks_for": 3}]),
        "subscribers[0]: busy has no talks_for; it takes after",
    ),
    "too many seconds": (snapshot(subscribers=[{"number": "7", "does": "busy", "after": -1}]), "subscribers[0]: after must be from 0"),
    "a number twice": (
        snapshot(subscribers=[{"number": "7", "does": "busy"}, {"number": "+7", "does": "busy"}]),
        "subscribers[1] repeats number 7; remove one of the two",
    ),
    "an unknown fault": (snapshot(faults=["event-lost", "nonsense"]), "faults[1]: unknown fault 'nonsense'"),
    "a fault of an unknown method": (snapshot(faults=["setFollowme:delay"]), "faults[0]: delay applies to"),
    "a fault with 5000 digits": (snapshot(faults=["delay@" + "9" * 5000]), "faults[0]: "),
    "an unknown speed": (snapshot(clock={"speed": "fast", "now": 0}), 'clock.speed: clock must be "manual"'),
    "a time after the year 9999": (snapshot(clock={"speed": "real", "now": 1e12}), "clock.now must be at most 253402300799.999"),
    "an id below the first": (
        snapshot(calls=[call(callBackCall_id="1000000")]),
        "calls[0].callBackCall_id must be a number from 1000001 on",
    ),
    "an id that is none": (snapshot(calls=[call(callBackCall_id="x")]), "calls[0].callBackCall_id must be a number from 1000001 on"),
    "a call twice": (snapshot(calls=[call(), call()]), "calls[1] repeats call 1000007; remove one of the two"),
    "a step that is none": (snapshot(calls=[call(pending_steps=[5])]), "calls[0].pending_steps must hold indexes below 5, got 5"),
    "joined and failed": (
        plan(failure={"reason": "timeout", "side": "A"}),
        "calls[0].plan must have one of joined and failure",
    ),
    "over before its end": (plan(ended=30), "calls[0].plan.ended must not be before an event of the timeline"),
    "a leg from end to start": (
        plan(legs={"A": {"number": "7", "rung": 3, "answered": 2, "ended": 4}}),
        "calls[0].plan.legs.A must have rung, answered and ended in this order",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), TEXTS.values(), ids=TEXTS)
def test_files_that_are_not_json_are_refused(tmp_path, capsys, content, message):
    refused(tmp_path, capsys, content, message)


@pytest.mark.parametrize(("values", "message"), VALUES.values(), ids=VALUES)
def test_invalid_snapshots_are_refused(tmp_path, capsys, values, message):
    refused(tmp_path, capsys, json.dumps(values).encode(), message)


def refused(tmp_path, capsys, content, message):
    file, store = tmp_path / "state.json", tmp_path / "state.db"
    file.write_bytes(content)
    code = main(["state", "import", f"sqlite:///{store}", str(file)])
    out, err = capsys.readouterr()
    if message is None:
        assert (code, out) == (0, "imported 1 customer, 0 subscribers, 0 faults, 0 calls\n")
        return
    assert (code, out) == (2, "")
    assert err.startswith(f"mtt-mock: {file}: ")
    assert message in err
    assert err.count("\n") == 1
    assert not store.exists()


@pytest.mark.parametrize("name", ["nowhere.json", ".", "a\0b"])
def test_unreadable_files_are_refused(tmp_path, capsys, name):
    assert main(["state", "import", f"sqlite:///{tmp_path}/x.db", str(tmp_path / name)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(loader, "MAX_FILE_BYTES", 1024 * 1024)
    file = tmp_path / "huge.json"
    with file.open("wb") as sparse:
        sparse.truncate(1024 * 1024 + 1)
    assert main(["state", "import", f"sqlite:///{tmp_path}/x.db", str(file)]) == 2
    assert capsys.readouterr().err == f"mtt-mock: {file} is larger than 1 MiB\n"


@pytest.mark.parametrize(
    "values", [{"a": object()}, {"a": {1, 2}}, {"mtt_mock": "state", "version": math.nan}]
)
def test_values_outside_json_are_refused(values):
    with pytest.raises(SnapshotError, match="this is not JSON"):
        read_snapshot(values)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
    | st.sampled_from(["79", "0", "A", "manual", "1000001", "aGVsbG8="]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=5) | st.just("fault"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def paths(value, at=()):
    """Yield the path of every value inside ``value``."""
    inside = ()
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inside:
        yield (*at, key)
        yield from paths(item, (*at, key))


@settings(max_examples=examples(300))
@given(st.sampled_from(sorted(paths(FULL), key=str)), junk, st.booleans())
def test_any_changed_field_is_imported_or_refused(path, value, gone):
    values = copy.deepcopy(FULL)
    holder = values
    for key in path[:-1]:
        holder = holder[key]
    if gone:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    target = fake()
    try:
        before = export_dict(target.store)
        try:
            import_dict(target, values)
        except (SnapshotError, CallsTakenError) as refused:
            message = str(refused)
            # This message would mean that the two validators disagree.
            assert "has not the form" not in message
            assert export_dict(target.store) == before
            return
        # The imported state is usable.
        again = export_dict(target.store)
        import_dict(target, again, replace=True)
        target.service.scheduler.run_until_idle()
        export_dict(target.store)
    finally:
        target.close()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_unicode_encoding_is_read(encoding):
    from mtt_mock.storage.snapshots import read_snapshot

    content = json.dumps(FULL, ensure_ascii=False).encode(encoding)
    assert read_snapshot(content) == read_snapshot(json.dumps(FULL).encode())

"""The journal explains unanswered and unreadable calls; the wire does not."""

# ruff: noqa: UP031 -- JSON is full of braces

from __future__ import annotations

import gzip

import pytest

DELETE = '"method":"deleteCallBackFollowme","params":["1"]'
INVALID = (
    b'{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"Invalid Request","data":null}}'
)
PARSE = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":null}}'


def last(wire):
    [entry] = wire.fake.journal
    return entry


@pytest.mark.parametrize(
    ("member", "outcome", "notes"),
    [
        ("", "ok, not answered (no id)", []),
        (',"id":null', "ok, not answered (id null)", ["id null"]),
        (',"id":""', 'ok, not answered (id "")', ['id ""']),
        (',"id":"0"', 'ok, not answered (id "0")', ['id "0"']),
        (',"id":false', "ok, not answered (id false)", ["id false"]),
        (',"id":0.0', "ok, not answered (id 0.0)", ["id 0.0"]),
        (',"id":[]', "ok, not answered (id [])", ["id []"]),
        (',"id":0', "ok", []),
    ],
)
def test_an_unanswered_call_has_its_reason(wire, member, outcome, notes):
    wire.post('{"jsonrpc":"2.0",%s%s}' % (DELETE, member))
    entry = last(wire)
    assert entry.outcome == outcome
    assert entry.is_ok
    assert [note.message for note in entry.notes()] == [
        f"{start} makes the request a notification: a success is not answered" for start in notes
    ]


def test_an_unanswered_refusal_has_both_reasons(wire):
    call = (
        '{"jsonrpc":"2.0","method":"setCallBackFollowme",'
        '"params":["1",[{"type":"ringall","redirect_number":"79"}]]}'
    )
    wire.post(call)
    assert wire.post(call).body == b""
    assert [entry.outcome for entry in wire.fake.journal] == [
        "ok, not answered (no id)",
        "refused: Side A not clear. Delete before insert, not answered (no id)",
    ]
    assert not wire.fake.journal[-1].is_ok


def test_a_failed_notification_is_answered(wire):
    assert wire.post('{"jsonrpc":"2.0","method":"x"}').body != b""
    assert last(wire).outcome == "error -32601"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ('"version":"1.1"', 'jsonrpc is missing, "version": "1.1" is JSON-RPC 1.1'),
        ('"params":[]', "jsonrpc is missing, as in JSON-RPC 1.0"),
        ('"jsonrpc":"1.0"', 'jsonrpc is "1.0"'),
        ('"jsonrpc":"2.0.0"', 'jsonrpc is "2.0.0"'),
        ('"jsonrpc":null', "jsonrpc is null"),
        ('"jsonrpc":"я"', 'jsonrpc is "\\u044f"'),
        ('"jsonrpc":"%s"' % ("x" * 99), 'jsonrpc is "%s…' % ("x" * 59)),
    ],
)
def test_an_invalid_version_has_its_reason(wire, members, reason):
    assert wire.post('{"id":1,"method":"x",%s}' % members).body == INVALID
    [note] = last(wire).notes()
    assert note.message == (f'this is not a JSON-RPC 2.0 request: {reason}; send "jsonrpc": "2.0"')


def test_an_invalid_request_has_its_reason(wire):
    wire.post("[]")
    wire.post("7")
    wire.post("{}")
    assert [entry.notes()[0].message for entry in wire.fake.journal] == [
        "this is not a JSON-RPC 2.0 request: the batch is empty",
        "this is not a JSON-RPC 2.0 request: the request is not an object",
        "this is not a JSON-RPC 2.0 request: jsonrpc and method are missing; "
        'send "jsonrpc": "2.0" and a method',
    ]


@pytest.mark.parametrize(
    ("members", "notes"),
    [
        ('"id":1', ["method is missing"]),
        ('"id":1,"method":["x"]', ['method is ["x"]; send a name']),
        (
            '"id":1,"Method":"getCustomerBalance"',
            [
                "method is missing",
                'Method is not a member of a request and is ignored (did you mean "method"?)',
            ],
        ),
        (
            '"id":1,"method":"getCustomerBalance","params":"[1]"',
            ['params is "[1]"; send an object or an array'],
        ),
        (
            '"id":1,"method":"getCustomerBalance","parameters":["1"],"uid":1',
            ['parameters is not a member of a request and is ignored (did you mean "params"?)'],
        ),
        (
            '"ID":1,"method":"getCustomerBalance","params":["1"]',
            ['ID is not a member of a request and is ignored (did you mean "id"?)'],
        ),
        ('"id":1,"method":"getCustomerBalance","params":["1"],"Id":2,"auth":{}', []),
    ],
)
def test_misspelt_and_missing_members_have_notes(wire, members, notes):
    wire.post('{"jsonrpc":"2.0",%s}' % members)
    assert [str(note) for note in last(wire).notes()] == notes


CALL = '{"jsonrpc":"2.0","id":1,"method":"x","params":["%s"]}'


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            (CALL % "Привет").encode("cp1251"),
            "byte 0xcf at offset 48 is not UTF-8; "
            'in windows-1251 the text there reads "Привет"; send UTF-8',
        ),
        (
            (CALL % ("я" * 500)).encode("cp1251"),
            "byte 0xff at offset 48 is not UTF-8; "
            f'in windows-1251 the text there reads "{"я" * 40}"; send UTF-8',
        ),
        (
            gzip.compress(b"{}", mtime=0),
            "byte 0x8b at offset 1 is not UTF-8; "
            "the body looks like gzip; send it without Content-Encoding",
        ),
        (
            "{}".encode("utf-16"),
            "byte 0xff at offset 0 is not UTF-8; the body looks like UTF-16; send UTF-8",
        ),
        ("{}".encode("utf-16-le"), "the body looks like UTF-16; send UTF-8"),
        (
            b"\xef\xbb\xbf{}",
            "the body begins with a byte order mark; send UTF-8 without it",
        ),
        (b"--x\r\n{}", "the body looks like a multipart form; send the JSON alone"),
        (b"%7B%7D", "the body looks like a percent-encoded form; send the JSON alone"),
        (b"jsonrpc=2.0&id=1", "the body looks like a form; send the JSON alone"),
        (b"request[]={}", "the body looks like a form; send the JSON alone"),
        (b"<a/>", "the body looks like XML; send JSON"),
        (b'"\x80\x81"', "byte 0x80 at offset 1 is not UTF-8; send UTF-8"),
        (
            b'"\xcf\x1b[31m\xf0"',
            "byte 0xcf at offset 1 is not UTF-8; in windows-1251 the text there "
            'reads "П\ufffd[31mр"; send UTF-8',
        ),
    ],
)
def test_invalid_utf_8_is_reported_with_its_position(wire, body, reason):
    assert wire.post(body).body == PARSE
    [note] = last(wire).notes()
    assert note.message == f"the body is not JSON: {reason}"

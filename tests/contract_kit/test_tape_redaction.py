"""Tapes contain no planted number or secret, in any place and any spelling."""

import html
import json
import re
import tempfile
import unicodedata
from functools import reduce
from pathlib import Path
from urllib.parse import quote, unquote

from hypothesis import given, settings
from hypothesis import strategies as st
from tape_sessions import call

from mtt_mock.conformance.recording.tape import TapeWriter
from support.profiles import examples

CUSTOMER = "883140500000000"
NUMBER = "8912345"  # of the planted numbers, whose placeholders begin with 79
SECRET = "TOPSECRET"
DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩"]
SEPARATORS = [
    "", " ", "-", ".", "/", "\u00a0", "\u202f", "\u2009", "\u2007", "\u3000", "\u2011", "\u2013",
    "\u2014", "\u2212", "\u2796", "\u2800", "\u3164", 12 * "\u00a0", "\u00ad", "\u200b", "\u2060", " – ", "(", ")", " (", ") ", "[", "]", "\\",
]  # fmt: skip
ENCODINGS = [
    lambda text: text,
    lambda text: quote(text, safe=""),
    lambda text: quote(quote(text, safe=""), safe=""),
    lambda text: json.dumps(text)[1:-1],
    lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    lambda text: "".join(f"&#{ord(char)};" for char in text),
    lambda text: "".join(f"&#{ord(char)}" for char in text),
    lambda text: "".join(f"%u{ord(char):04x}" for char in text),
    lambda text: "".join(f"\\u{{{ord(char):x}}}" for char in text),
    lambda text: reduce(lambda encoded, _: quote(encoded, safe=""), range(6), text),
]


@st.composite
def _numbers(draw):
    digits = NUMBER + draw(st.from_regex(r"[0-9]{0,6}", fullmatch=True))
    script = draw(st.sampled_from(DIGITS))
    spelt = "".join(script[int(digit)] + draw(st.sampled_from(SEPARATORS)) for digit in digits[:-1])
    return draw(st.sampled_from(["", "+"])) + spelt + script[int(digits[-1])]


_secrets = st.from_regex(r"TOPSECRET[a-z0-9]{1,8}", fullmatch=True)
_urls = st.builds(
    "{}{}{}".format,
    st.sampled_from(["https://crm.example.ru", "crm.example.ru", "http://a:TOPSECRETpw@h.example", "127.0.0.1:80"]),
    st.sampled_from(["/", "/hook", "/x y", "/п"]),
    st.builds("?{}={}".format, st.sampled_from(["token", "t", "key", "пароль"]), _secrets),
)  # fmt: skip
_encoded = st.builds(lambda encode, text: encode(text), st.sampled_from(ENCODINGS), _numbers())


def _make(**params):
    return call("makeCallBackCallFollowme", {"customer_name": CUSTOMER, **params})


_bodies = st.one_of(
    st.builds(lambda text: json.dumps(_make(callDescription=text)), _encoded),
    st.builds(lambda text: json.dumps(_make(b_number=text), ensure_ascii=False), _numbers()),
    st.builds(lambda text: f'{{"b_number": "{text}",}}', _encoded),
    st.builds(lambda url: json.dumps(_make(callBackURL=url), ensure_ascii=False), _urls),
    st.builds(lambda url: json.dumps(_make(callBackURL=url)) + ",", _urls),
    st.builds(
        lambda url: json.dumps(
            call("makeCallBackCallFollowme", [CUSTOMER, "79000000001", None, url])
        ),
        _urls,
    ),
    st.builds(lambda secret: json.dumps(_make(password=secret)), _secrets),
    st.builds(lambda secret: f"login=ann&password={secret}", _secrets),
    st.builds(lambda url: f'callBackURL must be free of white space, got "{url}"', _urls),
)


def _readings(text):
    """Yield the text as it is and decoded, several times, without separators."""
    for _ in range(4):
        digits = "".join(
            str(unicodedata.digit(char)) if unicodedata.digit(char, None) is not None else char
            for char in text
        )
        yield text
        yield re.sub(r"[^0-9A-Za-z\"]", "", digits)
        text = html.unescape(
            unquote(re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text))
        )


@settings(max_examples=examples(300))
@given(
    bodies=st.lists(st.tuples(_bodies, _bodies), min_size=1, max_size=4),
    query=st.one_of(
        st.just(""),
        st.builds("login=ann&password={}".format, _secrets),
        st.builds("phone={}".format, _encoded),
    ),
    login=_secrets,
)
def test_planted_numbers_and_secrets_are_redacted(bodies, query, login):
    import base64

    header = "Basic " + base64.b64encode(f"{login}:pw-{login}".encode()).decode()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape"
        with TapeWriter(path) as tape:
            for body, answer in bodies:
                request = {
                    "verb": "POST", "path": "/index.php", "query": query, "auth": "basic",
                    "content_type": "text/plain", "body": f"{body} {login}".encode(),
                }  # fmt: skip
                response = {"status": 200, "content_type": "text/plain", "body": answer.encode()}
                tape.add(0, request, response, authorization=header)
        text = path.read_text("utf-8")
    for reading in _readings(text):
        assert NUMBER not in reading
        assert SECRET not in reading


def _tape_of_late_secret(path, answer):
    """Write a tape whose second request shows that TOPSECRET77 is a secret; return its lines."""
    row = {
        "verb": "POST", "path": "/index.php", "query": "", "auth": None, "content_type": "",
    }  # fmt: skip
    response = {"status": 200, "content_type": "", "body": answer}
    with TapeWriter(path) as tape:
        tape.add(0, row | {"body": b"nothing"}, response)
        body = json.dumps(_make(callBackURL="crm.example/h?t=TOPSECRET77")).encode()
        tape.add(1, row | {"body": body}, response)
    return path.read_text("utf-8").splitlines()


def test_secrets_are_replaced_in_earlier_lines(tmp_path):
    lines = _tape_of_late_secret(tmp_path / "tape", b"hello TOPSECRET77")
    assert "TOPSECRET77" not in "".join(lines)


def test_secrets_are_replaced_next_to_a_lone_surrogate(tmp_path):
    answer = rb'{"a": "\ud800", "b": "TOPSECRET77"}'
    lines = _tape_of_late_secret(tmp_path / "tape", answer)
    assert "TOPSECRET77" not in "".join(lines)
    answer = json.loads(json.loads(lines[1])["response"]["body"])
    assert answer["a"] == "\ud800"
    assert answer["b"] != "TOPSECRET77"


def test_a_refused_number_is_replaced_everywhere(tmp_path):
    from tape_sessions import record

    number = "8\u2011912\u2011345\u201167\u201189"
    tape = record(tmp_path / "tape", [_make(b_number=number, caller_id="74951001010")])
    row = json.loads(tape.read_text("utf-8").splitlines()[1])
    sent = json.loads(row["request"]["body"])["params"]["b_number"]
    assert sent == "7\u2011900\u2011000\u201100\u201101"
    data = json.loads(row["response"]["body"])["error"]["data"]
    assert 'only digits: "79000000001"' in data
    assert sent in data

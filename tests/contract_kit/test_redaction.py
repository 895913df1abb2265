"""Redaction of tapes and reports: equality, shapes and types are preserved."""

import json
import re
import time
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.conformance.probe_client import _shown
from mtt_mock.domain.sensitive import mask_text
from mtt_mock.service.journal.masking import masked
from mtt_mock.service.redaction import MAX_REMEMBERED_TEXTS, Redactor

_digits = st.from_regex(r"[0-9]{7,15}", fullmatch=True)


def test_equal_numbers_are_redacted_alike():
    clean = Redactor()
    assert [clean.text(each) for each in (
        '{"b": "+79161234567"}', '{"b": 79161234567}', '{"b": 79161234567.0}',
        '"call 7 (916) 123-45-67 now"', "{broken 79161234567", '{"79161234567": 1}',
    )] == [
        '{"b": "+79000000001"}', '{"b": 79000000001}', '{"b": 79000000001.0}',
        '"call 7 (900) 000-00-01 now"', "{broken 79000000001", '{"79000000001": 1}',
    ]  # fmt: skip


def test_signed_urls_are_redacted_except_the_scheme():
    clean = Redactor()
    assert clean.text(
        '{"downloadURL": "https://mtt.example/r?t=1", "callBackURL": "me.example/5"}'
    ) == ('{"downloadURL": "https://redacted.invalid/1", "callBackURL": "redacted.invalid/2"}')
    assert clean.text('{"x": "see https://mtt.example/r?t=1 now"}') == (
        '{"x": "see https://redacted.invalid/1 now"}'
    )
    assert clean.text('{"downloadURL": "https://mtt.example/r?t=1') == (
        '{"downloadURL": "https://redacted.invalid/1'
    )


@pytest.mark.parametrize(
    "text",
    ['{"order":1,  "timeout": 25}', "[]", "{", "", '"123456"', '{"a": 0.1234567}', "null"],
)
def test_text_without_secrets_is_unchanged(text):
    assert Redactor().text(text) == text


def test_numbers_under_repeated_names_are_redacted():
    assert "79161234567" not in Redactor().text('{"a": "79161234567", "a": 1}')


@given(texts=st.lists(_digits, min_size=2, max_size=8))
def test_redaction_preserves_equality(texts):
    clean = Redactor()
    hidden = [clean.plain(text) for text in texts]
    assert [len(each) for each in hidden] == [len(each) for each in texts]
    for one, other in zip(texts, hidden, strict=True):
        for another, its in zip(texts, hidden, strict=True):
            assert (one == another) == (other == its)
    assert [clean.plain(text) for text in texts] == hidden


_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), _digits
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(value=_json)
def test_redaction_preserves_shapes_and_types(value):
    def shape(value):
        if isinstance(value, dict):
            return [shape(each) for each in value.values()]
        return [shape(each) for each in value] if isinstance(value, list) else type(value)

    text = json.dumps(value, ensure_ascii=False)
    hidden = json.loads(Redactor().text(text))
    assert shape(hidden) == shape(value)
    for number in re.findall(r'"([0-9]{8,})"', json.dumps(value)):
        if not number.startswith("79000"):
            assert f'"{number}"' not in json.dumps(hidden)


def in_seconds(work):
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "piece",
    ["a", "ab12", "7", "Bearer ", "token=", "http://a/", "a:/", "%25", "x@", "…"],
)
def test_redaction_takes_linear_time(piece):
    short, long = (piece * (size // len(piece)) for size in (20_000, 160_000))
    Redactor().text(short)
    assert (
        in_seconds(lambda: Redactor().text(long))
        < 40 * in_seconds(lambda: Redactor().text(short)) + 0.5
    )


@pytest.mark.unmeasured
def test_redaction_of_many_values_is_fast():
    redactor = Redactor()

    def text(start):
        return " ".join(
            f"79{i:09d} http://host/x?t=SECRET{i:06d}" for i in range(start, start + 1000)
        )

    first = in_seconds(lambda: redactor.text(text(0)))
    for start in range(1000, 4000, 1000):
        redactor.text(text(start))
    assert in_seconds(lambda: redactor.text(text(5000))) < 4 * first + 0.5


def test_a_url_with_a_secret_is_replaced_as_a_whole():
    redactor = Redactor()
    redactor.secret("TOPSECRET1")
    redactor.plain("see https://crm.example.ru/?t=TOPSECRET1")
    text = redactor.plain("see https://crm.example.ru/?t=TOPSECRET2")
    assert text == "see https://redacted.invalid/2"


def test_a_secret_that_is_learnt_changes_texts_seen_before():
    redactor = Redactor()
    assert redactor.text("Wrong login: sorokina") == "Wrong login: sorokina"
    redactor.secret("sorokina")
    assert redactor.text("Wrong login: sorokina") == "Wrong login: redacted-1"


def test_texts_beyond_the_memory_are_redacted_too():
    redactor = Redactor()
    for number in range(MAX_REMEMBERED_TEXTS + 10):
        redactor.text(f"call {number}")
    assert redactor.text("call 79161234567") == "call 79000000001"


def test_the_end_of_a_long_body_is_not_shown():
    """A number that the cut divides is not recognised, so what is near the cut is left out."""
    urls = b"".join(b"http://example.com/%d%s " % (n, b"y" * 200) for n in range(10))
    body = urls + b"x" * (4494 - len(urls)) + b" 79161234567" + b"x" * 9000
    shown = _shown(body, Redactor())
    assert shown.startswith("http://redacted.invalid/1 http://redacted.invalid/2 ")
    assert "7916" not in shown
    assert shown.endswith(f"x… ({len(body)} bytes)")


@pytest.mark.parametrize(
    "text",
    [
        "userPassword=TOPSECRET7&b=2",
        '{"accessToken": "TOPSECRET7",}',
        "X-Api-Key: TOPSECRET7",
        "PHPSESSID=TOPSECRET7",
        "<password>TOPSECRET7</password>",
        "<password><![CDATA[TOPSECRET7]]></password>",
        '<param name="password">TOPSECRET7</param>',
        "<name>password</name><value><string>TOPSECRET7</string></value>",
        'Content-Disposition: form-data; name="password"\r\n\r\nTOPSECRET7\r\n--x',
        "form-data; name=token; x=1\nContent-Type: text/plain\n\nseveral words TOPSECRET7\n--x",
        "params[password]=TOPSECRET7",
        "sent by eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.TOPSECRET7",
        "pushed with ghp_TOPSECRET7abcdefghijklmnop",
        "posted with xoxb-123-TOPSECRET7-abc",
        "AKIATOPSECRET7ABCDEF",
        "sent by 123456789:AAHdqTcvCH1vGWJxfSeofSTOPSECRET7xyz",
        "api.telegram.org/bot123456789:AAHdqTcvCH1vGWJxfSeofSTOPSECRET7xyz/getMe",
        '"-----BEGIN PRIVATE KEY-----\\nMIIBTOPSECRET7\\nQ==\\n-----END PRIVATE KEY-----"',
        "params%5Btoken%5D%5B%5D=TOPSECRET7",
        "array ('password' => 'TOPSECRET7')",
        "[password] => TOPSECRET7",
        's:8:"password";s:10:"TOPSECRET7";',
        "пароль: TOPSECRET7",
        "see crm.example/?TOPSECRET7",
        'callBackURL must be free of white space, got "crm.example/?t=a TOPSECRET7"',
        'callBackURL must be a URL, got "http:\\\\crm.example\\?t=TOPSECRET7"',
    ],
)
def test_secrets_are_found_in_plain_text(text):
    assert "TOPSECRET7" not in Redactor().plain(text)
    assert "TOPSECRET7" not in masked(text)


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (
            "mtt --login ann7 --password hunter2 --rings 3",
            "mtt --login *** --password *** --rings 3",
        ),
        ("mtt --api-key=hunter2 --rings=3", "mtt --api-key=*** --rings=3"),
        ("mtt --db-password 'two words' --rings 3", "mtt --db-password '***' --rings 3"),
        ("curl -u ann7:hunter2 -s", "curl -u ***:*** -s"),
        ("http -a ann7:hunter2 POST", "http -a ***:*** POST"),
        ("sshpass -p hunter2 ssh h", "sshpass -p *** ssh h"),
        ("sshpass -p'hunt er2' ssh h", "sshpass -p'***' ssh h"),
        ("mysql -h db -phunter2 -u ann", "mysql -h db -p*** -u ann"),
        ("mysql -h db -p -u ann", "mysql -h db -p -u ann"),
        ("redis-cli -h db -a hunter2 ping", "redis-cli -h db -a *** ping"),
        ("the password is hunter2.", "the password is ***."),
        ("Пароль - hunter2, логин ann", "Пароль - ***, логин ann"),
        ("login ann, password hunter2", "login ann, password ***"),
        ("пароль — hunter2", "пароль — ***"),
        ("the password is missing or wrong", "the password is missing or wrong"),
        ("password has 8 characters", "password has 8 characters"),
        ("curl -u'ann7:hunter2' -s", "curl -u'***:***' -s"),
        ("curl --user ann7:hunt:er2 -s", "curl --user ***:*** -s"),
        ("curl -u 'ann7:hunt er2' -s", "curl -u '***:***' -s"),
        ('curl --user "ann7:hunt er2" -s', 'curl --user "***:***" -s'),
        ('["curl","-u","ann7:hunter2","-s"]', '["curl","-u","***:***","-s"]'),
        ('["mtt","--password","hunt er2"]', '["mtt","--password","***"]'),
        ('["curl", "-u", "ann7:hunter2", "-s"]', '["curl", "-u", "***:***", "-s"]'),
        ("sort -u names", "sort -u names"),
        ("mtt --password --rings 3", "mtt --password --rings 3"),
        ("mtt --password-env MTT_PASSWORD", "mtt --password-env MTT_PASSWORD"),
    ],
)
def test_secrets_of_command_lines_are_masked(command, shown):
    assert mask_text(command) == shown


def test_secret_of_a_command_line_is_replaced_later_too():
    clean = Redactor()
    assert clean.text("curl -u annette:hunter2x") == "curl -u redacted-1:redacted-2"
    assert clean.text('{"note": "hunter2x is wrong"}') == '{"note": "redacted-2 is wrong"}'


def test_secrets_of_argument_lists_are_replaced_everywhere():
    command = ["curl", "-u", "ann:hunter2x", "--token", "hunter3x", "-u", "--token", "-s", None]
    assert Redactor().value([command, f"refused: {json.dumps(command[:3])}"]) == [
        [
            "curl",
            "-u",
            "redacted-1:redacted-2",
            "--token",
            "redacted-3",
            "-u",
            "--token",
            "-s",
            None,
        ],
        'refused: ["curl", "-u", "redacted-1:redacted-2"]',
    ]
    assert masked(command) == ["curl", "-u", "***", "--token", "***", "-u", "--token", "-s", None]
    assert masked(["sort", "-u", "names"]) == ["sort", "-u", "names"]


@pytest.mark.parametrize("value", [["TOPSECRET7"], {"value": "TOPSECRET7"}])
def test_secrets_are_found_within_a_named_value(value):
    assert "TOPSECRET7" not in json.dumps(Redactor().value({"password": value}))
    assert masked({"password": value}) == {"password": "***"}


@pytest.mark.parametrize(
    "path",
    ["8%20912%20345%2067%2089", "%38%39%31%32%33%34%35%36%37%38%39", "8\u2796912\u279634567"],
)
def test_numbers_in_the_path_of_a_url_are_masked(path):
    text = unquote(masked({"callBackURL": f"http://ann:pw@crm.example/{path}?t=1"})["callBackURL"])
    assert text.startswith("http://***@crm.example/8")
    assert "345" not in text
    assert text.endswith("?***")


@pytest.mark.parametrize("escape", ["\\x38", "%u0038", "\\u{38}", "&#56&#57", "&#", "\\u{110000}8"])
def test_escapes_of_other_languages_are_decoded(escape):
    assert "345" not in Redactor().plain(f"{escape}9123456789")


@pytest.mark.parametrize(
    "unit",
    [
        "--",
        "-u",
        "-u a:",
        "--user ",
        "--a-",
        "a",
        "a.",
        "a.b/",
        "a-",
        "a?",
        ":a",
        "_",
        "password",
        'name="token"\n',
    ],
)
def test_long_words_are_searched_in_linear_time(unit):
    began = time.process_time()
    mask_text(unit * (100_000 // len(unit)) + "?:")
    assert time.process_time() - began < 5  # a quadratic search takes minutes

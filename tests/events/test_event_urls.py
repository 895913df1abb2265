"""The URL that an event requests."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.service.callbacks import event_url


@pytest.mark.parametrize(
    ("given_url", "asked"),
    [
        ("http://example.com/t/5", "http://example.com/t/5?event=end_side_B&id=7"),
        ("example.com/tracking/5", "http://example.com/tracking/5?event=end_side_B&id=7"),
        ("example.com:8080/t", "http://example.com:8080/t?event=end_side_B&id=7"),
        ("localhost:8080", "http://localhost:8080/?event=end_side_B&id=7"),
        ("//example.com/t", "http://example.com/t?event=end_side_B&id=7"),
        ("127.0.0.1:80/t", "http://127.0.0.1/t?event=end_side_B&id=7"),
        ("HTTPS://Example.COM/T", "https://example.com/T?event=end_side_B&id=7"),
        ("https://example.com:443/", "https://example.com/?event=end_side_B&id=7"),
        ("https://example.com:80/", "https://example.com:80/?event=end_side_B&id=7"),
        ("http://example.com:/", "http://example.com/?event=end_side_B&id=7"),
        ("http://example.com", "http://example.com/?event=end_side_B&id=7"),
        ("http://example.com?a=1", "http://example.com/?a=1&event=end_side_B&id=7"),
        ("http://example.com/?", "http://example.com/?event=end_side_B&id=7"),
        ("http://example.com/?a=1&", "http://example.com/?a=1&event=end_side_B&id=7"),
        ("http://example.com/?b=%2f+x&b;c&a==", "http://example.com/?b=%2f+x&b;c&a==&event=end_side_B&id=7"),
        ("http://example.com/?a={x}|[y]", "http://example.com/?a={x}|[y]&event=end_side_B&id=7"),
        ("http://example.com/?event=old&id=1", "http://example.com/?event=old&id=1&event=end_side_B&id=7"),
        ("http://example.com/t?a=1#part?b=2", "http://example.com/t?a=1&event=end_side_B&id=7"),
        ("http://example.com/a/../b%2F%zz", "http://example.com/a/../b%2F%zz?event=end_side_B&id=7"),
        ("http://example.com/a b\\c", "http://example.com/a%20b%5Cc?event=end_side_B&id=7"),
        ("http://example.com/a\r\nX: 1", "http://example.com/a%0D%0AX:%201?event=end_side_B&id=7"),
        ("http://example.com/звонок?имя=я", "http://example.com/%D0%B7%D0%B2%D0%BE%D0%BD%D0%BE%D0%BA?%D0%B8%D0%BC%D1%8F=%D1%8F&event=end_side_B&id=7"),
        ("http://Пример.РФ/", "http://xn--e1afmkfd.xn--p1ai/?event=end_side_B&id=7"),
        ("http://пример。рф/", "http://xn--e1afmkfd.xn--p1ai/?event=end_side_B&id=7"),
        ("http://Ｅxample.com/", "http://example.com/?event=end_side_B&id=7"),
        ("http://faß.example/", "http://xn--fa-hia.example/?event=end_side_B&id=7"),
        ("http://ex%61mple.com/", "http://example.com/?event=end_side_B&id=7"),
        ("http://user:p%40ss@example.com/", "http://user:p%40ss@example.com/?event=end_side_B&id=7"),
        ("http://us er:p@ss@example.com/", "http://us%20er:p%40ss@example.com/?event=end_side_B&id=7"),
        ("http://@example.com/", "http://example.com/?event=end_side_B&id=7"),
        ("http://[::1]:8080/", "http://[::1]:8080/?event=end_side_B&id=7"),
        ("http://[0:0::0:1]/", "http://[::1]/?event=end_side_B&id=7"),
        (" http://example.com/ \n", "http://example.com/?event=end_side_B&id=7"),
    ],
)  # fmt: skip
def test_event_and_id_are_appended_to_the_url(given_url, asked):
    assert event_url(given_url, "end_side_B", "7") == asked


@pytest.mark.parametrize(
    ("given_url", "sentence"),
    [
        ("", "callBackURL '' has no host"),
        ("/tracking/5", "callBackURL '/tracking/5' has no host"),
        ("http:///x", "callBackURL 'http:///x' has no host"),
        ("http://:80/", "callBackURL 'http://:80/' has no host"),
        ("http://user@/", "callBackURL 'http://***@/' has no host"),
        ("ftp://h/", "callBackURL must be http or https, got 'ftp://h/', which begins with ftp:"),
        ("file:/etc/passwd", "callBackURL must be http or https, got 'file:/etc/passwd', which begins with file:"),
        ("javascript:alert(1)", "callBackURL must be http or https, got 'javascript:alert(1)', which begins with javascript:"),
        ("user:pass@h/", "callBackURL must be http or https, got '***@h/', which begins with user:"),
        ("http:example.com", "callBackURL 'http:example.com' has no // after http:"),
        ("http://h:99999/", "callBackURL 'http://h:99999/' has the port '99999'; ports go from 1 to 65535"),
        ("http://h:0/", "callBackURL 'http://h:0/' has the port '0'; ports go from 1 to 65535"),
        ("http://h:٣/", "callBackURL 'http://h:٣/' has the port '٣'; ports go from 1 to 65535"),
        ("http://h:8x/", "callBackURL 'http://h:8x/' has the port '8x'; ports go from 1 to 65535"),
        ("http://a b/", "callBackURL 'http://a b/' has no possible host name"),
        ("http://a%00b/", "callBackURL 'http://a%00b/' has no possible host name"),
        ("http://a%2Fb/", "callBackURL 'http://a%2Fb/' has no possible host name"),
        ("http://good\\@bad%5C/", "callBackURL 'http://***@bad%5C/' has no possible host name"),
        ("http://../", "callBackURL 'http://../' has no possible host name"),
        ("http://\u2603\u200d-.рф./", "callBackURL 'http://\u2603\\u200d-.рф./' has no possible host name"),
        ("http://[::1/", "callBackURL 'http://[::1/' has no possible IPv6 address"),
        ("http://[fe80::1%25eth0]/", "callBackURL 'http://[fe80::1%25eth0]/' has no possible IPv6 address"),
        ("http://[1.2.3.4]/", "callBackURL 'http://[1.2.3.4]/' has no possible IPv6 address"),
        ("http://h/\ud800", "callBackURL is not valid Unicode"),
        ("ftp://" + "h" * 2000, "callBackURL must be http or https, got 'ftp://" + "h" * 93 + "…', which begins with ftp:"),
    ],
)  # fmt: skip
def test_an_invalid_url_is_refused_with_a_sentence(given_url, sentence):
    with pytest.raises(ValueError) as refused:
        event_url(given_url, "start_side_A", "1")
    assert str(refused.value) == sentence


names = st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z][a-z0-9]{0,8}){0,3}", fullmatch=True)
places = st.one_of(names, names.map(lambda name: f"{name}:8080"), st.just("[::1]:81"))
text = st.text(st.characters(exclude_categories=["Cs"]))
paths = text.map(lambda each: "/" + quote(each, safe="/"))
queries = st.lists(st.tuples(text, text), max_size=4).map(
    lambda pairs: "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
)


befores = st.tuples(places, paths, queries)
events = st.tuples(text, text)


@given(st.sampled_from(["", "http://", "https://"]), befores, text, events)
def test_the_given_url_is_unchanged_before_event_and_id(scheme, before, fragment, sent):
    event, call_id = sent
    place, path, query = before
    before = f"{place}{path}?{query}"
    asked = event_url(f"{scheme}{before}#{fragment}#", event, call_id)
    assert asked.startswith((scheme or "http://") + before)
    parts = urlsplit(asked)
    assert parse_qsl(parts.query, keep_blank_values=True)[-2:] == [
        ("event", event),
        ("id", call_id),
    ]
    assert parts.query[: len(query)] == query
    assert parts.fragment == ""


@given(text)
def test_any_path_is_sent_unchanged(path):
    asked = event_url("http://h/" + path.replace("?", "").replace("#", "") + "?", "e", "1")
    assert asked.isascii()
    assert asked.isprintable()
    assert " " not in asked
    assert unquote(asked[9:]) == unquote(path.replace("?", "").replace("#", "")) + "?event=e&id=1"


@given(st.text())
def test_any_text_becomes_a_url_or_an_error(given_url):
    try:
        asked = event_url(given_url, "e", "1")
    except ValueError as error:
        refused = str(error)
        asked = None
    if asked is None:
        assert refused.startswith("callBackURL ")
    else:
        parts = urlsplit(asked)
        assert asked.isascii()
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert parts.port is None or 0 < parts.port < 65536

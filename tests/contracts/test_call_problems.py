"""Problems and notes about calls, prompts and call info: the literal message of each."""

from __future__ import annotations

import pytest

from mtt_contracts import lint_params, validate_params

RING = {"type": "ringall", "redirect_number": "79684881033"}


def problems_of(method, **values):
    return [str(each) for each in validate_params(method, {"customer_name": "1"} | values)]


NUMBER = "must be digits, with or without a leading +, got"
URL = "must be an http or https URL, with or without its scheme, got"
BLANKS = "must be free of white space and control characters, got"
SECONDS = "must be whole seconds up to 86400, as a number or in digits, got"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "b_number",
            79000000001,
            f'{NUMBER} 79000000001 (send it as a JSON string: "79000000001")',
        ),
        (
            "b_number",
            "7 900 000-00-01",
            f'{NUMBER} "7 900 000-00-01" (only digits: "79000000001")',
        ),
        ("b_number", 1.5, f"{NUMBER} 1.5"),
        ("b_number", -7, f"{NUMBER} -7"),
        ("b_number", "x" * 500, f'{NUMBER} "{"x" * 58}…'),
        ("caller_id", "sales", f'{NUMBER} "sales"'),
        ("client_caller_id", [], f"{NUMBER} []"),
        (
            "callBackURL",
            "ftp://example.com",
            f'{URL} "ftp://example.com" (events are sent with GET over http or https, not ftp)',
        ),
        ("callBackURL", f"{'x' * 1000}://a.example", f'{URL} "{"x" * 58}…'),
        ("callBackURL", "javascript:alert(1)", f'{URL} "javascript:alert(1)"'),
        ("callBackURL", "http://", f'{URL} "http://" (it names no host)'),
        ("callBackURL", "http:///events", f'{URL} "http:///events" (it names no host)'),
        ("callBackURL", "https://?a=1", f'{URL} "https://?a=1" (it names no host)'),
        ("callBackURL", "http://:8080/", f'{URL} "http://:8080/" (it names no host)'),
        ("callBackURL", "/events", f'{URL} "/events" (it names no host)'),
        ("callBackURL", "?", f'{URL} "?" (it names no host)'),
        (
            "callBackURL",
            "//example.com/",
            f'{URL} "//example.com/" (with its scheme: "http://example.com/")',
        ),
        (
            "callBackURL",
            "http:/example.com",
            f'{URL} "http:/example.com" (two slashes after the scheme: "http://example.com")',
        ),
        (
            "callBackURL",
            "HTTPS:example.com",
            f'{URL} "HTTPS:example.com" (two slashes after the scheme: "HTTPS://example.com")',
        ),
        ("callBackURL", "http:", f'{URL} "http:"'),
        ("callBackURL", "x/ y" * 100, f'{BLANKS} "{"x/ y" * 14}x/…'),
        ("callBackURL", "http://{host}/", f'{URL} "http://{{host}}/"'),
        ("callBackURL", "http://example.com:port/", f'{URL} "http://example.com:port/"'),
        ("callBackURL", "http://example.com:123456", f'{URL} "http://example.com:123456"'),
        ("callBackURL", "http://[::1/", f'{URL} "http://[::1/"'),
        ("callBackURL", "http://[fe80::1%eth0]/", f'{URL} "http://[fe80::1%eth0]/"'),
        ("callBackURL", "http://a\\@b.example/", f'{URL} "http://a\\\\@b.example/"'),
        ("callBackURL", "http://a b.example/", f'{BLANKS} "http://a b.example/"'),
        ("callBackURL", "http://a.example/x\ny", f'{BLANKS} "http://a.example/x\\ny"'),
        ("callBackURL", "http://a.example/\x00", f'{BLANKS} "http://a.example/\\u0000"'),
        (
            "callBackURL",
            " a.example\n",
            f'{BLANKS} " a.example\\n" (remove the white space around it: "a.example")',
        ),
        (
            "callBackURL",
            "http://a/".ljust(2001, "x"),
            "must hold at most 2000 characters, got 2001",
        ),
        (
            "callBackURL",
            7,
            'must be a string or null, got number 7 (send it as a JSON string: "7")',
        ),
        ("callBackURL", ["a"], 'must be a string or null, got array ["a"]'),
        ("recordEnable", True, 'must be 1, 0, "1", "0" or null, got true (send 1)'),
        ("recordEnable", False, 'must be 1, 0, "1", "0" or null, got false (send 0)'),
        ("recordEnable", 2, 'must be 1, 0, "1", "0" or null, got 2'),
        ("recordEnable", "yes", 'must be 1, 0, "1", "0" or null, got "yes" (send 1)'),
        ("recordEnable", "False", 'must be 1, 0, "1", "0" or null, got "False" (send 0)'),
        ("recordEnable", "A", 'must be 1, 0, "1", "0" or null, got "A"'),
        ("recordEnable", [1], 'must be 1, 0, "1", "0" or null, got [1]'),
        ("recordEnable", "", 'must be 1, 0, "1", "0" or null, got ""'),
        ("recordEnable", " 1", 'must be 1, 0, "1", "0" or null, got " 1" (write it as "1")'),
        ("direction", 2, 'must be 0, 1, "0", "1" or null, got 2'),
        (
            "direction",
            "a",
            'must be 0, 1, "0", "1" or null, got "a" (send 0 to call side A first)',
        ),
        (
            "direction",
            "В",
            'must be 0, 1, "0", "1" or null, got "В" (send 1 to call side B first)',
        ),
        ("direction", {}, 'must be 0, 1, "0", "1" or null, got {}'),
        ("direction", "x" * 300, f'must be 0, 1, "0", "1" or null, got "{"x" * 58}…'),
        ("direction", True, 'must be 0, 1, "0", "1" or null, got true (send 1)'),
        ("direction", 0.5, 'must be 0, 1, "0", "1" or null, got 0.5'),
        ("duration", -1, "must be at least 0, got -1"),
        ("duration", 86401, "must be at most 86400, got 86401"),
        ("duration", "86401", f'{SECONDS} "86401"'),
        ("duration", "100000", f'{SECONDS} "100000"'),
        ("duration", "-1", f'{SECONDS} "-1"'),
        ("duration", "60 s", f'{SECONDS} "60 s" (in seconds: "60")'),
        ("duration", "60\n", f'{SECONDS} "60\\n" (in seconds: "60")'),
        ("duration", "1h", f'{SECONDS} "1h" (in seconds: "3600")'),
        ("duration", "5 Min", f'{SECONDS} "5 Min" (in seconds: "300")'),
        ("duration", "5m", f'{SECONDS} "5m" (in seconds: "300")'),
        ("duration", "90sec", f'{SECONDS} "90sec" (in seconds: "90")'),
        ("duration", "60s", f'{SECONDS} "60s" (in seconds: "60")'),
        ("duration", "1:00", f'{SECONDS} "1:00"'),
        ("duration", "1 week", f'{SECONDS} "1 week"'),
        ("duration", "99h", f'{SECONDS} "99h"'),
        ("duration", 10**400, "must be at most 86400, got 1.7976931348623157e+308"),
        ("duration", "1 000 000", f'{SECONDS} "1 000 000"'),
        ("duration", 1.5, "must be an integer, a string or null, got number 1.5"),
        ("duration", True, "must be an integer, a string or null, got boolean true"),
        ("callDescription", "я" * 1001, "must hold at most 1000 characters, got 1001"),
        ("callDescription", {}, "must be a string or null, got object {}"),
        ("simpleCallBackFollowmeStruct", "", 'must be an array or null, got string ""'),
        (
            "simpleCallBackFollowmeStruct",
            [RING] * 1001,
            "must hold at most 1000 elements, got 1001",
        ),
    ],
)
def test_an_invalid_parameter_is_explained_with_a_remedy(field, value, sentence):
    found = problems_of("makeCallBackCallFollowme", **{field: value})
    assert found == [f"{field} {sentence}"]


BLANK = (
    "\t\n\v\f\r \x00\x1c\x1f\x7f\x85\x9f\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)


@pytest.mark.parametrize("blank", BLANK, ids=lambda blank: f"U+{ord(blank):04X}")
def test_urls_contain_no_white_space(blank):
    for url in (f"http://a{blank}b.example/", f"a.example/{blank}", f"a.example?{blank}x"):
        (sentence,) = problems_of("makeCallBackCallFollowme", callBackURL=url)
        assert sentence.startswith(f"callBackURL {BLANKS} ")


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        (RING | {"type": "x"}, '.type must be one of Ringall, Linear, text, file, got "x"'),
        ({"type": "text", "value": "x"}, '.side is required when type is "text"'),
        ({"type": "linal"}, '.redirect_number is required when type is "linal"'),
        (
            {"type": "text", "value": "x", "side": "А"},
            '.side must be "A" or "B", got "А" (А is Cyrillic U+0410; type the Latin letter A)',
        ),
        (
            RING | {"redirect_number": "8-800-555"},
            f'.redirect_number {NUMBER} "8-800-555" (only digits: "8800555")',
        ),
        ({}, ".type is required"),
        (RING | {"timeout": -1}, ".timeout must be at least 0, got -1"),
        ("x", ' must be an object, got string "x"'),
    ],
)
def test_an_invalid_structure_element_is_named_by_path(element, sentence):
    found = problems_of("makeCallBackCallFollowme", simpleCallBackFollowmeStruct=[RING, element])
    assert found == [f"simpleCallBackFollowmeStruct[1]{sentence}"]


def test_each_problem_of_a_call_is_reported_once():
    found = problems_of(
        "makeCallBackCallFollowme", callBackURL="ftp://" + " " * 2001, duration=-1, direction="A"
    )
    assert found == [
        "callBackURL must hold at most 2000 characters, got 2007",
        'direction must be 0, 1, "0", "1" or null, got "A" (send 0 to call side A first)',
        "duration must be at least 0, got -1",
    ]


FILE = "must be a file name without slashes, backslashes and control characters, got"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "must not be empty"),
        ("x" * 256, "must hold at most 255 characters, got 256"),
        ("a/b", f'{FILE} "a/b"'),
        (
            "sounds/hello.wav",
            f'{FILE} "sounds/hello.wav" (a name, not a path: "hello.wav")',
        ),
        (
            "C:\\Мои звуки\\hello.wav",
            f'{FILE} "C:\\\\Мои звуки\\\\hello.wav" (a name, not a path: "hello.wav")',
        ),
        ("sounds/hel\nlo.wav", f'{FILE} "sounds/hel\\nlo.wav"'),
        ("8/800/555/35/35", f'{FILE} "8/800/555/35/35"'),
        ("hello\n", f'{FILE} "hello\\n"'),
        ("\x00", f'{FILE} "\\u0000"'),
        ("\x9f", f'{FILE} "\x9f"'),
        (7, 'must be a string, got number 7 (send it as a JSON string: "7")'),
        (None, "must be a string, got null"),
    ],
)
def test_an_invalid_file_name_is_explained(name, sentence):
    assert problems_of("setCallBackPrompt", file_name=name) == [f"file_name {sentence}"]


@pytest.mark.parametrize(
    ("call_id", "sentence"),
    [
        ("", "must not be empty"),
        (None, "must be a string or an integer, got null"),
        (1.5, "must be a string or an integer, got number 1.5"),
        ({}, "must be a string or an integer, got object {}"),
        (["1000001"], 'must be a string or an integer, got array ["1000001"]'),
    ],
)
def test_an_invalid_call_id_is_explained(call_id, sentence):
    found = problems_of("getCallBackFollowmeCallInfo", callBackCall_id=call_id)
    assert found == [f"callBackCall_id {sentence}"]


@pytest.mark.parametrize(
    ("method", "sentences"),
    [
        ("setCallBackPrompt", ["customer_name is required", "file_name is required"]),
        (
            "getCallBackFollowmeCallInfo",
            ["callBackCall_id is required", "customer_name is required"],
        ),
        ("makeCallBackCallFollowme", ["customer_name is required"]),
        ("getCustomerBalance", ["customer_name is required"]),
    ],
)
def test_missing_parameters_are_named(method, sentences):
    assert sorted(str(each) for each in validate_params(method, {})) == sentences


# accepted values


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "example.com",
        "example.com/tracking/5",
        "example.com:8080",
        "localhost:8000/events",
        "http://example.com",
        "HTTPS://EXAMPLE.COM/",
        "https://example.com?a=1&b=2",
        "https://example.com/a?b=c#d",
        "http://ann:secret@example.com/",
        "http://127.0.0.1:5000/",
        "[::1]:8080/events",
        "http://[2001:db8::1]",
        "пример.рф/события",
        "http://example.com/{id}|x",
        "http://a/".ljust(2000, "x"),
    ],
)
def test_observed_urls_are_accepted(url):
    assert problems_of("makeCallBackCallFollowme", callBackURL=url) == []


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("b_number", [None, "", "79000000001", "+79000000001"]),
        ("recordEnable", [1, 0, "1", "0", None, 1.0]),
        ("direction", [0, 1, "0", "1", None]),
        ("duration", [None, 0, 1, 60.0, 86400, "", "0", "60", "060", "00060", "79999", "86400"]),
        ("callDescription", [None, "", "order 5", "\U0001f600" * 1000, "a\nb"]),
        ("simpleCallBackFollowmeStruct", [None, [], [RING], [RING] * 1000]),
    ],
)
def test_every_spelling_of_a_parameter_is_accepted(field, values):
    for value in values:
        assert problems_of("makeCallBackCallFollowme", **{field: value}) == []


def test_observed_file_names_and_ids_are_accepted():
    for name in ("hello", "hello.wav", "Привет, мир.mp3", ".", " ", "x" * 255):
        assert problems_of("setCallBackPrompt", file_name=name) == []
    for call_id in ("1000001", "x", 1000001, 0):
        assert problems_of("getCallBackFollowmeCallInfo", callBackCall_id=call_id) == []


# notes


def notes_of(**values):
    params = {"customer_name": "1"} | values
    assert validate_params("makeCallBackCallFollowme", params) == []
    return [str(note) for note in lint_params("makeCallBackCallFollowme", params)]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("callBackURL", "a.example/5", 'callBackURL "a.example/5" has no scheme; http is assumed'),
        ("callBackURL", "http:80/x", 'callBackURL "http:80/x" has no scheme; http is assumed'),
        (
            "callBackURL",
            "http://a.example/x#top",
            'callBackURL has a fragment, which is dropped: "#top"',
        ),
        (
            "recordEnable",
            "1",
            'recordEnable is the text "1"; a number is expected, text is accepted (send 1)',
        ),
        (
            "recordEnable",
            "0",
            'recordEnable is the text "0"; a number is expected, text is accepted (send 0)',
        ),
        ("duration", 0, "duration is 0, which is no limit (leave it out, or give seconds)"),
        (
            "duration",
            "00",
            'duration is "00", which is no limit (leave it out, or give seconds)',
        ),
        (
            "simpleCallBackFollowmeStruct",
            [],
            "simpleCallBackFollowmeStruct is empty; the preset is used",
        ),
        (
            "simpleCallBackFollowmeStruct",
            [RING, RING | {"type": "linal"}],
            'simpleCallBackFollowmeStruct[1].type "linal" is a misspelling that is accepted '
            '("Linear")',
        ),
        (
            "simpleCallBackFollowmeStruct",
            [RING | {"timeout": 5}],
            "simpleCallBackFollowmeStruct[0].timeout is 5 s; MTT advises 10 s or more",
        ),
        ("bnumber", "7", 'bnumber is not a known field and is ignored (did you mean "b_number"?)'),
        (
            "callbackURL",
            "example.com",
            'callbackURL is not a known field and is ignored (did you mean "callBackURL"?)',
        ),
        (
            "callBackFollowmeStruct",  # the other method's, and no structure at that
            ["x"],
            "callBackFollowmeStruct is not a known field and is ignored "
            '(did you mean "simpleCallBackFollowmeStruct"?)',
        ),
    ],
)
def test_tolerated_call_parameters_are_noted(field, value, sentence):
    assert notes_of(**{field: value}) == [sentence]


def test_each_note_on_a_call_is_reported():
    found = notes_of(callBackURL="a.example#x", recordEnable="1", duration="0", junk=1)
    assert [note.split()[0] for note in found] == [
        "junk",
        "callBackURL",
        "callBackURL",
        "recordEnable",
        "duration",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("callBackURL", None),
        ("callBackURL", ""),
        ("callBackURL", "HTTPS://a.example/x?y"),
        ("recordEnable", 1),
        ("recordEnable", 0),
        ("recordEnable", None),
        ("duration", None),
        ("duration", ""),
        ("duration", "60"),
        ("duration", 1),
        ("direction", "0"),
        ("simpleCallBackFollowmeStruct", None),
        ("simpleCallBackFollowmeStruct", [RING]),
    ],
)
def test_ordinary_call_parameters_are_not_noted(field, value):
    assert notes_of(**{field: value}) == []


def test_an_unexpected_structure_is_one_note():
    params = {"customer_name": "1", "callBackFollowmeStruct": ["x", None]}
    (note,) = lint_params("getCallBackFollowme", params)
    assert str(note) == "callBackFollowmeStruct is not a known field and is ignored"

"""Problems and notes about followme elements: the literal message of each."""

from __future__ import annotations

import pytest

from mtt_contracts import (
    canonical_type,
    lint_params,
    schema,
    validate_params,
    validate_request,
    validate_response,
    validate_result,
)

RING = {"type": "ringall", "redirect_number": "79684881033"}
TEXT = {"type": "text", "value": "hi", "side": "A"}


def problems_of(element):
    params = {"customer_name": "1", "callBackFollowmeStruct": [RING, element]}
    return [str(problem) for problem in validate_params("setCallBackFollowme", params)]


def without(element, key):
    return {name: value for name, value in element.items() if name != key}


NUMBER = "must be digits, with or without a leading +, got"


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        (without(TEXT, "side"), '.side is required when type is "text"'),
        (TEXT | {"type": "FILE"} | {"side": None}, ".side must be a string, got null"),
        (without(TEXT, "value"), '.value is required when type is "text"'),
        (without(RING, "redirect_number"), '.redirect_number is required when type is "ringall"'),
        (
            without(RING | {"type": "linal"}, "redirect_number"),
            '.redirect_number is required when type is "linal"',
        ),
        (without(RING, "type"), ".type is required"),
        (
            TEXT | {"side": "А"},
            '.side must be "A" or "B", got "А" (А is Cyrillic U+0410; type the Latin letter A)',
        ),
        (
            TEXT | {"side": "В"},
            '.side must be "A" or "B", got "В" (В is Cyrillic U+0412; type the Latin letter B)',
        ),
        (
            TEXT | {"side": "а"},
            '.side must be "A" or "B", got "а" (а is Cyrillic U+0430; type the Latin letter A)',
        ),
        (TEXT | {"side": "a"}, '.side must be "A" or "B", got "a" (write it as "A")'),
        (TEXT | {"side": " B"}, '.side must be "A" or "B", got " B" (write it as "B")'),
        (TEXT | {"side": "C"}, '.side must be "A" or "B", got "C"'),
        (TEXT | {"side": ""}, '.side must be "A" or "B", got ""'),
        (
            RING | {"redirect_number": 79684881033},
            ".redirect_number must be a string, got number 79684881033 "
            '(send it as a JSON string: "79684881033")',
        ),
        (
            RING | {"redirect_number": "7 968 488-10-33"},
            f'.redirect_number {NUMBER} "7 968 488-10-33" (only digits: "79684881033")',
        ),
        (
            RING | {"redirect_number": "+7 (968) 488 10 33"},
            f'.redirect_number {NUMBER} "+7 (968) 488 10 33" (only digits: "+79684881033")',
        ),
        (
            RING | {"redirect_number": "79684881033\n"},
            f'.redirect_number {NUMBER} "79684881033\\n" (only digits: "79684881033")',
        ),
        (RING | {"redirect_number": ""}, f'.redirect_number {NUMBER} ""'),
        (RING | {"redirect_number": "+"}, f'.redirect_number {NUMBER} "+"'),
        (RING | {"redirect_number": "７９"}, f'.redirect_number {NUMBER} "７９"'),
        (RING | {"redirect_number": "sip:x"}, f'.redirect_number {NUMBER} "sip:x"'),
        (RING | {"redirect_number": None}, ".redirect_number must be a string, got null"),
        (
            RING | {"order": "1"},
            '.order must be a number, got string "1" (send it as a JSON number: 1)',
        ),
        (RING | {"order": "first"}, '.order must be a number, got string "first"'),
        (RING | {"order": True}, ".order must be a number, got boolean true"),
        (
            RING | {"timeout": "25"},
            '.timeout must be a number, got string "25" (send it as a JSON number: 25)',
        ),
        (RING | {"timeout": -1}, ".timeout must be at least 0, got -1"),
        (RING | {"timeout": -0.5}, ".timeout must be at least 0, got -0.5"),
        (RING | {"timeout": None}, ".timeout must be a number, got null"),
        (
            RING | {"name": 7},
            '.name must be a string, got number 7 (send it as a JSON string: "7")',
        ),
        (RING | {"name": ["x"]}, '.name must be a string, got array ["x"]'),
        (TEXT | {"value": ""}, ".value must not be empty"),
        (
            RING | {"type": "ringal"},
            '.type must be one of Ringall, Linear, text, file, got "ringal" '
            '(did you mean "Ringall"?)',
        ),
        (
            RING | {"type": "liner"},
            '.type must be one of Ringall, Linear, text, file, got "liner" '
            '(did you mean "Linear"?)',
        ),
        (
            RING | {"type": "Ringall "},
            '.type must be one of Ringall, Linear, text, file, got "Ringall " '
            '(did you mean "Ringall"?)',
        ),
        (
            RING | {"type": "ringall\n"},
            '.type must be one of Ringall, Linear, text, file, got "ringall\\n" '
            '(did you mean "Ringall"?)',
        ),
        (
            TEXT | {"type": "t\u0435\u0445t"},  # е and х are Cyrillic
            '.type must be one of Ringall, Linear, text, file, got "t\u0435\u0445t" '
            '(Cyrillic letters; type "text" in Latin ones)',
        ),
        (
            TEXT | {"type": "\u0442ext"},  # т is Cyrillic
            '.type must be one of Ringall, Linear, text, file, got "\u0442ext" '
            '(Cyrillic letters; type "text" in Latin ones)',
        ),
        (
            RING | {"type": "сall"},
            '.type must be one of Ringall, Linear, text, file, got "сall"',
        ),
        (
            TEXT | {"type": "voice"},
            '.type must be one of Ringall, Linear, text, file, got "voice"',
        ),
        (TEXT | {"type": ""}, '.type must be one of Ringall, Linear, text, file, got ""'),
        (TEXT | {"type": None}, ".type must be a string, got null"),
        (
            TEXT | {"type": 1},
            '.type must be a string, got number 1 (send it as a JSON string: "1")',
        ),
        ([], " must be an object, got array []"),
        ("ringall", ' must be an object, got string "ringall"'),
        (None, " must be an object, got null"),
        (True, " must be an object, got boolean true"),
    ],
)
def test_an_invalid_element_is_explained_with_its_path(element, sentence):
    assert problems_of(element) == [f"callBackFollowmeStruct[1]{sentence}"]


@pytest.mark.parametrize(
    ("params", "sentences"),
    [
        ({"callBackFollowmeStruct": []}, ["customer_name is required"]),
        ({}, ["callBackFollowmeStruct is required", "customer_name is required"]),
        (
            {"customer_name": 883140500000000, "callBackFollowmeStruct": []},
            [
                "customer_name must be a string, got number 883140500000000 "
                '(send it as a JSON string: "883140500000000")'
            ],
        ),
        ({"customer_name": "", "callBackFollowmeStruct": []}, ["customer_name must not be empty"]),
        (
            {"customer_name": "1", "callBackFollowmeStruct": RING},
            [
                "callBackFollowmeStruct must be an array, got object "
                '{"type": "ringall", "redirect_number": "79684881033"}'
            ],
        ),
        (
            {"customer_name": "1", "callBackFollowmeStruct": [], "caller_id": "7 9"},
            [f'caller_id {NUMBER} "7 9"'],
        ),
        (
            {"customer_name": "1", "callBackFollowmeStruct": [], "defaultBNumber": "8-800-55"},
            [f'defaultBNumber {NUMBER} "8-800-55" (only digits: "880055")'],
        ),
    ],
)
def test_problems_outside_the_elements_are_named(params, sentences):
    found = [str(problem) for problem in validate_params("setCallBackFollowme", params)]
    assert sorted(found) == sentences


def test_params_must_be_an_object():
    (problem,) = validate_params("getCallBackFollowme", ["1"])
    assert str(problem) == 'params must be an object, got array ["1"]'


def test_the_path_of_the_documented_example_is_readable():
    elements = [RING, RING, RING, RING, {"type": "text", "value": "x"}]
    params = {"customer_name": "1", "callBackFollowmeStruct": elements}
    (problem,) = validate_params("setCallBackFollowme", params)
    assert problem.path == "callBackFollowmeStruct[4].side"
    assert problem.message == 'callBackFollowmeStruct[4].side is required when type is "text"'
    assert problem.rule == "required"
    assert problem.value is None
    assert problem.hint is None
    assert problem.schema_path.endswith("then/required")


def test_problems_follow_the_order_of_elements():
    params = {"customer_name": "1", "callBackFollowmeStruct": [{}] * 12}
    found = validate_params("setCallBackFollowme", params)
    assert [problem.path for problem in found] == [
        f"callBackFollowmeStruct[{index}].type" for index in range(12)
    ]


def test_each_problem_of_an_element_is_reported_once():
    element = {"type": "ringall", "redirect_number": 7, "timeout": "x", "side": 1, "order": []}
    params = {"customer_name": "1", "callBackFollowmeStruct": [element]}
    paths = [problem.path for problem in validate_params("setCallBackFollowme", params)]
    assert sorted(paths) == [
        "callBackFollowmeStruct[0].order",
        "callBackFollowmeStruct[0].redirect_number",
        "callBackFollowmeStruct[0].side",
        "callBackFollowmeStruct[0].timeout",
    ]


def test_long_values_are_cut_in_messages():
    (problem,) = validate_params("getCallBackFollowme", {"customer_name": ["x" * 1000]})
    assert problem.message == f'customer_name must be a string, got array ["{"x" * 57}…'


def test_long_values_are_cut_in_hints_too():
    element = RING | {"redirect_number": "7" * 100_000 + "x"}
    (sentence,) = problems_of(element)
    assert len(sentence) < 300


def test_a_huge_integer_is_refused_with_a_message():
    params = {"customer_name": 10**5000}
    (problem,) = validate_params("getCallBackFollowme", params)
    assert problem.message.startswith("customer_name must be a string, got number")
    assert len(str(problem)) < 300


def test_a_deeply_nested_value_is_refused_with_a_message():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    (problem,) = validate_params("getCallBackFollowme", {"customer_name": deep})
    assert problem.message.startswith("customer_name must be a string, got array")


# accepted values

DEFINITIONS = schema("followme_element")["definitions"]
SPELLINGS = [
    (word, spelling)
    for word in ("Ringall", "Linear", "text", "file")
    for spelling in DEFINITIONS[word]["examples"]
]


def test_the_schema_lists_every_observed_spelling():
    assert {spelling for _, spelling in SPELLINGS} == {
        "Ringall",
        "ringall",
        "Linear",
        "linear",
        "linal",
        "lineral",
        "text",
        "file",
    }


@pytest.mark.parametrize(("word", "spelling"), SPELLINGS)
def test_every_documented_spelling_is_accepted_in_any_letter_case(word, spelling):
    mixed = "".join(
        letter.upper() if at % 2 else letter.lower() for at, letter in enumerate(spelling)
    )
    for cased in (spelling, spelling.upper(), spelling.lower(), spelling.title(), mixed):
        assert canonical_type(cased) == word
        element = {"type": cased, "redirect_number": "79", "value": "x", "side": "A"}
        assert problems_of(element) == []


@pytest.mark.parametrize(
    "word", ["", "ring", "ringall\n", " text", "lınal", "linea", "liNEArx", "ﬁle", "техт"]
)
def test_unknown_words_have_no_canonical_type(word):
    assert canonical_type(word) is None


@pytest.mark.parametrize(
    "element",
    [
        RING,
        TEXT,
        TEXT | {"timeout": 25, "order": 1},
        TEXT | {"value": " "},
        RING | {"redirect_number": "+79684881033"},
        RING | {"timeout": 0, "order": 1.5},
        RING | {"order": -1},
        RING | {"timeout": 1e9},
        RING | {"name": ""},
        RING | {"side": "B", "value": ""},
        TEXT | {"redirect_number": "not a number: it never rings"},
        RING | {"unknown": [{"x": None}], "": 1},
    ],
)
def test_odd_but_sensible_elements_are_accepted(element):
    assert problems_of(element) == []


@pytest.mark.parametrize("number", ["79", "+79", "0", "", None])
def test_optional_numbers_may_be_numbers_empty_or_null(number):
    params = {
        "customer_name": "1",
        "callBackFollowmeStruct": [],
        "caller_id": number,
        "defaultBNumber": number,
    }
    assert validate_params("setCallBackFollowme", params) == []


# envelopes


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        ([], "request must be an object, got array []"),
        ({"method": "getCallBackFollowme"}, "jsonrpc is required"),
        ({"jsonrpc": "2.0"}, "method is required"),
        (
            {"jsonrpc": "2.1", "method": "getCallBackFollowme"},
            'jsonrpc must be "2.0" or 2.0, got "2.1"',
        ),
        (
            {"jsonrpc": "2.0", "method": "getCallBackFollowme", "params": "x"},
            'params must be an object, an array or null, got string "x"',
        ),
        ({"jsonrpc": "2.0", "method": "getCallBackFollowme"}, "customer_name is required"),
        (
            {"jsonrpc": "2.0", "method": "getCallBackFollowme", "params": {"customer_name": ""}},
            "customer_name must not be empty",
        ),
    ],
)
def test_an_invalid_request_is_explained(envelope, sentence):
    assert [str(problem) for problem in validate_request(envelope)] == [sentence]


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        ({"jsonrpc": "2.0", "result": 1}, "id is required"),
        ({"jsonrpc": 2.0, "id": 1, "result": 1}, 'jsonrpc must be "2.0", got 2.0'),
        (
            {"jsonrpc": "2.0", "id": 1},
            'response must hold exactly one of result and error, got {"jsonrpc": "2.0", "id": 1}',
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x"}},
            "error.data is required",
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "x", "data": []}},
            "error.data must be a string or null, got array []",
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "error": {"code": "1", "message": "x", "data": None}},
            'error.code must be an integer, got string "1"',
        ),
        (
            {"jsonrpc": "2.0", "id": 1, "result": {"success": "1"}},
            None,
        ),
    ],
)
def test_an_invalid_response_is_explained(envelope, sentence):
    found = [str(problem) for problem in validate_response(envelope)]
    assert found == ([] if sentence is None else [sentence])


@pytest.mark.parametrize("method", ["setCallBackFollowme", "deleteCallBackFollowme"])
@pytest.mark.parametrize("result", [{"success": "1"}, {"success": True}, {}, None, [], 1])
def test_an_invalid_result_is_reported(method, result):
    assert validate_result(method, result) != []
    envelope = {"jsonrpc": "2.0", "id": 1, "result": result}
    assert validate_response(envelope, method) != []


def test_a_refusal_is_a_result_of_set_only():
    refusal = {"error": 1, "error_description": "Side B not clear. Delete before insert"}
    assert validate_result("setCallBackFollowme", refusal) == []
    assert validate_result("deleteCallBackFollowme", refusal) != []


# notes


def notes_of(element, **more):
    params = {"customer_name": "1", "callBackFollowmeStruct": [TEXT, element], **more}
    assert validate_params("setCallBackFollowme", params) == []
    return [str(note) for note in lint_params("setCallBackFollowme", params)]


@pytest.mark.parametrize(
    ("element", "sentence"),
    [
        (RING | {"type": "linal"}, '.type "linal" is a misspelling that is accepted ("Linear")'),
        (
            RING | {"type": "LINERAL"},
            '.type "LINERAL" is a misspelling that is accepted ("Linear")',
        ),
        (RING | {"timeout": 9}, ".timeout is 9 s; MTT advises 10 s or more"),
        (RING | {"timeout": 9.5}, ".timeout is 9.5 s; MTT advises 10 s or more"),
        (RING | {"timeout": 0}, ".timeout is 0 s; MTT advises 10 s or more"),
        (
            RING | {"time_out": 25},
            '.time_out is not a known field and is ignored (did you mean "timeout"?)',
        ),
        (RING | {"colour": 1}, ".colour is not a known field and is ignored"),
        (
            RING | {"nаme": "x"},  # а is Cyrillic
            '.nаme is not a known field and is ignored (did you mean "name"?)',
        ),
        (
            RING | {"redirect_number": "89684881033"},
            '.redirect_number "89684881033" begins with 8, the Russian trunk prefix (MTT\'s examples '
            'and the magic numbers begin with 7: "79684881033")',
        ),
        (RING | {"side": "B"}, '.side is "B", but a number to ring always belongs to side A'),
    ],
)
def test_tolerated_elements_are_noted(element, sentence):
    assert notes_of(element) == [f"callBackFollowmeStruct[1]{sentence}"]


@pytest.mark.parametrize("number", ["79684881033", "+89684881033", "8968488103", "896848810331"])
def test_other_numbers_have_no_trunk_prefix(number):
    assert notes_of(RING | {"redirect_number": number}) == []


def test_the_trunk_prefix_is_noted_in_each_parameter():
    assert [note.partition(" ")[0] for note in notes_of(RING, defaultBNumber="89684881033")] == [
        "defaultBNumber"
    ]


def test_an_unknown_parameter_is_noted():
    assert notes_of(RING, callerid="79") == [
        'callerid is not a known field and is ignored (did you mean "caller_id"?)'
    ]
    assert [
        str(note) for note in lint_params("getCallBackFollowme", {"customer_name": "1", "x": 1})
    ] == ["x is not a known field and is ignored"]


@pytest.mark.parametrize(
    "element",
    [RING, TEXT, RING | {"type": "LINEAR"}, RING | {"timeout": 10}, RING | {"side": "A"}],
)
def test_ordinary_elements_are_not_noted(element):
    assert notes_of(element) == []

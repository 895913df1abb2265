"""The differences of two JSON values."""

import pytest

from mtt_mock.domain.json_diff import (
    MISSING,
    Difference,
    json_differences,
    same_elements,
    same_json,
)


def lines(expected, seen, path="params", **options):
    return [str(difference) for difference in json_differences(expected, seen, path, **options)]


def test_equal_values_differ_nowhere():
    value = {"a": [1, {"b": None}], "c": "Ж"}
    assert lines(value, {"c": "Ж", "a": [1, {"b": None}]}) == []


def test_each_difference_names_its_path():
    expected = {"struct": [{"order": 1, "side": "A"}], "name": "x"}
    seen = {"struct": [{"order": 2, "side": "A"}, 7], "extra": None}
    assert lines(expected, seen) == [
        "params.struct[0].order: expected 1, seen 2",
        "params.struct[1]: expected nothing, seen 7",
        'params.name: expected "x", seen nothing',
        "params.extra: expected nothing, seen null",
    ]


@pytest.mark.parametrize(("first", "second"), [(1, 1.0), (1, True), (0, False), ("1", 1), (0, "")])
def test_values_of_different_types_differ(first, second):
    assert not same_json([first], [second])


def test_a_null_differs_from_a_missing_value():
    assert list(json_differences({"a": None}, {})) == [Difference("a", None, MISSING)]


def test_an_array_differs_from_an_object():
    assert lines([], {}, "result") == ["result: expected [], seen {}"]


def test_long_values_are_shortened():
    assert lines("a" * 300, "") == [f'params: expected "{"a" * 198}…, seen ""']


@pytest.mark.parametrize(
    ("expected", "seen", "text"),
    [
        ("Анна", "Aнна", "1: expected U+0410 CYRILLIC CAPITAL LETTER A, seen U+0041 LATIN CAPITAL LETTER A"),
        ("a b", "a\u00a0b", "2: expected U+0020 SPACE, seen U+00A0 NO-BREAK SPACE"),
        ("ab", "ab ", "3: expected its end, seen U+0020 SPACE"),
        ("a\u200b", "a", "2: expected U+200B ZERO WIDTH SPACE, seen its end"),
        ("a\x07", "a\x08", "2: expected U+0007, seen U+0008"),
    ],
)  # fmt: skip
def test_characters_that_look_alike_are_named(expected, seen, text):
    (line,) = lines(expected, seen)
    assert line.endswith(f" (character {text})")


@pytest.mark.parametrize(
    ("expected", "seen"), [("Анна", "Олег"), ("a1", "a2"), ("a", "ab"), ("1", "a")]
)
def test_characters_that_differ_visibly_are_not_named(expected, seen):
    (line,) = lines(expected, seen)
    assert line == f'params: expected "{expected}", seen "{seen}"'


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ([1, 2, 2], [2, 1, 2], True),
        ([{"a": 1}, {"b": 2}], [{"b": 2}, {"a": 1}], True),
        ([1, 2, 2], [2, 1, 1], False),
        ([1], [1, 1], False),
        ([1, 2], [2, 1.0], False),
        ({"a": 1}, [1], False),
    ],
)
def test_arrays_may_have_the_same_elements(first, second, same):
    assert same_elements(first, second) is same


def test_volatile_values_can_be_compared_by_kind():
    def kind(value, key):
        return "URL" if key == "downloadURL" else value

    seen = {"downloadURL": "http://b.example/2", "cost": 1}
    expected = {"downloadURL": "http://a.example/1", "cost": 2}
    assert lines(expected, seen, "result", compare_by=kind) == ["result.cost: expected 2, seen 1"]

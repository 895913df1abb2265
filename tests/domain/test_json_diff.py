"""The differences of two JSON values."""

import pytest

from mtt_mock.domain.json_diff import MISSING, Difference, json_differences, same_json


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


def test_volatile_values_can_be_compared_by_kind():
    def kind(value, key):
        return "URL" if key == "downloadURL" else value

    seen = {"downloadURL": "http://b.example/2", "cost": 1}
    expected = {"downloadURL": "http://a.example/1", "cost": 2}
    assert lines(expected, seen, "result", compare_by=kind) == ["result.cost: expected 2, seen 1"]

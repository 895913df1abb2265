"""Text for messages: shortened, without control characters."""

from mtt_mock.domain.text import printable, shorten, shorten_json


def test_short_text_is_unchanged():
    assert shorten("abcde", 5) == "abcde"


def test_long_text_ends_in_an_ellipsis():
    assert shorten("abcdef", 5) == "abcd…"


def test_a_value_is_shown_as_json():
    assert shorten_json({"name": "Анна", "order": [1, True, None]}) == (
        '{"name": "Анна", "order": [1, true, null]}'
    )


def test_json_can_be_ascii_only():
    assert shorten_json("Ж\x1b", ensure_ascii=True) == '"\\u0416\\u001b"'


def test_values_outside_json_are_shown_by_repr():
    assert shorten_json(b"\x00") == "\"b'\\\\x00'\""


def test_a_circle_is_shown_by_its_type():
    circle = []
    circle.append(circle)
    assert shorten_json(circle) == "list"


def test_printable_text_reaches_a_terminal_as_it_is():
    assert printable("Анна ✓", 20) == "Анна ✓"


def test_control_characters_do_not_reach_a_terminal():
    assert printable("a\x1b[31m\r\nb\u202e", 20) == "a\ufffd[31m\ufffd\ufffdb\ufffd"

"""Masks telephone numbers, URLs and secrets in JSON values."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from mtt_mock.domain.sensitive import (
    is_option_value,
    is_secret_name,
    is_url_name,
    mask_text,
    mask_url,
)
from mtt_mock.domain.subscribers import MIN_NUMBER_DIGITS

_MIN_NUMBER = 10 ** (MIN_NUMBER_DIGITS - 1)  # a telephone number as a JSON number


def masked(value: Any) -> Any:
    """Return ``value`` with masked telephone numbers (79******033), URLs and secrets (***).

    A telephone number has seven digits or more, in any spelling: in a text, in a key, or as a JSON
    number, which becomes a text. A URL loses user, password, query and fragment.
    """
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {masked(name): _masked_item(name, item) for name, item in value.items()}
    if isinstance(value, list):
        return [
            "***" if is_option_value(before, item) else masked(item)
            for before, item in pairwise([None, *value])
        ]
    if isinstance(value, int | float) and abs(value) >= _MIN_NUMBER:
        whole, point, fraction = str(value).partition(".")
        return f"{mask_text(whole)}{point}{fraction}"
    return value


def _masked_item(name: str, item: Any) -> Any:
    if isinstance(item, str) and is_url_name(name):
        return mask_url(item)
    if isinstance(item, str | list | dict) and item and is_secret_name(name):
        return "***"
    return masked(item)

"""Hypothesis strategies for what the contract allows, drawn from the schema files.

Needs hypothesis (``pip install "mtt-mock[pytest]"``). Examples shrink to one short element.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mtt_contracts import _files
from mtt_contracts._element_types import PROMPTS, QUEUES

_KINDS = (*QUEUES, *PROMPTS)


def numbers() -> st.SearchStrategy[str]:
    """Return telephone numbers: digits, with or without a leading +."""
    return st.from_regex(_files.schema("number")["pattern"], fullmatch=True)


def followme_elements(*, kinds: tuple[str, ...] = _KINDS) -> st.SearchStrategy[dict[str, Any]]:
    """Return valid elements of a callBackFollowmeStruct, as wire objects.

    ``kinds`` are canonical words out of Ringall, Linear, text and file. Raises ``ValueError`` for
    any other word, or for none.
    """
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds must be some of {', '.join(_KINDS)}, got {kinds!r}")
    return st.one_of([_elements_of(kind) for kind in kinds])


def followme_structs(*, min_size: int = 1, max_size: int = 6) -> st.SearchStrategy[list[Any]]:
    """Return valid structures of ``min_size`` to ``max_size`` elements.

    Raises ``ValueError`` when the sizes are not 0 ≤ min_size ≤ max_size.
    """
    if not 0 <= min_size <= max_size:
        raise ValueError(f"need 0 <= min_size <= max_size, got {min_size} and {max_size}")
    return st.lists(followme_elements(), min_size=min_size, max_size=max_size)


def set_followme_params(
    *, customer_names: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Return valid named params of setCallBackFollowme.

    ``customer_names``: where customers are drawn from (default: numbers).
    """
    optional = st.none() | numbers()
    return st.fixed_dictionaries(
        {
            "customer_name": numbers() if customer_names is None else customer_names,
            "callBackFollowmeStruct": followme_structs(),
        },
        optional={"caller_id": optional, "defaultBNumber": optional},
    )


def _elements_of(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    schema = _files.schema("followme_element")
    fields, word = schema["properties"], schema["definitions"][kind]
    texts = st.text(st.characters(codec="utf-8"), max_size=20)
    sides = st.sampled_from(fields["side"]["enum"])
    order = st.integers(-10, 1000)
    timeout = st.integers(fields["timeout"]["minimum"], 300) | st.floats(0, 300)
    types = st.sampled_from(word["examples"]) | st.from_regex(word["pattern"], fullmatch=True)
    if kind in QUEUES:
        return st.fixed_dictionaries(
            {"type": types, "redirect_number": numbers()},
            optional={"order": order, "timeout": timeout, "name": texts},
        )
    return st.fixed_dictionaries(
        {"type": types, "value": texts.filter(len), "side": sides},
        optional={"order": order, "timeout": timeout},
    )

"""Hypothesis strategies for valid values of the contract, built from the schema files.

Needs hypothesis (``pip install "mtt-mock[pytest]"``). Examples shrink to one short element.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mtt_contracts import _files
from mtt_contracts._element_types import PROMPTS, QUEUES

_KINDS = (*QUEUES, *PROMPTS)
_SCHEMES = ("http", "https", "")
_OMITTED: Any = object()


def numbers() -> st.SearchStrategy[str]:
    """Generate telephone numbers: digits, with or without a leading +.

    Returns:
        A strategy for texts of the contract's pattern of numbers.
    """
    return st.from_regex(_files.schema("number")["pattern"], fullmatch=True)


def followme_elements(*, kinds: tuple[str, ...] = _KINDS) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid elements of a callBackFollowmeStruct, as JSON objects.

    Args:
        kinds: Some of Ringall, Linear, text and file.

    Returns:
        A strategy for elements that the contract accepts.

    Raises:
        ValueError: ``kinds`` is empty or holds another word.
    """
    unknown = [kind for kind in kinds if kind not in _KINDS]
    if unknown or not kinds:
        raise ValueError(f"kinds must be some of {', '.join(_KINDS)}, got {kinds!r}")
    return st.one_of([_elements_of(kind) for kind in kinds])


def followme_structs(*, min_size: int = 1, max_size: int = 6) -> st.SearchStrategy[list[Any]]:
    """Generate valid structures.

    Args:
        min_size: Minimum number of elements.
        max_size: Maximum number of elements.

    Returns:
        A strategy for lists of elements.

    Raises:
        ValueError: Not 0 <= min_size <= max_size.
    """
    if not 0 <= min_size <= max_size:
        raise ValueError(f"need 0 <= min_size <= max_size, got {min_size} and {max_size}")
    return st.lists(followme_elements(), min_size=min_size, max_size=max_size)


def set_followme_params(
    *, customer_names: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid named params of setCallBackFollowme.

    Args:
        customer_names: A strategy for customer_name; default: numbers.

    Returns:
        A strategy for params by name.

    Raises:
        TypeError: ``customer_names`` is not a strategy.
    """
    optional = st.none() | numbers()
    return st.fixed_dictionaries(
        {
            "customer_name": _strategy_or("customer_names", customer_names, numbers()),
            "callBackFollowmeStruct": followme_structs(),
        },
        optional={"caller_id": optional, "defaultBNumber": optional},
    )


def prompt_names() -> st.SearchStrategy[str]:
    """Generate valid names of prompts (file_name), with or without extension.

    Returns:
        A strategy for names of at most 24 characters.
    """
    letters = st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="/\\")
    extensions = st.sampled_from(["", ".wav", ".mp3"])
    return st.builds("{}{}".format, st.text(letters, min_size=1, max_size=20), extensions)


def call_back_urls(*, schemes: tuple[str, ...] = _SCHEMES) -> st.SearchStrategy[str]:
    """Generate valid callBackURLs: names and addresses, with and without port, path and query.

    Args:
        schemes: Some of http, https and the empty string, which is a URL without a scheme (public
            clients send it; it means http).

    Returns:
        A strategy for URLs.

    Raises:
        ValueError: ``schemes`` is empty or holds another scheme.
    """
    unknown = [scheme for scheme in schemes if scheme not in _SCHEMES]
    if unknown or not schemes:
        known = ", ".join(map(repr, _SCHEMES))
        raise ValueError(f"schemes must be some of {known}, got {schemes!r}")
    label = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
    host = st.one_of(
        st.just("example.com"),
        st.builds("{}.example".format, label),
        st.ip_addresses(v=4).map(str),
        st.ip_addresses(v=6).map("[{}]".format),
        st.sampled_from(["localhost", "пример.рф"]),
    )
    port = st.just("") | st.integers(1, 65535).map(":{}".format)
    word = st.text("abz019-._~%/:@!$&'()*+,;=é", max_size=8)
    path = st.just("") | st.builds("/{}".format, word)
    query = st.just("") | st.builds("?{}={}".format, word, word)
    fragment = st.sampled_from(["", "", "", "#top"])
    prefix = st.sampled_from([scheme and f"{scheme}://" for scheme in schemes])
    return st.tuples(prefix, host, port, path, query, fragment).map("".join)


def make_call_params(
    *,
    customer_names: st.SearchStrategy[str] | None = None,
    urls: st.SearchStrategy[str] | None = None,
) -> st.SearchStrategy[dict[str, Any]]:
    """Generate valid named params of makeCallBackCallFollowme.

    Params without numbers or caller_id are valid: the stored structure may have them.

    Args:
        customer_names: A strategy for customer_name; default: numbers.
        urls: A strategy for callBackURL; default: ``call_back_urls()``.

    Returns:
        A strategy for params by name.

    Raises:
        TypeError: An argument is not a strategy.
    """
    fields = _files.schema("makeCallBackCallFollowme.params")["properties"]
    seconds = st.integers(0, _files.schema("duration")["maximum"])
    number = st.none() | numbers() | st.just("")
    text = st.text(st.characters(codec="utf-8"), max_size=20)
    url = _strategy_or("urls", urls, call_back_urls())
    params = {
        "b_number": number,
        "caller_id": number,
        "callBackURL": st.none() | url | st.just(""),
        "simpleCallBackFollowmeStruct": st.none() | followme_structs(min_size=0),
        "recordEnable": st.sampled_from(fields["recordEnable"]["enum"]),
        "duration": st.none() | seconds | seconds.map(str) | st.just(""),
        "client_caller_id": number,
        "direction": st.sampled_from(fields["direction"]["enum"]),
        "callDescription": st.none() | text,
    }
    # Each param is omitted on its own: this shrinks better than fixed_dictionaries' optional.
    optional = {name: st.just(_OMITTED) | values for name, values in params.items()}
    customer = _strategy_or("customer_names", customer_names, numbers())
    return st.fixed_dictionaries({"customer_name": customer, **optional}).map(
        lambda drawn: {name: value for name, value in drawn.items() if value is not _OMITTED}
    )


def _strategy_or(
    name: str, strategy: st.SearchStrategy[str] | None, default: st.SearchStrategy[str]
) -> st.SearchStrategy[str]:
    if strategy is None:
        return default
    if not isinstance(strategy, st.SearchStrategy):
        raise TypeError(f"{name} must be a Hypothesis strategy, got {strategy!r}")
    return strategy


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

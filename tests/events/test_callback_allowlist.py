"""The allowlist of callback addresses."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtt_mock.service.callbacks import CallbackAllowlist

PRIVATE = CallbackAllowlist.parse(["private"])
PRIVATE_NETWORKS = [
    ipaddress.ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.255.1.2", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::1",
     "fd12:3456::1", "::ffff:10.0.0.1", "::ffff:7f00:1", "fd12::1%3"],
)  # fmt: skip
def test_private_is_loopback_and_private_networks(address):
    assert PRIVATE.allows("h", address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "fe80::1", "fe80::1%2", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
     "255.255.255.255", "240.0.0.1", "100.64.0.1", "100.100.100.200", "172.15.0.1", "172.32.0.1",
     "8.8.8.8", "2001:db8::1", "::ffff:169.254.169.254", "::ffff:8.8.8.8", "::127.0.0.1",
     "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
     "fd00:ec2::254%1", "nonsense", ""],
)  # fmt: skip
def test_private_excludes_other_addresses(address):
    assert not PRIVATE.allows("localhost", address)


@given(st.ip_addresses())
def test_private_equals_its_networks(address):
    inside = any(address in network for network in PRIVATE_NETWORKS)
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is None and str(address) not in ("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"):
        assert PRIVATE.allows("h", str(address)) == inside


@given(st.ip_addresses(v=4))
def test_mapped_ipv4_addresses_are_checked_as_ipv4(address):
    for targets in (PRIVATE, CallbackAllowlist.parse(["128.0.0.0/1"])):
        direct = targets.allows("h", str(address))
        assert targets.allows("h", f"::ffff:{address}") == direct


@given(st.ip_addresses(), st.sampled_from(["h", "localhost", "127.0.0.1", "example.com"]))
def test_any_allows_all_and_none_allows_nothing(address, host):
    assert CallbackAllowlist.parse(["any"]).allows(host, str(address))
    assert not CallbackAllowlist.parse(["none"]).allows(host, str(address))
    assert not CallbackAllowlist.parse([]).allows(host, str(address))


@given(st.ip_addresses(), st.integers(0, 32), st.ip_addresses())
def test_a_network_allows_only_its_addresses(inside, prefix, other):
    network = ipaddress.ip_network(f"{inside}/{prefix}", strict=False)
    targets = CallbackAllowlist.parse([str(network)])
    if getattr(inside, "ipv4_mapped", None) or getattr(other, "ipv4_mapped", None):
        return
    assert targets.allows("h", str(inside))
    assert targets.allows("h", str(other)) == (
        other.version == network.version and other in network
    )


@pytest.mark.parametrize(
    ("word", "host", "allowed"),
    [
        ("hooks.example.com", "hooks.example.com", True),
        ("hooks.example.com", "HOOKS.Example.com.", True),
        ("Hooks.Example.com.", "hooks.example.com", True),
        ("hooks.example.com", "example.com", False),
        ("hooks.example.com", "a.hooks.example.com", False),
        ("hooks.example.com", "xhooks.example.com", False),
        ("*.example.com", "hooks.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("receiver", "receiver", True),
        ("my_service-1", "my_service-1", True),
        ("пример.рф", "xn--e1afmkfd.xn--p1ai", True),
        ("*.пример.рф", "a.xn--e1afmkfd.xn--p1ai", True),
    ],
)
def test_an_allowed_name_may_resolve_to_any_address(word, host, allowed):
    targets = CallbackAllowlist.parse([word])
    assert [targets.allows(host, each) for each in ("8.8.8.8", "169.254.169.254", "::1")] == [allowed] * 3  # fmt: skip


@pytest.mark.parametrize(
    ("word", "address", "allowed"),
    [
        ("203.0.113.0/24", "203.0.113.255", True),
        ("203.0.113.0/24", "203.0.114.0", False),
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8::/32", "2001:db8::5%4", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("::ffff:203.0.113.0/120", "203.0.113.9", True),
        ("169.254.0.0/16", "169.254.169.254", True),
    ],
)
def test_an_address_is_checked_against_the_networks(word, address, allowed):
    assert CallbackAllowlist.parse([word]).allows("8.8.8.8", address) == allowed


def test_several_words_add_up():
    targets = CallbackAllowlist.parse([" Private ", "hooks.example.com", "203.0.113.0/24"])
    assert targets.words == ("private", "hooks.example.com", "203.0.113.0/24")
    assert targets.allows("h", "127.0.0.1")
    assert targets.allows("hooks.example.com", "8.8.8.8")
    assert targets.allows("h", "203.0.113.9")
    assert not targets.allows("h", "8.8.8.8")


def test_a_single_word_is_parsed_as_a_list():
    assert CallbackAllowlist.parse("private") == CallbackAllowlist.parse(["private"])


POSSIBLE = (
    'expected "any", "private" (loopback and private addresses), "none", host names '
    "(hooks.example.com, *.example.com), addresses and networks (203.0.113.0/24)"
)


@pytest.mark.parametrize(
    "word",
    ["", "*", "privat", "privates", "http://example.com", "example.com:80", "a b", "256.1.1.1", "10.0.0",
     "2130706433", "*.*.com", "a*.com", "example..com", "-a.com", "[::1", "10.0.0.0/33", "::1/x",
     "\u2603\u200d-"],
)  # fmt: skip
def test_the_error_names_the_invalid_and_the_valid_words(word):
    with pytest.raises(ValueError) as refused:
        CallbackAllowlist.parse(["127.0.0.1", word])
    assert (
        str(refused.value)
        == f"callback_allow: {word!r} is not a host, address or network; {POSSIBLE}"
    )


def test_a_network_with_host_bits_is_corrected():
    with pytest.raises(ValueError) as refused:
        CallbackAllowlist.parse(["203.0.113.5/24"])
    assert str(refused.value) == (
        "callback_allow: '203.0.113.5/24' has host bits set; did you mean 203.0.113.0/24?"
    )


def test_none_excludes_other_words():
    with pytest.raises(ValueError) as refused:
        CallbackAllowlist.parse(["none", "hooks.example.com"])
    assert (
        str(refused.value) == 'callback_allow: "none" excludes all other words (hooks.example.com)'
    )


@given(st.lists(st.text(max_size=30), max_size=3))
def test_any_words_are_parsed_or_refused(words):
    sentence = "callback_allow: "
    try:
        CallbackAllowlist.parse(words)
    except ValueError as refused:
        sentence = str(refused)
    assert sentence.startswith("callback_allow: ")


def test_a_refusal_names_the_option_that_allows_it():
    assert PRIVATE.explain_refusal("hooks.example.com", "203.0.113.7") == (
        "events may not go to hooks.example.com (203.0.113.7): --callback-allow (setting callback_allow) is "
        "private; --callback-allow hooks.example.com lets them through"
    )
    assert CallbackAllowlist.parse(["10.0.0.0/8", "h"]).explain_refusal("8.8.8.8", "8.8.8.8") == (
        "events may not go to 8.8.8.8: --callback-allow (setting callback_allow) is 10.0.0.0/8, h; "
        "--callback-allow 8.8.8.8 lets them through"
    )
    assert PRIVATE.explain_refusal("134744072", "8.8.8.8") == (
        "events may not go to 134744072 (8.8.8.8): --callback-allow (setting callback_allow) is private; "
        "--callback-allow 8.8.8.8 lets them through"
    )

"""The allowlist of callBackURLs: keeps a shared fake from requesting arbitrary hosts (SSRF)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from msgspec import Struct

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WORDS = ("any", "private", "none")
_ALLOWED_WORDS = (
    'expected "any", "private" (loopback and private addresses), "none", host names '
    "(hooks.example.com, *.example.com), addresses and networks (203.0.113.0/24)"
)
# A list of private networks, not of exceptions: link-local addresses (169.254.169.254 gives out a
# cloud's credentials), multicast, 0.0.0.0 and future reserved networks stay out.
_PRIVATE: tuple[_Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
# The services of Amazon's and Google's clouds that give out credentials, inside fc00::/7.
_METADATA = tuple(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254")
)
_LABEL = r"[a-z0-9_]+(?:-+[a-z0-9_]+)*"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_TYPO_CUTOFF = 0.8  # difflib's similarity


class CallbackAllowlist(Struct, frozen=True):
    """The hosts that events may be sent to. Make it with ``parse``.

    Attributes:
        words: The words that it was parsed from.
        any: Whether every host is allowed.
        private: Whether loopback and private addresses are allowed.
        names: Allowed host names in lower case. ``*.example.com`` stands for every name under
            example.com, not for example.com itself.
        networks: Allowed networks.
    """

    words: tuple[str, ...]
    any: bool = False
    private: bool = False
    names: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> CallbackAllowlist:
        """Return the allowlist of ``texts``.

        Args:
            texts: Each is ``any``, ``private`` (loopback, RFC 1918, IPv6 ULA), ``none`` (alone), a
                host name, an address or a network. An empty list means ``none``.

        Raises:
            ValueError: A text is none of these. The message names it and the possible words.
        """
        words = tuple(
            text.strip().lower() for text in ([texts] if isinstance(texts, str) else texts)
        )
        if "none" in words and len(set(words)) > 1:
            others = ", ".join(word for word in words if word != "none")
            raise ValueError(f'callback_allow: "none" excludes all other words ({others})')
        names, networks = [], []
        for word in words:
            if word in _WORDS:
                continue
            network = _network(word)
            if network is not None:
                networks.append(network)
            else:
                names.append(_name(word))
        return cls(
            words=words or ("none",),
            any="any" in words,
            private="private" in words,
            names=frozenset(names),
            networks=tuple(networks),
        )

    def allows(self, host: str, address: str) -> bool:
        """Return whether an event may go to ``host``, which was resolved to ``address``.

        A host that is allowed by name may have any address. Otherwise the address decides.
        """
        if self.any or self._has_name(host):
            return True
        try:
            resolved = _plain(address)
        except ValueError:
            return False
        if self.private and resolved not in _METADATA and _within(resolved, _PRIVATE):
            return True
        return _within(resolved, self.networks)

    def explain_refusal(self, host: str, address: str) -> str:
        """Return a sentence about a refusal, with the option that allows the host."""
        shown = host if host == address else f"{host} ({address})"
        word = host
        try:
            CallbackAllowlist.parse([host])
        except ValueError:  # such as 2130706433, a notation of 127.0.0.1
            word = address.partition("%")[0]
        return (
            f"events may not go to {shown}: --callback-allow (setting callback_allow) is "
            f"{', '.join(self.words)}; --callback-allow {word} lets them through"
        )

    def _has_name(self, host: str) -> bool:
        if not self.names:
            return False
        name = host.lower().removesuffix(".")
        if name in self.names:
            return True
        labels = name.split(".")
        return any(f"*.{'.'.join(labels[index:])}" in self.names for index in range(1, len(labels)))


def _plain(address: str) -> _Address:
    """Return ``address`` without its scope id; an IPv4-mapped IPv6 address becomes IPv4."""
    plain = ipaddress.ip_address(address.partition("%")[0])
    return getattr(plain, "ipv4_mapped", None) or plain


def _within(address: _Address, networks: tuple[_Network, ...]) -> bool:
    return any(address in network for network in networks)


def _network(word: str) -> _Network | None:
    """Return ``word`` as a network, ``None`` if it looks like a name."""
    bare = word[1:-1] if word.startswith("[") and word.endswith("]") else word
    try:
        network = ipaddress.ip_network(bare)
    except ValueError:
        try:
            corrected = ipaddress.ip_network(bare, strict=False)
        except ValueError:
            return None
        raise ValueError(
            f"callback_allow: {word!r} has host bits set; did you mean {corrected}?"
        ) from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        mapped = network.network_address.ipv4_mapped
        return ipaddress.ip_network(f"{mapped}/{max(network.prefixlen - 96, 0)}")
    return network


def _name(word: str) -> str:
    name = word.removesuffix(".")
    if not name.isascii():
        import idna  # noqa: PLC0415 - large, and rarely needed

        star, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
        try:
            name = star + idna.encode(rest, uts46=True).decode()
        except idna.IDNAError:
            raise _invalid(word) from None
    # A name whose last label is a number is a mistyped address.
    if not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise _invalid(word)
    import difflib  # noqa: PLC0415

    if difflib.get_close_matches(name, _WORDS, n=1, cutoff=_TYPO_CUTOFF):
        raise _invalid(word)
    return name


def _invalid(word: str) -> ValueError:
    return ValueError(
        f"callback_allow: {word!r} is not a host, address or network; {_ALLOWED_WORDS}"
    )

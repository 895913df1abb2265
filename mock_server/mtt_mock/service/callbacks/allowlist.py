"""Where events may go: a shared fake must not be made to call arbitrary hosts."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_WORDS = ("any", "private", "none")
_POSSIBLE = (
    'possible are "any", "private" (loopback and private addresses), "none", host names '
    "(hooks.example.com, *.example.com), addresses and networks (203.0.113.0/24)"
)
# What is private is listed, not what is public: link-local (169.254.169.254 gives out a cloud's
# credentials), multicast, 0.0.0.0 and whatever is reserved one day stay out.
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
# The same service of Amazon's and Google's clouds, inside fc00::/7.
_METADATA = (ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("fd20:ce::254"))
_LABEL = r"[a-z0-9_]+(?:-+[a-z0-9_]+)*"
_NAME = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*")
_CLOSE = 0.8  # of difflib: a slip of the pen


@dataclass(frozen=True, slots=True)
class CallbackAllowlist:
    """The hosts that events may be sent to; ``words`` are what it was made from.

    Make it with ``parse``. ``names`` are lower case, ``*.example.com`` stands for every name under
    example.com, not for example.com itself.
    """

    words: tuple[str, ...]
    any: bool = False
    private: bool = False
    names: frozenset[str] = frozenset()
    networks: tuple[_Network, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> CallbackAllowlist:
        """Return the targets that ``texts`` name; none at all means ``none``.

        Each text is ``any``, ``private`` (loopback, RFC 1918, IPv6 ULA), ``none`` (by itself), a
        host name, an address or a network. Raises ``ValueError`` that names the wrong one and says
        what is possible.
        """
        words = tuple(
            text.strip().lower() for text in ([texts] if isinstance(texts, str) else texts)
        )
        if "none" in words and len(set(words)) > 1:
            others = ", ".join(word for word in words if word != "none")
            raise ValueError(f'callback_allow: "none" cannot stand beside others ({others})')
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

    def allowed(self, host: str, address: str) -> bool:
        """Say whether an event may go to ``host``, which has been resolved to ``address``.

        A name that is allowed by name may have any address; otherwise the address decides, however
        the host was written.
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

    def reason(self, host: str, address: str) -> str:
        """Return the sentence for a refusal, with what lets the event through."""
        place = host if host == address else f"{host} ({address})"
        word = host
        try:
            CallbackAllowlist.parse([host])
        except ValueError:  # such as 2130706433, which is 127.0.0.1
            word = address.partition("%")[0]
        return (
            f"events may not go to {place}: --callback-allow (setting callback_allow) is "
            f"{', '.join(self.words)}; --callback-allow {word} lets them through"
        )

    def _has_name(self, host: str) -> bool:
        if not self.names:
            return False
        name = host.lower().removesuffix(".")
        if name in self.names:
            return True
        labels = name.split(".")
        return any(f"*.{'.'.join(labels[at:])}" in self.names for at in range(1, len(labels)))


def _plain(address: str) -> _Address:
    """Return ``address`` without a scope id, and an IPv4 address mapped into IPv6 as such."""
    plain = ipaddress.ip_address(address.partition("%")[0])
    return getattr(plain, "ipv4_mapped", None) or plain


def _within(address: _Address, networks: tuple[_Network, ...]) -> bool:
    return any(address in network for network in networks)


def _network(word: str) -> _Network | None:
    """Return the network or address that ``word`` is, None when it looks like neither."""
    bare = word[1:-1] if word.startswith("[") and word.endswith("]") else word
    try:
        network = ipaddress.ip_network(bare)
    except ValueError:
        try:
            near = ipaddress.ip_network(bare, strict=False)
        except ValueError:
            return None
        raise ValueError(f"callback_allow: {word!r} is no network; did you mean {near}?") from None
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        mapped = network.network_address.ipv4_mapped
        return ipaddress.ip_network(f"{mapped}/{max(network.prefixlen - 96, 0)}")
    return network


def _name(word: str) -> str:
    name = word.removesuffix(".")
    if not name.isascii():
        import idna  # noqa: PLC0415 - large, and seldom needed

        star, rest = ("*.", name[2:]) if name.startswith("*.") else ("", name)
        try:
            name = star + idna.encode(rest, uts46=True).decode()
        except idna.IDNAError:
            raise _wrong(word) from None
    # A name whose last label is a number is an address that went wrong.
    if not _NAME.fullmatch(name) or name.rpartition(".")[2].isdigit():
        raise _wrong(word)
    import difflib  # noqa: PLC0415

    if difflib.get_close_matches(name, _WORDS, n=1, cutoff=_CLOSE):
        raise _wrong(word)
    return name


def _wrong(word: str) -> ValueError:
    return ValueError(f"callback_allow: {word!r} is no place that events can go to; {_POSSIBLE}")

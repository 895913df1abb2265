"""Builds the URL of an event from its callBackURL.

Not a WHATWG parser such as ada-url: MTT keeps the query to the letter, and dot segments and
backslashes of the path must arrive as the application wrote them.
"""

from __future__ import annotations

import contextlib
import re
from urllib.parse import quote, unquote

from mtt_mock.domain.text import shorten
from mtt_mock.domain.url_secrets import mask_url_secrets
from mtt_mock.service.callbacks.delivery import CallbackEvent

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!\d+(?:[/?#]|$))")  # not host:port
_PARTS = re.compile(r"(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?", re.DOTALL)
_DEFAULT_PORT = {"http": 80, "https": 443}
_MAX_PORT = 65535
_MAX_SHOWN_CHARACTERS = 100

# The characters that a browser does not encode: https://url.spec.whatwg.org/#percent-encoded-bytes.
# A % stays, so that encoded characters are not encoded again.
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_QUERY_SAFE = _PRINTABLE.translate(dict.fromkeys(map(ord, "\"#<>'")))
_PATH_SAFE = _PRINTABLE.translate(dict.fromkeys(map(ord, '"#<>?^`{}\\')))
_USERINFO_SAFE = _PATH_SAFE.translate(dict.fromkeys(map(ord, "/;=@[]|")))
_NOT_IN_A_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|`{}\"]")


def event_url(
    call_back_url: str,
    event: str,
    call_id: str,
    *,
    event_name: str = "event",
    id_name: str = "id",
    default_scheme: str = "http",
) -> str:
    """Return the URL to GET for ``event``.

    The query is kept to the letter and followed by ``event`` and ``id``; the fragment is dropped.
    Other characters than ASCII are encoded as in a browser; dot segments of the path stay.

    Args:
        call_back_url: The callBackURL as the application sent it. Without a scheme it is http
            (observed in public clients).
        event: MTT's name of the event.
        call_id: MTT's callBackCall_id.
        event_name: The query parameter of the event.
        id_name: The query parameter of the call's id.
        default_scheme: The scheme of a callBackURL without one.

    Raises:
        ValueError: The URL is not http or https, has no host, or has an impossible host or port.
            The message is a sentence.
    """
    text = call_back_url.strip()
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("callBackURL is not valid Unicode") from None
    scheme, rest = _scheme_of(text, default_scheme)
    parts = _PARTS.match(rest)
    assert parts is not None  # noqa: S101 - the pattern matches every text
    authority = _authority(parts["authority"], scheme, text)
    path = quote(parts["path"], safe=_PATH_SAFE) or "/"
    query = quote((parts["query"] or "?")[1:], safe=_QUERY_SAFE)
    if query and not query.endswith("&"):
        query += "&"
    query += f"{quote(event_name, safe='')}={quote(event, safe='')}"
    query += f"&{quote(id_name, safe='')}={quote(call_id, safe='')}"
    return f"{scheme}://{authority}{path}?{query}"


def default_url(callback: CallbackEvent) -> str:
    """Return the URL of an event with MTT's names of the query parameters."""
    return event_url(callback.url, callback.event, callback.call_id)


def _scheme_of(text: str, default: str) -> tuple[str, str]:
    """Return the scheme and the rest after its ``//``."""
    match = _SCHEME.match(text)
    scheme = match[1].lower() if match else default
    rest = text[match.end() :] if match else text
    if scheme not in _DEFAULT_PORT:
        raise ValueError(
            f"callBackURL must be http or https, got {_shown(text)}, which begins with {scheme}:"
        )
    if match and not rest.startswith("//"):
        raise ValueError(f"callBackURL {_shown(text)} has no // after {scheme}:")
    return scheme, rest.removeprefix("//")


def _authority(text: str, scheme: str, url: str) -> str:
    userinfo, at, host_and_port = text.rpartition("@")
    host, colon, port = host_and_port.rpartition(":")
    if not colon or (host_and_port.startswith("[") and not host.endswith("]")):  # such as [::1]
        host, port = host_and_port, ""
    if not host:
        raise ValueError(f"callBackURL {_shown(url)} has no host")
    authority = _host(host, url)
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[-10:]) <= _MAX_PORT):
        raise ValueError(
            f"callBackURL {_shown(url)} has the port {_shown(port)}; ports go from 1 to 65535"
        )
    if port and int(port) != _DEFAULT_PORT[scheme]:
        authority += f":{int(port)}"
    return f"{quote(userinfo, safe=_USERINFO_SAFE)}{at}{authority}" if userinfo else authority


def _host(text: str, url: str) -> str:
    if text.startswith("["):
        return _ipv6(text, url)
    host = unquote(text).lower()
    if not host.isascii():
        import idna  # noqa: PLC0415 - large, and rarely needed

        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise ValueError(f"callBackURL {_shown(url)} has no possible host name") from None
    if not host.strip(".") or _NOT_IN_A_HOST.search(host):
        raise ValueError(f"callBackURL {_shown(url)} has no possible host name")
    return host


def _ipv6(text: str, url: str) -> str:
    import ipaddress  # noqa: PLC0415 - rarely needed here

    address = None
    # A scope id (%eth0) has a meaning on one machine only; browsers refuse it.
    if text.endswith("]") and "%" not in text:
        with contextlib.suppress(ValueError):
            address = ipaddress.IPv6Address(text[1:-1])
    if address is None:
        raise ValueError(f"callBackURL {_shown(url)} has no possible IPv6 address")
    return f"[{address}]"


def _shown(text: str) -> str:
    return repr(shorten(mask_url_secrets(text), _MAX_SHOWN_CHARACTERS))

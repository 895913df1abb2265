"""Resolves host names without blocking the event loop or the end of the process.

``loop.getaddrinfo`` does not serve here: it uses the loop's thread pool, which the end of the loop
and of the interpreter wait for. A silent name server would keep the process alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading

from mtt_mock.domain.text import error_text

_CACHE_SECONDS = 1.0

_Result = tuple[list[str], str]  # addresses; or none and the reason


class Resolver:
    """Resolves host names for one event loop.

    Concurrent requests for one host share a lookup, whose result is kept for a second.
    """

    def __init__(self) -> None:
        self._lookups: dict[str, asyncio.Future[_Result]] = {}

    async def resolve(self, host: str) -> list[str]:
        """Return the addresses of ``host``, the preferred one first.

        Raises:
            OSError: The lookup failed; its message is a sentence.
        """
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass  # A name, or another notation of an IPv4 address, such as 127.1.
        if host not in self._lookups:
            self._lookups[host] = self._start(host)
        # Other deliveries wait for the lookup too, so a cancellation must not reach it.
        addresses, problem = await asyncio.shield(self._lookups[host])
        if problem:
            raise OSError(problem)
        return addresses

    def _start(self, host: str) -> asyncio.Future[_Result]:
        loop = asyncio.get_running_loop()
        lookup: asyncio.Future[_Result] = loop.create_future()

        def set_result(result: _Result) -> None:
            lookup.set_result(result)
            loop.call_later(_CACHE_SECONDS, self._lookups.pop, host)

        def run() -> None:
            result = _look_up(host)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(set_result, result)

        threading.Thread(target=run, name="mtt-mock lookup", daemon=True).start()
        return lookup


def _look_up(host: str) -> _Result:
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
        return [], f"the host {host} was not found: {error_text(error)}"
    return list(dict.fromkeys(_format(sockaddr) for *_, sockaddr in infos)), ""


def _format(sockaddr: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    """Return the address, with the scope id of a link-local one."""
    scope = sockaddr[3] if len(sockaddr) == 4 else 0  # noqa: PLR2004 - the form of IPv6's
    return f"{sockaddr[0]!s}%{scope}" if scope else str(sockaddr[0])

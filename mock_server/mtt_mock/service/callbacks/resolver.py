"""A host's addresses, looked up without making the event loop wait."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading

_KEPT = 1.0  # seconds that a look-up is good for

_Answer = tuple[list[str], str]  # addresses, or the sentence about why there are none


class Resolver:
    """Looks up hosts for one event loop.

    Many events go to few hosts: those that ask for the same one share a look-up, for as long as it
    takes and a second more.
    """

    def __init__(self) -> None:
        self._answers: dict[str, asyncio.Future[_Answer]] = {}

    async def addresses_of(self, host: str) -> list[str]:
        """Return the addresses of ``host``, the preferred one first.

        Raises ``OSError`` whose message is a sentence.
        """
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass  # a name, or one of the many ways to write an IPv4 address
        if host not in self._answers:
            self._answers[host] = self._start(host)
        addresses, problem = await asyncio.shield(self._answers[host])  # it is not ours alone
        if problem:
            raise OSError(problem)
        return addresses

    def _start(self, host: str) -> asyncio.Future[_Answer]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Answer] = loop.create_future()

        def settle(found: _Answer) -> None:
            answer.set_result(found)
            loop.call_later(_KEPT, self._answers.pop, host)

        def look_up() -> None:
            found = _look_up(host)
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(settle, found)

        # A thread of a pool would keep the process from ending while a name server is silent.
        threading.Thread(target=look_up, name="mtt-mock look-up", daemon=True).start()
        return answer


def _look_up(host: str) -> _Answer:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
        return [], f"the host {host} was not found: {getattr(error, 'strerror', None) or error}"
    return list(dict.fromkeys(_text(place) for *_, place in answers)), ""


def _text(place: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    """Return the address of a socket's ``place``, with the scope id of a link-local one."""
    scope = place[3] if len(place) == 4 else 0  # noqa: PLR2004 - the form of IPv6's
    return f"{place[0]!s}%{scope}" if scope else str(place[0])

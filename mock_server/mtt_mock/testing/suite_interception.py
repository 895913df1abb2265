"""Intercepts a whole test run, from before its first import: ``mtt_intercept = true``."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from mtt_mock.interception.interception import Interception, intercept
from mtt_mock.server.live_server import LiveServer
from mtt_mock.service.fake import Fake


class SuiteInterception:
    """A server for the whole run, and the interception that redirects to it.

    Args:
        hosts: Hosts to intercept; empty for MTT's.
        allow: Public addresses and networks that stay reachable.

    Raises:
        MttMockError: The authority cannot be used, or a host is not valid.
        ValueError: ``allow`` holds a value that is no address or network.
    """

    def __init__(self, hosts: Sequence[str], allow: Sequence[str]) -> None:
        self._options = {"hosts": hosts} if hosts else {}
        self._allow = allow
        self.live = LiveServer(Fake())
        self.live.start()
        try:
            self._start()
        except BaseException:
            self.live.stop()
            raise

    def _start(self) -> None:
        self._stack = contextlib.ExitStack()
        self.interception: Interception = self._stack.enter_context(
            intercept(self.live, allow=self._allow, **self._options)
        )

    def stop(self) -> None:
        """End the interception and stop the server."""
        self._stack.close()
        self.live.stop()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """End the interception inside."""
        self._stack.close()
        try:
            yield
        finally:
            self._start()

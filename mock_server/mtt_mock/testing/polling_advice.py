"""Advises a test whose application polls a call on a manual clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mtt_mock.service.callbacks import Delivery

if TYPE_CHECKING:
    from mtt_mock.service.journal import Exchange

_NOT_ENDED = "Call is not ended"
_MAX_POLLS = 20  # at one time of the clock
_ADVICE = (
    f'mtt-mock: {{test}} got "{_NOT_ENDED}" {_MAX_POLLS} times at the same time of the fake\'s '
    "clock. The clock is manual in tests, so this call never ends. Patch the application's "
    "sleep with mtt_clock.sleep, call mtt_clock.advance(seconds), or let the clock run: "
    '@pytest.mark.mtt(clock="100x"). See docs/how-to/polling.md.'
)


class PollingAdvice:
    """Counts polls at one time of the clock; give it to ``Journal.listen``.

    It prints the advice at once, because such a test may never end, and adds it to the report.

    Args:
        config: The configuration of the run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._item: pytest.Item | None = None
        self._time: Any = None
        self._polls = 0

    def start(self, item: pytest.Item) -> None:
        """Count for ``item`` from now on."""
        self._item, self._time, self._polls = item, None, 0

    def __call__(self, record: Exchange | Delivery) -> None:
        """Count one journal record."""
        if isinstance(record, Delivery) or record.error is None or record.wire is None:
            return
        if record.error[1] != _NOT_ENDED:
            return
        time = record.wire["clock"]
        self._polls = self._polls + 1 if time == self._time else 1
        self._time = time
        if self._polls == _MAX_POLLS and self._item is not None:
            self._advise(self._item)

    def _advise(self, item: pytest.Item) -> None:
        text = _ADVICE.format(test=item.nodeid)
        item.add_report_section("call", "fake MTT", text)
        plugins = self._config.pluginmanager
        terminal: Any = plugins.get_plugin("terminalreporter")
        capture: Any = plugins.get_plugin("capturemanager")
        if terminal is None or capture is None:  # in a worker of pytest-xdist
            return
        with capture.global_and_fixture_disabled():
            terminal.ensure_newline()
            terminal.write_line(text, yellow=True)

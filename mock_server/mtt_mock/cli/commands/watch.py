"""``mtt-mock watch``: follows a running fake's journal in the terminal."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

from mtt_mock.cli.argument_types import whole_number
from mtt_mock.cli.control_client import (
    TOKEN,
    ControlClient,
    FakeUnreachableError,
    raise_unreachable,
)
from mtt_mock.cli.errors import CommandError
from mtt_mock.cli.output import print_line
from mtt_mock.domain.text import printable

STREAM_TIMEOUT = 40  # seconds; a fake sends something every 15
RECONNECT_INTERVAL = 1.0  # seconds between attempts to reach the fake
MAX_CALLS = 100  # newest calls that are read when one has changed
_REASONS = {
    "busy": "busy",
    "rejects": "rejected",
    "unavailable": "unavailable",
    "rings_out": "no answer",
}
_Parsed = TypeVar("_Parsed")

_RED, _YELLOW, _DIM, _PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[2m", "\x1b[0m"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    watch = commands.add_parser(
        "watch",
        help="follow a running fake's journal until Ctrl-C",
        description="Follow a running fake's journal until Ctrl-C: requests, their "
        "outcomes and the reasons. It waits for a fake that restarts. If the fake requires its "
        f"control token, put that into the variable {TOKEN}.",
    )
    watch.add_argument(
        "url",
        nargs="?",
        default="http://127.0.0.1:8082",
        metavar="URL",
        help="the fake's URL, with or without /index.php (default: %(default)s)",
    )
    watch.add_argument("--customer", metavar="NAME", help="only entries of this customer_name")
    watch.add_argument(
        "--method",
        metavar="METHOD",
        help='only entries of this method; "event": events, "call": ends of calls',
    )
    watch.add_argument(
        "--problems", action="store_true", help="only failed exchanges and those with notes"
    )
    watch.add_argument("--mask", action="store_true", help="mask telephone numbers")
    watch.add_argument(
        "--last",
        type=whole_number("number of entries", 0, 999_999_999),
        default=10,
        metavar="N",
        help="show the last N entries first (default: %(default)s)",
    )
    watch.set_defaults(run=_watch)


def _watch(options: argparse.Namespace) -> None:
    fake = _Journal(options.url, mask=options.mask)
    write = _writer(options)
    with contextlib.suppress(KeyboardInterrupt):
        try:
            generation, last = fake.newest()
        except FakeUnreachableError as error:
            raise CommandError(f"{options.url} does not answer: {error}") from None
        seen = f"{generation}-{max(0, last - options.last)}"
        while True:
            with contextlib.suppress(FakeUnreachableError):
                # The position holds the generation, so a restarted fake sends all its entries.
                for position, entry in fake.entries(seen):
                    seen = position
                    write(entry)
            print_line("mtt-mock watch: the fake has stopped; waiting for it", error=True)
            _wait_for(fake)


def _wait_for(fake: _Journal) -> None:
    while True:
        time.sleep(RECONNECT_INTERVAL)
        with contextlib.suppress(FakeUnreachableError):
            fake.newest()
            return


class _Journal:
    """The journal of the fake at ``url``."""

    def __init__(self, url: str, *, mask: bool) -> None:
        self._fake = ControlClient(url, timeout=STREAM_TIMEOUT)
        self._mask = "1" if mask else "0"
        self._ended: set[str] = set()  # calls that were reported, or had ended before

    def newest(self) -> tuple[int, int]:
        """Return the journal's generation and the number of its newest entry.

        Raises:
            FakeUnreachableError: The fake does not answer.
            CommandError: The response is not a journal.
        """
        return self._read(
            "journal?limit=0", lambda page: (int(page["generation"]), int(page["last"]))
        )

    def _read(self, path: str, parse: Callable[[Any], _Parsed]) -> _Parsed:
        with self._fake.request("GET", path) as response, raise_unreachable():
            try:
                return parse(json.loads(response.read()))
            except (ValueError, KeyError, TypeError):
                self._fake.refuse("does not answer as mtt-mock does")

    def entries(self, after: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the id and the entry of each entry after the id ``after``. Raises as ``newest``.

        The end of a call is an entry of the kind ``call``.
        """
        headers = {"Last-Event-ID": after}
        self._newly_ended_calls()
        stream = self._fake.request("GET", f"stream?mask={self._mask}", headers)
        with stream as answer, raise_unreachable():
            for name, seen, data in _events(answer):
                if name == "entry":
                    yield seen, data
                elif "calls" in data.get("parts", ()):
                    for call in self._newly_ended_calls():
                        yield seen, self._call_entry(call)
        raise FakeUnreachableError("the stream ended")

    def _newly_ended_calls(self) -> list[dict[str, Any]]:
        """Return the calls that ended since the last time. Raises as ``newest``."""
        ended = self._read(
            f"calls?limit={MAX_CALLS}",
            lambda page: {call["id"]: call for call in page["calls"] if call["state"] != "running"},
        )
        former, self._ended = self._ended, set(ended)
        return [call for call_id, call in ended.items() if call_id not in former]

    def _call_entry(self, call: dict[str, Any]) -> dict[str, Any]:
        return {
            "kind": "call",
            "at": time.time(),
            "customer": self._masked(call["customer"]),
            "call": call["id"],
            "outcome": self._masked(_end_of(call)),
        }

    def _masked(self, text: str) -> str:
        from mtt_mock.domain.sensitive import mask_text  # noqa: PLC0415

        return mask_text(text) if self._mask == "1" else text


def _events(lines: Iterable[bytes]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield name, latest id and data of each server-sent event."""
    name = latest_id = ""
    for line in lines:
        field, _, value = line.decode("utf-8", "replace").rstrip("\n").partition(": ")
        if field == "event":
            name = value
        elif field == "id":
            latest_id = value
        elif field == "data":
            yield name, latest_id, json.loads(value)


def _end_of(call: dict[str, Any]) -> str:
    """Return the end of a call: its state, and why it did not reach that side."""
    state: str = call["state"]
    reasons = {
        event["detail"]: _REASONS[event["kind"]]
        for event in call["timeline"]
        if state.endswith(f" side {event['side']}") and event["kind"] in _REASONS
    }
    details = ", ".join(f"{number} {reason}" for number, reason in reasons.items())
    return f"{state}: {details}" if details else state


def _writer(options: argparse.Namespace) -> Callable[[dict[str, Any]], None]:
    """Return a function that writes an entry if the filters select it."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def write(entry: dict[str, Any]) -> None:
        name = (entry["method"] or "") if entry["kind"] == "exchange" else entry["kind"]
        if options.method is not None and name.lower() != options.method.lower():
            return
        if options.customer is not None and entry["customer"] != options.customer:
            return
        if options.problems and not (_is_problem(entry) or _has_warnings(entry)):
            return
        for line in entry_lines(entry, coloured=coloured):
            print(line, flush=True)

    return write


def entry_lines(entry: dict[str, Any], *, coloured: bool) -> Iterator[str]:
    """Yield the lines of ``entry``: time, method or event, customer, outcome; then its notes."""
    at = datetime.fromtimestamp(entry["at"]).astimezone().strftime("%H:%M:%S")
    customer = _short(entry["customer"])
    took = f" {entry['ms']:.1f} ms" if "ms" in entry else ""
    if entry["kind"] == "call":
        subject = f"call {customer} {_short(entry['call'])}"
    elif entry["kind"] == "event":
        subject = f"{_short(entry['event'])} {customer} call {_short(entry['call'])}"
    else:
        subject = f"{_short(entry['method'])} {customer}"
    url = f"{entry['url'] or '-'} " if entry["kind"] == "event" else ""
    outcome = printable(url + entry["outcome"], 400)
    paint = _RED if _is_problem(entry) else _YELLOW if _has_warnings(entry) else ""
    if coloured:
        at, outcome = f"{_DIM}{at}{_PLAIN}", f"{paint}{outcome}{_PLAIN}"
    yield f"{at} {subject} {outcome}{took}"
    for note in entry.get("notes", ()):
        hint = f" ({note['hint']})" if note["hint"] else ""
        yield f"  note: {printable(note['message'] + hint, 400)}"


def _short(text: str | None) -> str:
    return printable(text or "-", 60)


def _has_warnings(entry: dict[str, Any]) -> bool:
    return any(note.get("severity") != "information" for note in entry.get("notes", ()))


def _is_problem(entry: dict[str, Any]) -> bool:
    if entry["kind"] == "call":
        return bool(entry["outcome"] != "joined")
    if entry["kind"] == "event":
        return entry["problem"] is not None or not 200 <= (entry["status"] or 0) < 300  # noqa: PLR2004
    return not (entry["outcome"] == "ok" or entry["outcome"].startswith("ok, "))

"""``mtt-mock state``: exports and imports the state of a fake."""

from __future__ import annotations

import argparse
import contextlib
import sys
import urllib.parse
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtt_mock.cli.control_client import (
    TOKEN,
    ControlClient,
    FakeUnreachableError,
    raise_unreachable,
)
from mtt_mock.cli.errors import CommandError, lazy, option_errors
from mtt_mock.cli.output import print_line
from mtt_mock.domain.text import counted, error_text

if TYPE_CHECKING:
    from mtt_mock.service.fake import Fake
    from mtt_mock.service.state import State

_private_files = lazy("mtt_mock.server.tls.private_files")
_paths = lazy("mtt_mock.web.paths")
_orjson = lazy("orjson")
_snapshots = lazy("mtt_mock.storage.snapshots")
_stores = lazy("mtt_mock.storage.stores")

SNAPSHOT_TIMEOUT = 60.0  # seconds; a large snapshot is read and written as a whole
_ERROR_STATUSES = range(400, 600)  # whose body may hold the fake's reason
MAX_NOTES = 20
_WHERE = (
    "a store's URL (sqlite:///file.db, postgresql+psycopg://user:password@host/database) or a "
    "running fake's (http://127.0.0.1:8082)"
)
_DESCRIPTION = f"""\
Export and import the state of a fake as JSON: presets, balances, prompts, subscribers, faults,
calls and the clock; see docs/how-to/snapshots.md. The control token of a running fake comes from
the variable {TOKEN}.
"""
_EXAMPLES = """\
examples:
  mtt-mock state export http://127.0.0.1:8082 -o team.json
  mtt-mock state export sqlite:///fake.db --customer 883140500000000 --without-calls
  mtt-mock state import postgresql+psycopg://mtt@db/mtt team.json
  mtt-mock state export sqlite:///old.db | mtt-mock state import sqlite:///new.db --replace
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    state = commands.add_parser(
        "state",
        help="export a fake's state to a JSON file, import it elsewhere",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = state.add_subparsers(title="actions", required=True, metavar="ACTION")
    export = actions.add_parser(
        "export", help="write the state as JSON", description="Write the state as JSON."
    )
    export.add_argument("source", metavar="SOURCE", help=_WHERE)
    export.add_argument("-o", "--output", metavar="FILE", help="write to FILE (default: print)")
    export.add_argument(
        "--customer",
        action="append",
        metavar="NAME",
        help="export only this customer_name; may be repeated",
    )
    export.add_argument("--without-calls", action="store_true", help="omit calls and clock")
    export.set_defaults(run=_export)
    take = actions.add_parser(
        "import",
        help="import a snapshot",
        description="Import a snapshot, exported or written by hand: all of it, or nothing if it "
        "is wrong. The snapshot overwrites the customers that it names; all others stay.",
    )
    take.add_argument("target", metavar="TARGET", help=_WHERE)
    take.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="the file (default: -, standard input)"
    )
    take.add_argument("--replace", action="store_true", help="delete all other state first")
    take.set_defaults(run=_import)


def check_seed(options: argparse.Namespace) -> None:
    """Raise ``CommandError`` for ``--state`` together with ``--store``."""
    if options.state is not None and options.store is not None:
        raise CommandError(
            "--state is for a fake with state in memory; into a store: "
            f"mtt-mock state import STORE {options.state}"
        )


def seed(fake: Fake, options: argparse.Namespace) -> None:
    """Import the file of ``--state``, if given, before serving. Raises ``CommandError``."""
    if options.state is not None:
        with option_errors("--state"):
            notes = _snapshots.import_file(fake, options.state).notes
        _warn_of(notes)


def _export(options: argparse.Namespace) -> None:
    source, names, calls = options.source, options.customer, not options.without_calls
    if _is_http(source):
        query = [("customer", name) for name in names or ()]
        query += [] if calls else [("calls", "0")]
        try:
            values = _request_snapshot(source, "GET", urllib.parse.urlencode(query))
        except UnicodeEncodeError:
            raise CommandError(f"{source}: --customer must be UTF-8 text") from None
        if values.get("version") != _snapshots.VERSION:
            _warn(f"this is version {values.get('version')}, of another mtt-mock")
    else:
        _check_url(source)
        if _is_missing_file(source):
            raise CommandError(f"{source}: no such file")
        with _opened(source) as state:
            values = _snapshots.export_dict(state.store, names, calls=calls)
    content: bytes = _snapshots.dump_json(values)
    if options.output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        _private_files.write_private(Path(options.output), content)
    except (OSError, ValueError) as error:
        raise CommandError(f"{options.output}: {error_text(error)}") from None


def _import(options: argparse.Namespace) -> None:
    target, replace = options.target, options.replace
    _check_url(target)  # before it reads standard input, which may be a terminal
    content = _content(options.file)
    if _is_http(target):
        answer = _import_into_fake(target, content, replace=replace)
        counts, notes = answer["imported"], answer["notes"]
    else:
        try:
            # Before it opens the store, which may create one.
            read = _snapshots.read_snapshot(content)
        except _snapshots.SnapshotError as error:
            name = "standard input" if options.file == "-" else options.file
            raise CommandError(f"{name}: {error}") from None
        with _opened(target) as state:
            done = _snapshots.import_snapshot(state, read, replace=replace)
        counts, notes = done.counts(), done.notes
    _warn_of(notes)
    amounts = ", ".join(counted(count, name.removesuffix("s")) for name, count in counts.items())
    print_line(f"imported {amounts}{'; all other state is deleted' if replace else ''}")


def _content(file: str) -> bytes:
    if file != "-":
        content: bytes = _snapshots.read_file(file)
        return content
    content = sys.stdin.buffer.read(_snapshots.MAX_FILE_BYTES + 1)
    if len(content) > _snapshots.MAX_FILE_BYTES:
        raise CommandError(f"standard input has more than {_snapshots.MAX_FILE_BYTES} bytes")
    return content


def _is_http(url: str) -> bool:
    return url.lower().startswith(("http://", "https://"))


def _is_missing_file(url: str) -> bool:
    """Return whether ``url`` names a missing SQLite file, which opening would create."""
    scheme, _, path = url.partition(":///")
    path = path.partition("?")[0]
    if scheme.partition("+")[0] != "sqlite" or not path or path.startswith((":", "file:")):
        return False
    return not Path(path).exists()


def _check_url(url: str) -> None:
    if "://" not in url:
        raise CommandError(f"{url[:60]!r} is not a URL; give {_WHERE}")


@contextlib.contextmanager
def _opened(url: str) -> Iterator[State]:
    """Yield the state in the store at ``url``. Raises ``CommandError`` or ``StoreError``."""
    try:
        with contextlib.closing(_stores.open_state(url)) as state:
            yield state
    except ValueError as error:  # such as a name that the database cannot encode
        raise CommandError(str(error)) from None


def _import_into_fake(target: str, content: bytes, *, replace: bool) -> dict[str, Any]:
    largest = _paths.MAX_SNAPSHOT_BYTES
    if len(content) > largest:
        raise CommandError(
            f"a running fake takes at most {largest // 1024 // 1024} MiB; import into its store"
        )
    return _request_snapshot(target, "POST", "replace=1" if replace else "", content)


def _request_snapshot(url: str, verb: str, query: str, body: bytes | None = None) -> dict[str, Any]:
    """Return the snapshot of the fake at ``url``, or the result of an import."""
    fake = ControlClient(url, timeout=SNAPSHOT_TIMEOUT)
    path = f"snapshot?{query}" if query else "snapshot"
    headers = {} if body is None else {"Content-Type": "application/json"}
    try:
        with fake.request(verb, path, headers, body, accepted=_ERROR_STATUSES) as answer:
            with raise_unreachable():
                content = answer.read()
            status = answer.status
    except FakeUnreachableError as error:
        raise CommandError(f"{url} does not answer: {error}") from None
    try:
        values = _orjson.loads(content)
        refusal = None if status == HTTPStatus.OK else str(values["error"])
        if refusal is None:
            _check_answer(values, verb)
    except (ValueError, KeyError, TypeError):
        fake.refuse(f"answers with status {status}: is it mtt-mock?")
    if refusal is None:
        return dict(values)
    if refusal.startswith(("404 ", "405 ")):
        fake.refuse("is an mtt-mock without snapshots: upgrade it")
    raise CommandError(f"{url} refuses: {refusal}")


def _check_answer(values: Any, verb: str) -> None:
    """Raise ``ValueError``, ``KeyError`` or ``TypeError`` for a response of another program."""
    if verb == "GET":
        if values["mtt_mock"] != "state":
            raise ValueError(values["mtt_mock"])
    elif not all(isinstance(count, int) for count in dict(values["imported"]).values()):
        raise ValueError(values["imported"])
    elif not isinstance(values["notes"], list):
        raise TypeError(values["notes"])


def _warn_of(notes: list[str]) -> None:
    for note in notes[:MAX_NOTES]:
        _warn(f"note: {note}")
    if len(notes) > MAX_NOTES:
        _warn(f"and {len(notes) - MAX_NOTES} more notes")


def _warn(text: str) -> None:
    print_line(f"mtt-mock: {text}", error=True)

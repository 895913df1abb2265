"""``mtt-mock record``: a proxy in front of the real service that tapes what is said."""

from __future__ import annotations

import argparse
import asyncio
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from mtt_mock.cli.errors import CommandError


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    record = commands.add_parser(
        "record",
        help="tape what a client and the real service say to each other",
        description="Pass requests on to the real service, and write each exchange to a tape at "
        "once, until Ctrl-C. Credentials are never written; telephone numbers and URLs of "
        "recordings, uploads and events are replaced, the same by the same; files are not kept. "
        "Exit 2 when not every request was answered by the service and written.",
    )
    record.add_argument("--upstream", required=True, metavar="URL", help="the real endpoint")
    record.add_argument("--out", required=True, metavar="FILE", type=Path, help="the new tape")
    record.add_argument("--host", default="127.0.0.1", help="address to listen on")
    record.add_argument(
        "--port", type=int, default=8083, help="port to listen on, 0 for a free one (8083)"
    )
    record.add_argument(
        "--no-redaction",
        action="store_true",
        help="write numbers and URLs as they are (credentials never are)",
    )
    record.set_defaults(run=_record)


def _record(options: argparse.Namespace) -> None:
    try:
        proxy = import_module("mtt_mock.conformance.recording.recorder")
        serving = import_module("mtt_mock.server.live_server")
    except ModuleNotFoundError as error:
        raise CommandError(
            f'{error.name} is not installed; recording needs: pip install "mtt-mock[server]"'
        ) from None
    tapes = import_module("mtt_mock.conformance.recording.tape")
    path = _path(options.upstream)
    try:
        asyncio.run(proxy.reach(options.upstream))
    except OSError as error:
        raise CommandError(f"cannot reach {options.upstream}: {error}") from None
    try:
        tape = tapes.TapeWriter(options.out, endpoint=path, redact=not options.no_redaction)
    except OSError as error:
        raise CommandError(f"cannot write {options.out}: {error.strerror}") from None
    with tape:
        app = proxy.RecordingProxy(options.upstream, tape, lambda line: print(line, flush=True))
        try:
            server = serving.AsgiServer(app, host=options.host, port=options.port)
        except (OSError, UnicodeError, OverflowError) as error:
            raise CommandError(
                f"cannot listen on {options.host} port {options.port}: {error}"
            ) from None
        print(f"mtt-mock records {options.upstream} at {server.origin}{path}", flush=True)
        print(f"Ctrl-C ends it; the tape is {options.out}.", flush=True)
        server.run()
        print(f"{tape.count} exchanges on {options.out}.", flush=True)
    trouble = {
        "not answered": app.failed,
        "answered with a refused login or HTML": app.odd,
        "not written": app.unwritten,
    }
    found = [f"{count} {what}" for what, count in trouble.items() if count]
    if found:
        raise CommandError(f"{', '.join(found)}; what else was said is on the tape")


def _path(upstream: str) -> str:
    try:
        parts = urlsplit(upstream)
        bad = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        bad = True
    if bad:
        raise CommandError(f"--upstream {upstream} is no http or https URL")
    if "@" in parts.netloc or parts.query:
        raise CommandError("--upstream must hold no login and no query; clients bring their own")
    return parts.path or "/"

"""``mtt-mock record``: a proxy in front of the real service that writes the exchanges to a tape."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from mtt_mock.cli.argument_types import port
from mtt_mock.cli.errors import CommandError, lazy, os_errors
from mtt_mock.cli.output import print_line
from mtt_mock.domain.hosts import HostError, split_http_url

_live_server = lazy("mtt_mock.server.live_server")
_recorder = lazy("mtt_mock.conformance.recording.recorder")
_tape = lazy("mtt_mock.conformance.recording.tape")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    record = commands.add_parser(
        "record",
        help="record the exchanges between a client and the real service",
        description="Forward requests to the real service and write each exchange to a tape, "
        "until Ctrl-C. The tape holds no credentials and no files. Placeholders replace telephone "
        "numbers and the URLs of recordings, uploads and events; equal values get equal "
        "placeholders. Exit code 2: the service did not answer a request, or an exchange was not "
        "written.",
    )
    record.add_argument("--upstream", required=True, metavar="URL", help="the real endpoint")
    record.add_argument("--out", required=True, metavar="FILE", type=Path, help="the new tape")
    record.add_argument("--host", default="127.0.0.1", help="address to listen on")
    record.add_argument(
        "--port", type=port, default=8083, help="port to listen on, 0 for a free one (8083)"
    )
    record.add_argument(
        "--no-redaction",
        action="store_true",
        help="write numbers and URLs unchanged; credentials are never written",
    )
    record.set_defaults(run=_record)


def _record(options: argparse.Namespace) -> None:
    path = _path(options.upstream)
    with os_errors(f"cannot reach {options.upstream}"):
        asyncio.run(_recorder.reach(options.upstream))
    with os_errors(f"cannot write {options.out}"):
        tape = _tape.TapeWriter(options.out, endpoint=path, redact=not options.no_redaction)
    with tape:
        app = _recorder.RecordingProxy(options.upstream, tape, print_line)
        with os_errors(f"cannot listen on {options.host} port {options.port}"):
            server = _live_server.AsgiServer(
                app, host=options.host, port=options.port, on_stop=app.close_from_thread
            )
        print(f"Call {server.origin}{path} instead of {options.upstream}", flush=True)
        print(f"mtt-mock records it in {options.out} until Ctrl-C.", flush=True)
        server.run()
        print(f"{tape.count} exchanges on {options.out}.", flush=True)
    problems = {
        "not answered": app.failed,
        "answered with a refused login or HTML": app.unusable,
        "not written": app.unwritten,
    }
    counted = [f"{count} {problem}" for problem, count in problems.items() if count]
    if counted:
        raise CommandError(f"{', '.join(counted)}; all other exchanges are on the tape")


def _path(upstream: str) -> str:
    try:
        parts = split_http_url(upstream)
    except HostError as error:
        raise CommandError(f"--upstream: {error}") from error
    if "@" in parts.netloc or parts.query:
        raise CommandError("--upstream must hold no login and no query; clients send their own")
    return parts.path or "/"

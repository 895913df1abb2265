"""Generates the reference tables of the site from the code: options, settings, faults, paths."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from mtt_contracts import facts
from mtt_contracts.fact_values import settable_facts
from mtt_mock import Settings, create_app, fake_of
from mtt_mock.cli.main import _parser
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.service.settings import SETTINGS

_TESTS = Path(__file__).parent.parent / "tests"


def write(folder: Path) -> None:
    """Write each table to ``folder``, where the pages include it."""
    folder.mkdir(exist_ok=True)
    for name, text in {
        "options.md": serve_options(),
        "commands.md": commands(),
        "settings.md": settings(),
        "limits.md": limits(),
        "faults.md": faults(),
        "profile-facts.md": profile_facts(),
        "fixed-facts.md": fixed_facts(),
        "control-paths.md": control_paths(),
        "programs.md": programs(),
        "compatibility.md": compatibility(),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")


def settings() -> str:
    """Return all settings.

    In ``Settings``, the markers and the fixtures a setting has the name of the first column. Its
    ini key in pytest is ``mtt_`` and that name, its option ``--mtt-`` and the option's name.
    """
    lines = ["| setting | option of `serve` | default | meaning |", "|---|---|---|---|"]
    for declared in SETTINGS:
        option = f"`--{declared.option} {declared.metavar}".rstrip() + "`"
        default = declared.default_text
        if declared.default_in_tests is not None:
            default += f" (in tests: {declared.default_in_tests})"
        fact = f" Fact: `{declared.fact}`." if declared.fact else ""
        cells = (f"`{declared.name}`", option, default, declared.help + fact)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


# Limits without an option: what is bounded, the module and name of its constant, its unit, and what
# happens when it is reached.
_FIXED_LIMITS = (
    ("open connections of a process", "server.connection_limit", "DEFAULT_MAX_CONNECTIONS",
     "or the limit of open files less 64",
     "an idle connection is closed, else an unfinished or unread one, else the new one gets 503"),
    ("connections to `mtt-mock proxy` and `exec`", "server.connection_limit",
     "DEFAULT_MAX_CONNECTIONS", "divided by 4, or less, as the first",
     "the connection silent longest is closed"),
    ("event streams of a process", "server.event_stream", "MAX_STREAMS",
     "or half of the connections", "503"),
    ("request line and headers", "server.http_protocol", "MAX_HEAD_BYTES",
     "bytes, or the fact `transport.head_limit`",
     "400, and the connection is closed"),
    ("header fields", "server.http_protocol", "MAX_HEADER_FIELDS",
     "or the fact `transport.head_limit`",
     "400, and the connection is closed"),
    ("time for a request's head", "server.http_protocol", "HEAD_TIMEOUT", "seconds",
     "408; a connection that sent nothing is closed"),
    ("time for a request's body", "server.http_protocol", "BODY_TIMEOUT", "seconds",
     "408, and the connection is closed"),
    ("time for the answer to a client that has ended its side", "server.http_protocol",
     "HALF_CLOSED_TIMEOUT", "seconds", "the connection is closed"),
    ("pipelined requests of a connection", "server.http_protocol", "MAX_PIPELINED_REQUESTS", "",
     "the next ones are read when these are answered"),
    ("stubs of processes that share a database", "service.stubs.shared", "MAX_SHARED_CHARACTERS",
     "characters", "a stub is refused"),
    ("unfinished TLS handshakes of a port", "server.sockets", "MAX_HANDSHAKES", "",
     "the oldest is closed when it has taken a second"),
    ("time for a TLS handshake", "server.live_server", "_TLS_HANDSHAKE_TIMEOUT", "seconds",
     "the connection is closed"),
    ("body of a request whose token, login or URL is wrong", "server.asgi_app",
     "MAX_REFUSED_BODY_BYTES", "bytes", "the rest is read and dropped"),
    ("read of a body over its limit", "server.inline_wsgi", "MAX_DRAINED_BYTES", "bytes",
     "the connection is closed"),
    ("body of a control request", "web.paths", "MAX_CONTROL_BYTES", "bytes", "413"),
    ("snapshot over the control API", "web.paths", "MAX_SNAPSHOT_BYTES", "bytes",
     "413; a file of up to 512 MiB goes into a store with `mtt-mock state import`"),
    ("requests and answers in the journal", "service.journal.entries", "MAX_JOURNAL_BYTES",
     "bytes", "the oldest entry is deleted"),
    ("page of the journal", "service.journal.entries", "MAX_PAGE_BYTES",
     "bytes of requests and answers",
     "it ends after the last whole entry; the next one begins after that"),
    ("piece of a stream", "service.journal.entries", "MAX_PIECE_BYTES",
     "bytes of requests and answers",
     "the next piece is sent when the client has read this one"),
    ("burst of all streams together", "server.event_stream", "_BURST_BYTES", "bytes",
     "the streams pause for 2 ms, so that requests are answered"),
    ("digits of a number that a pattern may match", "domain.subscribers", "MAX_NUMBER_LENGTH", "",
     "the number has the default behaviour"),
    ("numbers with wildcards", "domain.subscribers", "MAX_PATTERNS", "", "400"),
    ("deliveries at once", "service.callbacks.dispatcher", "MAX_CONCURRENT_DELIVERIES", "",
     "other events wait"),
    ("deliveries at once to one receiver", "service.callbacks.dispatcher",
     "MAX_DELIVERIES_PER_RECEIVER", "", "its other events wait; those of other receivers do not"),
    ("events that wait", "service.callbacks.sender", "MAX_PENDING_EVENTS", "",
     "the event is not sent; the journal says so"),
    ("answer of a receiver as it comes", "service.callbacks.bounded_stream", "MAX_ANSWER_BYTES",
     "bytes", "the delivery fails"),
    ("body of a receiver's answer", "service.callbacks.callback_client", "MAX_BODY_BYTES", "bytes",
     "the rest is not read"),
    ("requests and events in the log", "server.log_rate", "DEFAULT_LOG_RATE", "per second",
     "others are counted; `--log-rate` changes it"),
    ("lines of the request log that wait", "server.request_log", "MAX_QUEUED_BYTES",
     "bytes", "further lines are dropped"),
    ("entries that wait for the database", "storage.sql.journal_writer", "MAX_QUEUED_RECORDS", "",
     "they are dropped; a warning says how many"),
    ("database connections of a process", "storage.sql.engine", "MAX_CONNECTIONS", "",
     "a request waits for ten seconds, then 503"),
    ("time for a transaction and its retries", "storage.sql.transactions", "RETRY_TIMEOUT",
     "seconds", "503"),
    ("length of a recording", "service.media.recordings", "MAX_RECORDING_SECONDS", "seconds",
     "the recording ends there"),
    ("one advance of the clock", "service.scheduler.scheduler", "MAX_ADVANCE_SECONDS", "seconds",
     "400"),
    ("open requests at a stop", "server.live_server", "GRACEFUL_STOP_TIMEOUT", "seconds",
     "they are cut off"),
    ("time without reading a response, at a stop", "server.uvicorn_server", "STALLED_TIMEOUT",
     "seconds", "the connection is closed"),
    ("body that `mtt-mock record` forwards", "conformance.recording.recorder", "MAX_BODY_BYTES",
     "bytes", "413"),
)  # fmt: skip


def limits() -> str:
    """Return every limit: those with an option from the settings, the others from the code."""
    rows = [
        (
            _sentence(declared.help.partition(";")[0].removesuffix(" (assumption)")),
            f"{_grouped(getattr(Settings(), declared.name))} {declared.metavar.lower()}",
            f"`--{declared.option}`",
            declared.at_limit,
        )
        for declared in SETTINGS
        if declared.at_limit
    ]
    for meaning, module, name, unit, at_limit in _FIXED_LIMITS:
        value = getattr(import_module(f"mtt_mock.{module}"), name)
        rows.append((meaning, f"{_grouped(value)} {unit}".strip(), "", at_limit))
    return _table(("limit", "default", "option", "what happens at it"), rows)


def _grouped(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


def serve_options() -> str:
    """Return the options of ``mtt-mock serve``, one table a group."""
    parser = _commands()["serve"]
    text = []
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if _is_shown(action)]
        if actions:
            title = group.title or "options"
            text += [f"## {title[0].upper()}{title[1:]}", ""]
            rows = ((f"`{_usage(action)}`", _help(parser, action)) for action in actions)
            text += [_table(("option", "meaning"), rows), ""]
    return "\n".join(text)


def commands() -> str:
    """Return the commands of ``mtt-mock``."""
    group = _command_group()
    rows = ((f"`mtt-mock {item.dest}`", _sentence(item.help or "")) for item in group)
    return _table(("command", "what it does"), rows)


def faults() -> str:
    """Return the faults and what each does."""
    return _table(
        ("name", "what happens"), ((f"`{name}`", text) for name, text in FAULT_MEANINGS.items())
    )


def profile_facts() -> str:
    """Return the facts that a profile can set."""
    rows = (
        (f"`{fact_id}`", f"`{json.dumps(fact.default, ensure_ascii=False)}`", fact.help)
        for fact_id, fact in settable_facts().items()
    )
    return _table(("fact", "default", "what the value says"), rows)


def fixed_facts() -> str:
    """Return the facts that a profile cannot set."""
    fixed = (fact for fact in facts() if fact.fixed)
    rows = ((f"`{fact.id}`", _sentence(fact.statement), str(fact.fixed)) for fact in fixed)
    return _table(("fact", "statement", "why not"), rows)


def control_paths() -> str:
    """Return the paths of the control API with their query parameters."""
    app = create_app(clock="manual")
    try:
        paths = app.test_client().get("/_mtt/openapi.json").json["paths"]
    finally:
        fake_of(app).close()
    rows = []
    for path, operations in paths.items():
        for verb, operation in operations.items():
            query = ", ".join(
                f"`{parameter['name']}`"
                for parameter in operation.get("parameters", ())
                if parameter["in"] == "query"
            )
            rows.append((f"`{verb.upper()} {path}`", operation["summary"], query))
    return _table(("request", "what it does", "query"), rows)


def programs() -> str:
    """Return the table of the programs of ``examples/unchanged``, from their tests."""
    rows = _load("unmodified_apps/language_table.py").ROWS
    return _table(
        ("language", "library", "`mtt-mock exec`", "`mtt-mock exec --isolate`"),
        ((row.language, row.library, row.exec, row.isolated) for row in rows),
    )


def compatibility() -> str:
    """Return the table of suites with other tools, from their tests."""
    rows = _load("compatibility/tools.py").ROWS
    return _table(
        ("tool", "a request to MTT's URL", "note"),
        ((row.tool, row.outcome, row.advice) for row in rows),
    )


def _load(name: str) -> Any:
    """Return the module in the file ``name`` of the tests."""
    spec = importlib.util.spec_from_file_location(Path(name).stem, _TESTS / name)
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _command_group() -> list[argparse.Action]:
    [group] = [
        action for action in _parser(())._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return list(group._choices_actions)


def _commands() -> dict[str, argparse.ArgumentParser]:
    [group] = [
        action for action in _parser(())._actions if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(group.choices)


def _is_shown(action: argparse.Action) -> bool:
    return bool(action.option_strings) and action.dest != "help"


def _usage(action: argparse.Action) -> str:
    name = ", ".join(action.option_strings)
    if action.nargs == 0:
        return name
    value = action.metavar or (
        "|".join(map(str, action.choices)) if action.choices else action.dest.upper()
    )
    return f"{name} {value}"


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    formatter: Any = parser._get_formatter()
    return _sentence(formatter._expand_help(action))


def _sentence(text: str) -> str:
    return text.removesuffix(".")


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [f"| {' | '.join(titles)} |", f"|{'---|' * len(titles)}"]
    for row in rows:
        cells = (
            cell.replace("|", "\\|").replace("*", "\\*")
            if "`" not in cell
            else cell.replace("|", "\\|")
            for cell in row
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"

"""``mtt-mock contract …``: prints the contract's facts and checks files against it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mtt_mock.cli.errors import CommandError, lazy, os_errors
from mtt_mock.cli.output import print_document, print_line
from mtt_mock.domain.text import counted
from mtt_mock.domain.url_secrets import mask_url_secrets

_captures = lazy("mtt_mock.conformance.recording.captures")
_checking = lazy("mtt_contracts.checking")
_example_files = lazy("mtt_mock.conformance.recording.example_files")
_fidelity_module = lazy("mtt_contracts.fidelity")
_mistakes = lazy("mtt_mock.conformance.recording.mistakes")
_openrpc_module = lazy("mtt_contracts.openrpc")
_tape = lazy("mtt_mock.conformance.recording.tape")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    contract = commands.add_parser(
        "contract", help="print the contract's facts; check files against them"
    )
    topics = contract.add_subparsers(title="topics", required=True, metavar="TOPIC")
    fidelity = topics.add_parser(
        "fidelity",
        help="print the known and assumed facts of the real service with their evidence",
    )
    fidelity.add_argument(
        "--confirmations",
        metavar="FILE",
        type=Path,
        help="show the verdicts that mtt-mock verify --confirmations has written",
    )
    fidelity.set_defaults(run=_fidelity)
    openrpc = topics.add_parser("openrpc", help="print the contract as an OpenRPC document")
    openrpc.set_defaults(run=_openrpc)
    check = topics.add_parser(
        "check",
        help="check a request, a response, an exchange, or a file of exchanges",
        description="Report violations of the contract in a request, a response, a batch or an "
        "exchange. For a tape, an export of the journal or an HTTP archive (HAR), also report "
        "typical mistakes of the application. Exit 0: no problem; 1: one problem per line; 2: "
        "the file cannot be read.",
    )
    check.add_argument(
        "file", metavar="FILE", help="a JSON file, a tape, a journal or a HAR, - for standard input"
    )
    check.add_argument("--method", metavar="NAME", help="the method that a lone response answers")
    check.set_defaults(run=_check)
    examples = topics.add_parser(
        "examples-from",
        help="make example files from a tape of mtt-mock record",
        description="Write each exchange of a tape that meets the contract as an example file.",
    )
    examples.add_argument("tape", metavar="TAPE", help="a file made by mtt-mock record")
    examples.add_argument("--out", required=True, metavar="FOLDER", help="the folder of the files")
    examples.set_defaults(run=_examples)


def _fidelity(options: argparse.Namespace) -> None:
    confirmations = None
    try:
        if options.confirmations:
            with os_errors(f"cannot read {options.confirmations}"):
                confirmations = _fidelity_module.read_confirmations(options.confirmations)
    except ValueError as error:
        raise CommandError(str(error)) from None
    sys.stdout.write(_fidelity_module.table(confirmations))


def _openrpc(_options: argparse.Namespace) -> None:
    print_document(_openrpc_module.document())


def _check(options: argparse.Namespace) -> int:
    content = _read(options.file)
    capture = _captures.read_capture(options.file, content)
    if capture is not None:
        return _check_capture(capture)
    value = _parsed(options.file, content)
    try:
        checked = _checking.check(value, options.method)
    except LookupError as error:
        raise CommandError(str(error.args[0])) from None
    for problem in checked.problems:
        hint = f" (hint: {problem.hint})" if problem.hint else ""
        print_line(f"{problem.path or '(whole)'}: {problem.message}{hint}")
    count = len(checked.problems)
    verdict = counted(count, "problem") if count else "meets the contract"
    print_line(f"checked as: {checked.kind}; {verdict}")
    return 1 if checked.problems else 0


def _check_capture(capture: Any) -> int:
    """Print problems and mistakes by exchange."""
    if not any(exchange.calls or exchange.refusal for exchange in capture.exchanges):
        raise CommandError(f"the {capture.kind} holds no exchange with MTT; nothing was checked")
    problems = [line for exchange in capture.exchanges for line in _exchange_problems(exchange)]
    mistakes = _mistakes.find_mistakes(capture.exchanges)
    for line in (*problems, *mistakes):
        print(mask_url_secrets(str(line)))
    print(
        f"checked as: {capture.kind} of {counted(len(capture.exchanges), 'exchange')}; "
        f"{counted(len(problems), 'problem')}, {counted(len(mistakes), 'typical mistake')}"
    )
    return 1 if problems or mistakes else 0


def _exchange_problems(exchange: Any) -> Iterator[str]:
    if exchange.refusal:
        yield f"{exchange.location}: the request holds no JSON-RPC 2.0 call: {exchange.refusal}"
    for call in exchange.calls:
        for problem in _checking.check({"request": call.raw, "response": call.answer}).problems:
            yield f"{exchange.location}: {call.method}: {problem.path}: {problem.message}"


def _examples(options: argparse.Namespace) -> None:
    try:
        written, left_out = _example_files.write_examples(
            _tape.read(options.tape), Path(options.out)
        )
    except OSError as error:
        raise CommandError(str(error)) from None
    for name in written:
        print_line(name)
    for line, reason in left_out:
        print_line(f"line {line} left out: {reason}", error=True)


def _read(name: str) -> bytes:
    with os_errors(f"cannot read {name}"):
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _parsed(name: str, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{name} is not JSON: {error}") from None

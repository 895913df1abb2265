"""``mtt-mock ca``: prints the certificate that clients must trust."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mtt_mock.cli.errors import lazy, os_errors
from mtt_mock.domain.hosts import host_names

_tls = lazy("mtt_mock.server.tls")


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    ca = commands.add_parser(
        "ca",
        help="the certificate authority of this machine",
        description="The authority that signs the certificates of mtt-mock. It is created on first "
        "use; its key stays in the user's data folder.",
    )
    topics = ca.add_subparsers(title="topics", required=True, metavar="TOPIC")
    path = topics.add_parser("path", help="print where the authority's certificate is")
    export = topics.add_parser("export", help="write the authority's certificate (PEM)")
    export.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="the file (default: standard output)"
    )
    for topic, run in ((path, _path), (export, _export)):
        topic.add_argument(
            "--bundle",
            action="store_true",
            help="with the usual public roots, for variables such as SSL_CERT_FILE",
        )
        topic.add_argument(
            "--tls-host",
            action="append",
            default=[],
            metavar="NAME",
            help="the --tls-host of serve or --mtt-host of proxy, for the authority that signs it; "
            "may be repeated",
        )
        topic.set_defaults(run=run)


def _path(options: argparse.Namespace) -> None:
    print(_file(options))


def _export(options: argparse.Namespace) -> None:
    content = _file(options).read_bytes()
    if options.file == "-":
        sys.stdout.write(content.decode("ascii"))
        return
    with os_errors(f"cannot write {options.file}"):
        Path(options.file).write_bytes(content)


def _file(options: argparse.Namespace) -> Path:
    hosts = host_names(options.tls_host) if options.tls_host else ()
    authority = _tls.Authority.of_machine(hosts=hosts)
    file: Path = _tls.bundle(authority) if options.bundle else authority.path
    return file

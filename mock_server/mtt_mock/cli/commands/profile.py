"""``mtt-mock profile …``: shows, checks and compares profiles of the service's behaviour."""

from __future__ import annotations

import argparse
import json
import warnings
from typing import Any

from mtt_mock.cli.errors import CommandError, require_extra
from mtt_mock.cli.output import print_document, print_line
from mtt_mock.domain.text import counted


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    profile = commands.add_parser(
        "profile", help="show, check or compare profiles of the service's behaviour"
    )
    topics = profile.add_subparsers(title="topics", required=True, metavar="TOPIC")
    show = topics.add_parser("show", help="print every settable fact with its value")
    show.add_argument("file", metavar="FILE", nargs="?", help="a profile; default: the defaults")
    show.set_defaults(run=_show)
    check = topics.add_parser(
        "check", help="check a profile", description="Exit 0: it can be used; 2: it cannot."
    )
    check.add_argument("file", metavar="FILE")
    check.set_defaults(run=_check)
    diff = topics.add_parser(
        "diff",
        help="print the facts in which two profiles differ",
        description="Exit 0: they are equal; 1: one difference per line.",
    )
    diff.add_argument("first", metavar="FILE")
    diff.add_argument("second", metavar="FILE", nargs="?", help="default: the defaults")
    diff.set_defaults(run=_diff)
    schema = topics.add_parser("schema", help="print the JSON Schema of a profile, for editors")
    schema.set_defaults(run=_schema)


def _show(options: argparse.Namespace) -> None:
    profile = _profile(options.file)
    for fact_id, fact in require_extra("mtt_contracts.fact_values").settable_facts().items():
        mark = "*" if fact_id in profile.overrides else " "
        print_line(f"{mark} {fact_id} = {_json(profile[fact_id])}")
        print(f"    {fact.help} ({fact.evidence})")


def _check(options: argparse.Namespace) -> None:
    profile = _profile(options.file)
    settings = require_extra("mtt_mock.service.settings")
    try:
        settings.Settings(profile=profile)
    except settings.SettingsError as error:
        raise CommandError(f"{options.file}: {error}") from error
    for sentence in profile.contradictions():
        print_line(f"warning: {sentence}", error=True)
    print_line(f"{options.file}: {counted(len(profile.overrides), 'fact')} set")


def _diff(options: argparse.Namespace) -> int:
    first, second = _profile(options.first), _profile(options.second)
    known = require_extra("mtt_contracts.fact_values").settable_facts()
    differing = [fact_id for fact_id in known if first[fact_id] != second[fact_id]]
    for fact_id in differing:
        print_line(f"{fact_id}: {_json(first[fact_id])} != {_json(second[fact_id])}")
    return 1 if differing else 0


def _schema(_options: argparse.Namespace) -> None:
    print_document(require_extra("mtt_contracts.fact_values").profile_schema())


def _profile(path: str | None) -> Any:
    profiles = require_extra("mtt_mock.service.profile")
    if path is None:
        return profiles.Profile()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", profiles.EvidenceWarning)
        return profiles.read_profile(path)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

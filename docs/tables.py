"""Generates the reference tables of the site from the code: options, settings, faults, paths."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mtt_mock import Settings, create_app, fake_of
from mtt_mock.cli.main import _parser
from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.service.setting import settings_table


def write(folder: Path) -> None:
    """Write each table to ``folder``, where the pages include it."""
    folder.mkdir(exist_ok=True)
    for name, text in {
        "options.md": serve_options(),
        "commands.md": commands(),
        "settings.md": settings_table(Settings),
        "faults.md": faults(),
        "control-paths.md": control_paths(),
    }.items():
        (folder / name).write_text(text, encoding="utf-8")


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

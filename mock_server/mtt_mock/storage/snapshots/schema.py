"""Snapshot schema: validates a snapshot and explains each problem."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs

import mtt_contracts
from mtt_mock.domain.errors import MttMockError

VERSION = 1
_HEAD = f'{{"mtt_mock": "state", "version": {VERSION}}}'
_ROOT = "the snapshot"
_MAX_PROBLEMS = 5


class SnapshotError(MttMockError, ValueError):
    """The snapshot is invalid. The message names the place and the reason."""


def check_schema(values: Any) -> None:
    """Raise ``SnapshotError`` unless the JSON ``values`` match the schema."""
    if not isinstance(values, dict) or values.get("mtt_mock") != "state":
        raise SnapshotError(
            f"this is not a state of mtt-mock: it must be a JSON object with {_HEAD}"
        )
    version = values.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise SnapshotError(
            f"version {version} needs a newer mtt-mock; this one reads version {VERSION}: "
            "upgrade mtt-mock"
        )
    if version != VERSION or isinstance(version, bool):
        raise SnapshotError(f"version must be {VERSION}")
    if _is_valid()(values):
        return
    unknown = next(_unknown(_schema(), values, ""), None)
    if unknown is not None:
        raise SnapshotError(unknown)
    problems = mtt_contracts.explain(_document(), values, root=_ROOT)
    shown = [str(problem) for problem in problems[:_MAX_PROBLEMS]]
    more = ["and more"] if len(problems) > _MAX_PROBLEMS else []
    raise SnapshotError("; ".join([*shown, *more]) or f"{_ROOT} does not match the schema")


def _unknown(node: dict[str, Any], value: Any, path: str) -> Iterator[str]:
    """Yield a message for each key in ``value`` that the schema does not define."""
    reference = node.get("$ref", "")
    if reference.startswith("#/definitions/"):
        node = _schema()["definitions"][reference.removeprefix("#/definitions/")]
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown(node.get("items", {}), item, f"{path}[{index}]")
    elif isinstance(value, dict):
        known = node.get("properties", {})
        for name, item in value.items():
            if name in known:
                yield from _unknown(known[name], item, f"{path}.{name}" if path else name)
            elif node.get("additionalProperties") is False:
                near = difflib.get_close_matches(name, known, n=1)
                hint = f'did you mean "{near[0]}"?' if near else f"it takes {', '.join(known)}"
                shown = json.dumps(name[:60], ensure_ascii=False)
                yield f"{path or _ROOT} has an unknown key {shown} ({hint})"


@cache
def _schema() -> dict[str, Any]:
    text = files(__package__).joinpath("snapshot.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _document() -> dict[str, Any]:
    return mtt_contracts.bundle(_schema())


@cache
def _is_valid() -> Callable[[Any], bool]:
    # The compiled validator only accepts or refuses. The slow explanation runs for failures.
    return jsonschema_rs.Draft7Validator(_document()).is_valid

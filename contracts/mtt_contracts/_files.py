"""Reads the contract's data files."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

# Not importlib.resources: it takes longer to import than the files to read.
_FOLDER = Path(__file__).parent


def read(*path: str) -> Any:
    """Return the parsed JSON file at ``path`` below this package."""
    return json.loads(_FOLDER.joinpath(*path).read_text(encoding="utf-8"))


@cache  # schemas are looked up for each response
def names(folder: str) -> tuple[str, ...]:
    """Return the names of the JSON files in ``folder``, sorted, without ``.json``."""
    return tuple(sorted(entry.stem for entry in (_FOLDER / folder).iterdir()))


@cache
def schema(name: str) -> dict[str, Any]:
    """Return the schema file ``name`` (without ``.json``). Do not modify it."""
    content: dict[str, Any] = read("schemas", f"{name}.json")
    return content


@cache
def bundled(name: str) -> dict[str, Any]:
    """Return schema ``name`` as one document, with referenced files as definitions."""
    return bundle(schema(name), name)


def bundle(whole: dict[str, Any], name: str = "") -> dict[str, Any]:
    """Make a schema self-contained.

    Args:
        whole: A schema that may refer to files of the contract (``{"$ref": "number.json"}``).
        name: The name that such a reference gives ``whole`` itself.

    Returns:
        A copy with the referenced files as definitions.
    """
    gathered: dict[str, Any] = {}

    def embed(node: Any, home: str) -> Any:
        if isinstance(node, list):
            return [embed(item, home) for item in node]
        if not isinstance(node, dict):
            return node
        return {
            key: relocate(value, home) if key == "$ref" else embed(value, home)
            for key, value in node.items()
            if key not in ("$id", "$schema")
        }

    def relocate(reference: str, home: str) -> str:
        target, _, fragment = reference.partition("#")
        target = target.removesuffix(".json") or home
        if target == name:
            return f"#{fragment}"
        if target not in gathered:
            gathered[target] = None  # before the descent: files may refer to each other
            gathered[target] = embed(schema(target), target)
        return f"#/definitions/{target}{fragment}"

    document: dict[str, Any] = embed(whole, name)
    definitions = {**document.get("definitions", {}), **gathered}
    head = {"$schema": whole["$schema"]}
    return head | document | ({"definitions": definitions} if definitions else {})

"""Builds an OpenRPC document from the contract's schema files, facts and examples.

The schema files become ``components/schemas``, with their evidence as ``$comment``: validators in
strict mode refuse unknown keywords. The errors of a method are the texts quoted in its facts.
"""

from __future__ import annotations

import re
from typing import Any

from mtt_contracts import _files
from mtt_contracts._catalogue import Method, methods
from mtt_contracts._evidence import Fact, facts
from mtt_contracts._examples import Example, examples

# The newest version that all tools of the OpenRPC project take: test-coverage and the generator
# refuse 1.3.
OPENRPC = "1.2.6"
URL = "https://webapicommon.mtt.ru/index.php"
# Tools call the examples in this order: each finds what it needs on a fresh service, if the
# call is over when its info is read (a fake with --clock 100000x).
_ORDER = (
    "setCallBackFollowme",
    "getCallBackFollowme",
    "getCustomerBalance",
    "makeCallBackCallFollowme",
    "deleteCallBackFollowme",
    "setCallBackPrompt",
    "getCallBackFollowmeCallInfo",
)
_DROPPED = {"$id", "$schema", "x-mtt"}
_CONDITIONS = ("if", "then", "else")
_MESSAGES = {-32602: "Invalid params", -32603: "Internal error"}
_STANDARD = [
    (-32700, "Parse error"),
    (-32600, "Invalid Request"),
    (-32601, "Method not found"),
]
_CODE = re.compile(r"-32\d{3}")
_DATA = re.compile(r"data `([^`]+)`|, `(Call ended[^`]+)`")


def document(*, url: str = URL, version: str = "0.1.0") -> dict[str, Any]:
    """Return the OpenRPC document.

    Args:
        url: The endpoint.
        version: The version of the contract.

    Returns:
        The document as JSON values.

    Raises:
        ValueError: ``url`` has no scheme.
    """
    if "://" not in url:
        raise ValueError(f"url needs a scheme, such as https://, got {url!r}")
    return {
        "openrpc": OPENRPC,
        "info": {
            "title": "MTT CallBack API",
            "version": version,
            "description": "Set the numbers of a call-back, start it, and get its info. "
            "JSON-RPC 2.0 with HTTP Basic Auth; not MTT's own document.",
        },
        "servers": [{"name": "endpoint", "url": url}],
        "methods": [_method(methods()[name]) for name in _ORDER],
        "components": {
            "schemas": {
                _key(name): _relocated(_files.schema(name), name)
                for name in _files.names("schemas")
            },
            "errors": {message: _error(code, message) for code, message in _STANDARD},
        },
    }


def _method(method: Method) -> dict[str, Any]:
    source = _files.schema(f"{method.name}.params")
    own_examples = [item for item in examples().values() if item.method == method.name]
    entry: dict[str, Any] = {
        "name": method.name,
        "description": source.get("description", source["title"]),
        "paramStructure": "either",
        "params": [
            {
                "name": param.name,
                "required": param.required,
                "description": _description(source["properties"][param.name]),
                "schema": _relocated(source["properties"][param.name], f"{method.name}.params"),
            }
            for param in method.parameters
        ],
        "result": {
            "name": f"{method.name}Result",
            "schema": {"$ref": f"#/components/schemas/{_key(f'{method.name}.result')}"},
        },
        "errors": [_error(*error) for error in _errors(method.name)],
        # Tools call a fresh service in this order: a conflict comes after its cause.
        "examples": sorted(
            (_pairing(item) for item in own_examples if "result" in item.response),
            key=lambda pairing: "error" in pairing["result"]["value"],
        ),
    }
    failures = [_failure(item) for item in own_examples if "error" in item.response]
    # An OpenRPC example has a result or is a notification, so errors have a separate key.
    return entry | ({"x-error-examples": failures} if failures else {})


def _errors(method_name: str) -> list[tuple[int, str, str | None]]:
    """Return code, message and data of the errors that the method's facts quote."""
    errors: list[tuple[int, str, str | None]] = [
        *((code, message, None) for code, message in _STANDARD),
        (-32602, _MESSAGES[-32602], "customer_name not found"),
    ]
    for fact in facts():
        if fact.area == method_name:
            errors += _quoted_errors(fact)
    return errors


def _quoted_errors(fact: Fact) -> list[tuple[int, str, str | None]]:
    code = int(match.group()) if (match := _CODE.search(fact.statement)) else -32603
    texts = [first or second for first, second in _DATA.findall(fact.statement)]
    return [(code, _MESSAGES.get(code, _MESSAGES[-32603]), text) for text in texts]


def _error(code: int, message: str, data: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "data": data}


def _pairing(example: Example) -> dict[str, Any]:
    return {
        "name": example.name,
        "description": f"{example.description} ({example.evidence}: {example.source})",
        "params": [
            # All in order: tools send examples by position. null means "not given".
            {"name": param.name, "value": example.request["params"].get(param.name)}
            for param in methods()[example.method].parameters
        ],
        "result": {"name": "result", "value": example.response["result"]},
    }


def _failure(example: Example) -> dict[str, Any]:
    return {
        "name": example.name,
        "description": f"{example.description} ({example.evidence}: {example.source})",
        "params": example.request["params"],
        "error": example.response["error"],
    }


def _description(schema: dict[str, Any]) -> str:
    while "description" not in schema and "$ref" in schema:
        schema = _files.schema(schema["$ref"].removesuffix(".json"))
    return str(schema.get("description", schema.get("title", "")))


def _key(name: str) -> str:
    return name.replace(".", "_")


def _relocated(node: Any, home: str) -> Any:
    """Return ``node`` of the schema file ``home`` with references into ``components``."""
    if isinstance(node, list):
        return [_relocated(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    relocated = {
        key: _relocated_keyword(key, value, home)
        for key, value in node.items()
        if key not in _DROPPED
    }
    evidence = node.get("x-mtt", {})
    if "evidence" in evidence:
        relocated["$comment"] = f"{evidence['evidence']}: {evidence['source']}"
    return relocated


def _relocated_keyword(keyword: str, value: Any, home: str) -> Any:
    if keyword == "$ref":
        return _target(value, home)
    # The tools do not dereference inside conditions: these hold no reference.
    return _inlined(value, home) if keyword in _CONDITIONS else _relocated(value, home)


def _inlined(node: Any, home: str) -> Any:
    """Return ``node`` of the schema file ``home`` with each reference replaced by its schema."""
    if isinstance(node, list):
        return [_inlined(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name, _, fragment = node["$ref"].partition("#")
        home = name.removesuffix(".json") or home
        target = _files.schema(home)
        for key in filter(None, fragment.split("/")):
            target = target[key]
        return _inlined(target, home)
    return {key: _inlined(value, home) for key, value in node.items() if key not in _DROPPED}


def _target(reference: str, home: str) -> str:
    name, _, fragment = reference.partition("#")
    return f"#/components/schemas/{_key(name.removesuffix('.json') or home)}{fragment}"

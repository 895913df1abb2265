"""Checks a recorded piece of the wire: a request, a response, a batch of them, or an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mtt_contracts._catalogue import Method, method, methods, schema
from mtt_contracts._problems import Problem
from mtt_contracts._validation import explain, validate_params, validate_response


@dataclass(frozen=True, slots=True)
class Checked:
    """The result of a check.

    Attributes:
        kind: The kind of the value, such as "exchange", "request" or "unknown".
        problems: The violations of the contract.
    """

    kind: str
    problems: list[Problem]


def check(value: Any, method_name: str | None = None) -> Checked:
    """Check a request, a response, a batch or an exchange against the contract.

    Args:
        value: The JSON value; an exchange is an object with ``request`` and ``response``.
        method_name: The method of a response; without it only the envelope is checked.

    Returns:
        The detected kind and the problems.

    Raises:
        LookupError: The contract does not have the method.
    """
    if method_name is not None:
        method_name = method(method_name).name
    if isinstance(value, list):
        return _batch(value, method_name)
    if not isinstance(value, dict):
        return Checked("unknown", [_problem("", value, "type", "must be a JSON object or array")])
    if "request" in value and "response" in value:
        return Checked("exchange", list(_exchange(value["request"], value["response"])))
    if "method" in value or "params" in value:
        return Checked("request", list(_request(value, "")))
    if "result" in value or "error" in value:
        about = f" of {method_name}" if method_name else ""
        return Checked(f"response{about}", validate_response(value, method_name))
    text = "is neither a request (method) nor a response (result, error) nor an exchange"
    return Checked("unknown", [_problem("", value, "anyOf", text)])


def _batch(value: list[Any], method_name: str | None) -> Checked:
    if not value:
        return Checked("batch", [_problem("", value, "minItems", "is an empty batch")])
    kinds, problems = set(), []
    for index, item in enumerate(value):
        checked = check(item, method_name) if isinstance(item, dict) else None
        if checked is None:
            problems.append(
                _problem(f"[{index}]", item, "type", "is not a call: it must be an object")
            )
            continue
        kinds.add(checked.kind)
        problems += [_below(f"[{index}]", problem) for problem in checked.problems]
    if len(kinds) > 1:
        text = f"mixes {' and '.join(sorted(kinds))}"
        problems.append(_problem("", value, "items", text))
    return Checked(f"batch of {len(value)}", problems)


def _request(envelope: dict[str, Any], root: str) -> Iterator[Problem]:
    problems = explain(schema("request"), envelope, root="request")
    yield from (_below(root, problem) for problem in problems)
    if problems:
        return
    known = _known(envelope["method"])
    if known is None:
        text = f"is unknown; the contract has {', '.join(methods())}"
        yield _below(root, _problem("method", envelope["method"], "enum", text))
        return
    params = envelope.get("params")
    named = known.name_params(params) if isinstance(params, list) else params
    problems = validate_params(known.name, {} if named is None else named)
    yield from (_below(root, _below("params", problem)) for problem in problems)


def _exchange(request: Any, response: Any) -> Iterator[Problem]:
    if not isinstance(request, dict):
        yield _problem("request", request, "type", "is not an object")
        return
    yield from _request(request, "request")
    if response is None:
        return  # a notification
    known = _known(request.get("method"))
    problems = validate_response(response, known and known.name)
    yield from (_below("response", problem) for problem in problems)
    if isinstance(response, dict) and not _same(request.get("id"), response.get("id")):
        text = f"answers another id than {request.get('id')!r}"
        yield _problem("response.id", response.get("id"), "const", text)


def _known(name: Any) -> Method | None:
    try:
        return method(name) if isinstance(name, str) else None
    except LookupError:
        return None


def _same(asked: Any, answered: Any) -> bool:
    return type(asked) is type(answered) and bool(asked == answered)


def _below(root: str, problem: Problem) -> Problem:
    if not root:
        return problem
    if problem.path in ("request", "response", "params", "result"):
        return problem._replace(path=root)
    joint = "" if problem.path.startswith("[") or not problem.path else "."
    return problem._replace(path=f"{root}{joint}{problem.path}")


def _problem(path: str, value: Any, rule: str, text: str) -> Problem:
    return Problem(path, value, rule, f"{path or 'the value'} {text}")

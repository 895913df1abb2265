"""Checks a recorded piece of the wire: a request, a response, a batch of them, or an exchange."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mtt_contracts._catalogue import method, methods, schema
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
        method_name = method(_known(method_name) or method_name).name
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
    name = _known(envelope["method"])
    if name is None:
        known = ", ".join(methods())
        yield _below(
            root, _problem("method", envelope["method"], "enum", f"is not known; there are {known}")
        )
        return
    named = _named(name, envelope.get("params"))
    yield from (_below(root, _below("params", problem)) for problem in validate_params(name, named))


def _exchange(request: Any, response: Any) -> Iterator[Problem]:
    if not isinstance(request, dict):
        yield _problem("request", request, "type", "is not an object")
        return
    yield from _request(request, "request")
    if response is None:
        return  # a notification
    name = _known(request.get("method"))
    yield from (_below("response", problem) for problem in validate_response(response, name))
    if isinstance(response, dict) and not _same(request.get("id"), response.get("id")):
        text = f"answers another id than {request.get('id')!r}"
        yield _problem("response.id", response.get("id"), "const", text)


def _known(name: Any) -> str | None:
    if not isinstance(name, str):
        return None
    return next((known for known in methods() if known.lower() == name.lower()), None)


def _named(method_name: str, params: Any) -> Any:
    if not isinstance(params, list):
        return {} if params is None else params
    names = [parameter.name for parameter in method(method_name).parameters]
    return dict(zip(names, params, strict=False))


def _same(asked: Any, answered: Any) -> bool:
    return type(asked) is type(answered) and bool(asked == answered)


def _below(root: str, problem: Problem) -> Problem:
    if not root or problem.path in ("request", "response", "params", "result"):
        return problem if not root else problem._replace(path=root)
    joint = "" if problem.path.startswith("[") or not problem.path else "."
    return problem._replace(path=f"{root}{joint}{problem.path}")


def _problem(path: str, value: Any, rule: str, text: str) -> Problem:
    return Problem(path, value, rule, f"{path or 'the value'} {text}")

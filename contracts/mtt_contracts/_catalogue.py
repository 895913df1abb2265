"""The methods of the service and their parameters, read from the schema files."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from mtt_contracts import _files


class Parameter(NamedTuple):
    """One parameter of a method.

    Attributes:
        name: Its name.
        required: Whether a call must have it.
        default: Its default, if it is not required.
        smd_type: Its type in the recorded service map, or ``None``.
    """

    name: str
    required: bool
    default: Any
    smd_type: str | None


class Method(NamedTuple):
    """One method of the service.

    Attributes:
        name: Its name.
        parameters: Its parameters, in the order of positional params.
        smd_returns: Its return type in the recorded service map.
    """

    name: str
    parameters: tuple[Parameter, ...]
    smd_returns: str

    @property
    def params_schema(self) -> dict[str, Any]:
        """A self-contained draft-07 schema of its named params. Do not modify it."""
        return _files.bundled(f"{self.name}.params")

    @property
    def result_schema(self) -> dict[str, Any]:
        """A self-contained draft-07 schema of its result. Do not modify it."""
        return _files.bundled(f"{self.name}.result")

    def name_params(self, params: list[Any]) -> dict[str, Any]:
        """Name positional params.

        Args:
            params: The values, in the order of ``parameters``; surplus ones are left out.

        Returns:
            The values by the names of their parameters.
        """
        return {each.name: value for each, value in zip(self.parameters, params, strict=False)}


@cache
def methods() -> dict[str, Method]:
    """Return all methods.

    Returns:
        The methods by name, in the order of the recorded service map.
    """
    return {name: _method(name) for name in _files.read("methods.json")}


@cache
def _by_lower_name() -> dict[str, Method]:
    return {name.lower(): known for name, known in methods().items()}


def method(name: str) -> Method:
    """Return a method.

    Args:
        name: Its name, in any letter case.

    Returns:
        The method.

    Raises:
        LookupError: The method is unknown; the message lists all.
    """
    try:
        return _by_lower_name()[name.lower()]
    except KeyError:
        known = ", ".join(methods())
        raise LookupError(f"the contract has no method {name!r}; it has {known}") from None


def schema(name: str) -> dict[str, Any]:
    """Return a schema file as one document, with referenced files as definitions.

    Args:
        name: The file's name without ``.json``, such as ``"followme_element"``.

    Returns:
        The schema as JSON (draft 7).

    Raises:
        LookupError: The schema is unknown; the message lists all.
    """
    known = _files.names("schemas")
    if name not in known:
        raise LookupError(f"the contract has no schema {name!r}; it has {', '.join(known)}")
    return _files.bundled(name)


def _method(name: str) -> Method:
    params = _files.schema(f"{name}.params")
    required = set(params["required"])
    return Method(
        name=name,
        parameters=tuple(
            Parameter(
                name=key,
                required=key in required,
                default=value.get("default"),
                smd_type=value.get("x-mtt", {}).get("smd_type"),
            )
            for key, value in params["properties"].items()
        ),
        smd_returns=params["x-mtt"]["smd_returns"],
    )

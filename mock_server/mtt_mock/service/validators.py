"""Fast validation of params: compiled validators that explain only what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs

import mtt_contracts

Validator = Callable[[dict[str, Any]], list[mtt_contracts.Problem]]


def params_validator(method: mtt_contracts.Method) -> Validator:
    """Return a function that validates named params and returns their problems.

    The compiled validator decides in microseconds; the contract explains refused params. A
    property test checks that both agree.
    """
    is_valid = jsonschema_rs.Draft7Validator(method.params_schema).is_valid

    def validate(params: dict[str, Any]) -> list[mtt_contracts.Problem]:
        if is_valid(params):
            return []
        return mtt_contracts.validate_params(method.name, params)

    return validate

"""The contract of MTT's CallBack API: JSON Schema files, and the functions that read them.

The files under ``schemas`` are the only definition of each parameter. This package imports neither
the fake nor the client. Validation, notes and examples are imported with their first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

from mtt_contracts._catalogue import Method, Parameter, method, methods, schema
from mtt_contracts._element_types import PROMPTS, QUEUES, canonical_type
from mtt_contracts._evidence import Fact, Field, facts, fields
from mtt_contracts._files import bundle
from mtt_contracts._problems import Problem

if TYPE_CHECKING:
    from mtt_contracts._examples import Example, examples
    from mtt_contracts._notes import lint_params
    from mtt_contracts._validation import (
        explain,
        validate_params,
        validate_request,
        validate_response,
        validate_result,
    )

__all__ = [
    "PROMPTS",
    "QUEUES",
    "Example",
    "Fact",
    "Field",
    "Method",
    "Parameter",
    "Problem",
    "bundle",
    "canonical_type",
    "examples",
    "explain",
    "facts",
    "fields",
    "lint_params",
    "method",
    "methods",
    "schema",
    "validate_params",
    "validate_request",
    "validate_response",
    "validate_result",
]

if not TYPE_CHECKING:  # a type checker would take any misspelt name for this function's result
    _LAZY_EXPORTS = {"Example": "_examples", "examples": "_examples", "lint_params": "_notes"}

    def __getattr__(name: str) -> Any:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module = importlib.import_module(f"{__name__}.{_LAZY_EXPORTS.get(name, '_validation')}")
        value = globals()[name] = getattr(module, name)
        return value

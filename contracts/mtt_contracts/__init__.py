"""The contract of MTT's CallBack API: JSON Schema files, and the functions that read them.

The files under ``schemas`` are the only definition of each parameter. This package imports neither
the fake nor the client.
"""

from mtt_contracts._catalogue import Method, Parameter, method, methods, schema
from mtt_contracts._element_types import PROMPTS, QUEUES, canonical_type
from mtt_contracts._evidence import Fact, Field, facts, fields
from mtt_contracts._examples import Example, examples
from mtt_contracts._files import bundle
from mtt_contracts._notes import lint_params
from mtt_contracts._problems import Problem
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

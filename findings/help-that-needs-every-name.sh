#!/usr/bin/env bash
# msgspec 0.22.0 (PyPI): its Structs describe the messages of JSON-RPC clients and servers, in place of data classes.
#
# A module imports names that only its annotations need for type checkers alone, and Python is told not to evaluate
# annotations (`from __future__ import annotations`). Data classes, named tuples and attrs then work as without.
#
# Expected: `help(Class)` and `inspect.signature` show a Struct as they show the same data class.
# Behaviour: a Struct can be created, compared, printed and encoded, but its signature evaluates all annotations: `help`
# and `inspect.signature` raise a NameError for it, and documentation generators that read signatures fail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check msgspec==0.22.0 attrs==26.1.0
cat >calls.py <<'PYTHON'
"""Calls of a telephone service, described four times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import attrs
import msgspec

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True)
class DataClass:
    number: str
    price: Decimal | None = None


@attrs.frozen
class Attrs:
    number: str
    price: Decimal | None = None


class Tuple(NamedTuple):
    number: str
    price: Decimal | None = None


class Struct(msgspec.Struct, frozen=True):
    number: str
    price: Decimal | None = None
PYTHON
cat >show.py <<'PYTHON'
import inspect
import pydoc

import msgspec

import calls


def outcome(show):
    try:
        return show()
    except NameError as error:
        return f"NameError: {error.name}"


for kind in (calls.DataClass, calls.Attrs, calls.Tuple, calls.Struct):
    call = kind("74950000001")
    assert call == kind("74950000001") and "74950000001" in repr(call)
    signature = outcome(lambda: str(inspect.signature(kind)).replace("'", ""))
    shown = outcome(lambda: "help is shown" if pydoc.render_doc(kind) else "")
    print(f"{kind.__name__}: {signature.removesuffix(' -> None')}; {shown}")
print(msgspec.json.encode(calls.Struct("74950000001")).decode())
PYTHON
venv/bin/python show.py | tee output
diff output - <<'EXPECTED'
DataClass: (number: str, price: Decimal | None = None); help is shown
Attrs: (number: str, price: Decimal | None = None); help is shown
Tuple: (number: ForwardRef(str), price: ForwardRef(Decimal | None) = None); help is shown
Struct: NameError: Decimal; NameError: Decimal
{"number":"74950000001","price":null}
EXPECTED

"""Calls each operation of a client by openapi-python-client once: FOLDER URL CALL FAULT STUB.

Runs where the client's own requirements are installed. Prints each operation with its status and
the type of its answer.
"""

import importlib
import inspect
import pkgutil
import sys
import typing
from pathlib import Path

CUSTOMER = "883140500000000"
BODIES = {
    "patch_faults_fault_id": {"enabled": False},
    "post_balance_customer": {"balance": "12.5"},
    "post_check": {"request": {"jsonrpc": "2.0", "method": "getCustomerBalance"}},
    "post_clock": {"advance": 1},
    "post_events": {"call": "", "event": "start_side_A"},
    "post_faults": {"fault": "delay=0.5"},
    "post_prompts": {"customer": CUSTOMER, "name": "hello.wav", "seconds": 3.5},
    "post_reset": {},
    "post_snapshot": {"mtt_mock": "state", "version": 1},
    "post_stubs": {"method": "getCustomerBalance", "http": [503]},
    "post_subscribers": {"number": "79000000001", "does": "busy"},
}
ENDLESS = ("get_stream",)


def order(name):
    """Sort reading before changing before removing, one before all; the reset comes last."""
    verb = ["get", "post", "patch", "delete"].index(name.partition("_")[0])
    return name == "post_reset", verb, -len(name), name


def body_of(kind, values):
    """Return the first body type that holds ``values``."""
    for model in typing.get_args(kind) or (kind,):
        try:
            body = model.from_dict(dict(values))
            if body.to_dict() == values:
                return body
        except (KeyError, TypeError, ValueError):
            continue
    raise ValueError(f"no type of {kind} holds {values}")


def main(folder, url, call_id, fault_id, stub_id):
    folder = Path(folder)
    sys.path.insert(0, str(folder.parent))
    package = folder.name
    client = importlib.import_module(f"{package}.client").Client(url)
    api = importlib.import_module(f"{package}.api.default")
    given = {
        "call_id": call_id, "fault_id": int(fault_id), "stub_id": int(stub_id), "entry_id": 1,
        "customer": CUSTOMER, "number": "79000000001", "name": "hello.wav", "client": client,
    }  # fmt: skip
    BODIES["post_events"]["call"] = call_id
    for name in sorted((module.name for module in pkgutil.iter_modules(api.__path__)), key=order):
        if name in ENDLESS:
            continue
        function = importlib.import_module(f"{api.__name__}.{name}").sync_detailed
        hints = typing.get_type_hints(function)
        values = {
            parameter: body_of(hints[parameter], BODIES[name])
            if parameter == "body"
            else given[parameter]
            for parameter in inspect.signature(function).parameters
            if parameter == "body" or parameter in given
        }
        if name == "get_snapshot":
            values["customer"] = [CUSTOMER]
        answer = function(**values)
        print(name, answer.status_code.value, type(answer.parsed).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])

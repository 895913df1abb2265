"""Which room may import which: the rules of the architecture, enforced over the source."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

OURS = ("mtt_mock", "mtt_contracts", "mtt_client")
IO = ("flask", "werkzeug", "uvicorn", "socket", "asyncio", "http")


def home_of(package):
    spec = importlib.util.find_spec(package)
    assert spec is not None
    return Path(spec.origin).parent


def sources(package):
    """Return the source of every module of ``package`` by its dotted name."""
    home = home_of(package)
    found = {}
    for path in sorted(home.rglob("*.py")):
        parts = [package, *path.relative_to(home).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        found[".".join(parts)] = path.read_text(encoding="utf-8")
    return found


def imports(module, source, *, is_package=False, at_load=False):
    """Return the dotted names that ``source`` imports, ``a.b.c`` for ``from a.b import c``.

    ``at_load``: only what is imported when the module is: nothing inside functions or under
    ``if TYPE_CHECKING``.
    """
    found = set()

    def visit(node):
        if at_load:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                for child in node.orelse:
                    visit(child)
                return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node, module, is_package=is_package)
            found.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            found.update(
                each.value
                for each in node.args[:1]
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(source))
    return found


def base_of(node, module, *, is_package):
    """Return the ``a.b`` of ``from a.b import c``, relative ones resolved."""
    base = node.module or ""
    if not node.level:
        return base
    parts = module.split(".")
    drop = node.level - (1 if is_package else 0)
    parent = ".".join(parts[: len(parts) - drop])
    return f"{parent}.{base}".rstrip(".")


def within(name, *homes):
    return any(name == home or name.startswith(f"{home}.") for home in homes)


def forbidden_to(module):
    """Return the modules and packages that ``module`` must not import."""
    if within(module, "mtt_contracts"):
        return ("mtt_mock", "mtt_client")
    if within(module, "mtt_client"):
        return ("mtt_mock",)
    outer = tuple(f"mtt_mock.{name}" for name in ("accounts", "web", "serving", "methods"))
    if within(module, "mtt_mock.domain"):
        return ("mtt_client", *IO, "mtt_mock.rpc", *outer)
    if within(module, "mtt_mock.rpc"):
        return ("mtt_client", *IO, "mtt_mock.domain", *outer)
    if module == "mtt_mock.pytest_plugin":
        return ()
    return ("mtt_client",)


def violations(module, source, *, is_package=False):
    """Return what ``module`` imports against the rules, as ``module -> imported`` lines."""
    return sorted(
        f"{module} -> {name}"
        for name in imports(module, source, is_package=is_package)
        if within(name, *forbidden_to(module))
    )


def cycles(modules):
    """Return the modules that import themselves, over others, when they are loaded."""
    packages = {name.rpartition(".")[0] for name in modules}
    edges = {}
    for module, source in modules.items():
        edges[module] = set()
        for name in imports(module, source, is_package=module in packages, at_load=True):
            # ``from a.b import c``: c is a module, or a name in module a.b.
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target != module:
                edges[module].add(target)
    return sorted(module for module in edges if reaches(edges, module))


def reaches(edges, start):
    ahead, seen = list(edges[start]), set()
    while ahead:
        module = ahead.pop()
        if module == start:
            return True
        if module not in seen:
            seen.add(module)
            ahead.extend(edges[module])
    return False


ALL = {name: text for package in OURS for name, text in sources(package).items()}


@pytest.mark.parametrize("module", sorted(ALL))
def test_a_module_imports_only_what_its_room_may(module):
    is_package = any(name.startswith(f"{module}.") for name in ALL)
    assert violations(module, ALL[module], is_package=is_package) == []


@pytest.mark.parametrize("package", OURS)
def test_no_module_imports_itself_over_others(package):
    assert cycles(sources(package)) == []


def test_the_rooms_that_the_rules_speak_of_exist():
    assert {
        "mtt_mock.domain.followme",
        "mtt_mock.rpc.engine",
        "mtt_mock.accounts",
        "mtt_mock.web",
        "mtt_mock.serving",
        "mtt_mock.methods",
        "mtt_contracts",
        "mtt_client",
    } <= set(ALL)


# The checker finds what it is for.


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("mtt_contracts._files", "import mtt_mock", "mtt_mock"),
        ("mtt_contracts", "from mtt_client import Client", "mtt_client.Client"),
        ("mtt_contracts._x", "def f():\n    import mtt_mock.web", "mtt_mock.web"),
        (
            "mtt_contracts._x",
            "if TYPE_CHECKING:\n    from mtt_mock.fake import Fake",
            "mtt_mock.fake.Fake",
        ),
        ("mtt_client._http", "from mtt_mock.rpc import errors", "mtt_mock.rpc.errors"),
        ("mtt_client", "import mtt_mock as kit", "mtt_mock"),
        ("mtt_client", 'importlib.import_module("mtt_mock.web")', "mtt_mock.web"),
        ("mtt_mock.web", "import mtt_client", "mtt_client"),
        ("mtt_mock.fake", "async def f():\n    from mtt_client import x", "mtt_client.x"),
        ("mtt_mock.domain.store", "import flask", "flask"),
        ("mtt_mock.domain.store", "from werkzeug.http import x", "werkzeug.http.x"),
        ("mtt_mock.domain", "import uvicorn.config", "uvicorn.config"),
        ("mtt_mock.domain.store", "import socket", "socket"),
        ("mtt_mock.domain.store", "import asyncio", "asyncio"),
        ("mtt_mock.domain.store", "from http import HTTPStatus", "http.HTTPStatus"),
        ("mtt_mock.domain.store", "from mtt_mock import rpc", "mtt_mock.rpc"),
        (
            "mtt_mock.domain.store",
            "from ..rpc.errors import RpcError",
            "mtt_mock.rpc.errors.RpcError",
        ),
        ("mtt_mock.domain.store", "from .. import accounts", "mtt_mock.accounts"),
        ("mtt_mock.domain.store", "import mtt_mock.methods", "mtt_mock.methods"),
        ("mtt_mock.domain.store", "from mtt_mock.web import x", "mtt_mock.web.x"),
        ("mtt_mock.domain.store", "from mtt_mock.serving import x", "mtt_mock.serving.x"),
        ("mtt_mock.rpc.engine", "from flask import request", "flask.request"),
        ("mtt_mock.rpc.engine", "import http.client", "http.client"),
        ("mtt_mock.rpc.engine", "from mtt_mock.domain import store", "mtt_mock.domain.store"),
        (
            "mtt_mock.rpc.engine",
            "from mtt_mock.accounts import Account",
            "mtt_mock.accounts.Account",
        ),
        ("mtt_mock.rpc.engine", "from mtt_mock.methods import x", "mtt_mock.methods.x"),
        ("mtt_mock.rpc.engine", "from mtt_mock.serving.live import x", "mtt_mock.serving.live.x"),
        ("mtt_mock.rpc.engine", "try:\n    import mtt_mock.web\nfinally:\n    x", "mtt_mock.web"),
    ],
)
def test_a_wrong_import_would_be_found(module, source, found):
    assert violations(module, source) == [f"{module} -> {found}"]


def test_a_wrong_relative_import_of_a_package_would_be_found():
    source = "from ..domain import store"
    assert violations("mtt_mock.rpc", source, is_package=True) == [
        "mtt_mock.rpc -> mtt_mock.domain.store"
    ]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mtt_contracts._x", "import json\nfrom mtt_contracts import _files"),
        ("mtt_client._x", "import mtt_contracts\nimport socket"),
        ("mtt_mock.pytest_plugin", "import mtt_client"),
        ("mtt_mock.web", "import flask, mtt_contracts\nfrom mtt_mock import rpc"),
        ("mtt_mock.domain.store", "from mtt_mock.domain.followme import EMPTY\nimport httpx"),
        ("mtt_mock.rpc.engine", "import orjson\nfrom mtt_mock.rpc import text"),
    ],
)
def test_a_right_import_is_left_alone(module, source):
    assert violations(module, source) == []


def test_a_cycle_would_be_found():
    modules = {
        "p": "",
        "p.a": "from p.b import x",
        "p.b": "import p.c",
        "p.c": "class C:\n    from p import a",
        "p.d": "from p.a import y",
    }
    assert cycles(modules) == ["p.a", "p.b", "p.c"]


def test_a_cycle_over_a_package_would_be_found():
    modules = {"p": "from p.a import x", "p.a": "from p import name"}
    assert cycles(modules) == ["p", "p.a"]


def test_a_relative_cycle_would_be_found():
    modules = {"p.q": "from . import a", "p.q.a": "from ..r import x", "p.r": "from .q import a"}
    assert cycles(modules) == ["p.q.a", "p.r"]


def test_imports_in_functions_and_for_type_checkers_make_no_cycle():
    modules = {
        "p.a": "from p.b import x",
        "p.b": "if TYPE_CHECKING:\n    from p.a import y\ndef f():\n    import p.a",
        "p.c": "if typing.TYPE_CHECKING:\n    pass\nelse:\n    import p.d",
        "p.d": "import p.c",
    }
    assert cycles(modules) == ["p.c", "p.d"]

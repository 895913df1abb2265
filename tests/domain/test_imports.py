"""The order of packages: tests which package imports which."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured  # runs none of the product's code

OURS = ("mtt_mock", "mtt_contracts", "mtt_client")
IO = ("flask", "werkzeug", "uvicorn", "socket", "asyncio", "http.client", "http.server")
WITHOUT_IO = ("mtt_mock.domain", "mtt_mock.jsonrpc")
ROOT_MODULES = ("mtt_mock.__version__", "mtt_mock._version")

# The packages of mtt_mock from the bottom up, and the packages below that each may import.
BELOW = {
    "domain": (),
    "jsonrpc": (),
    "service": ("domain", "jsonrpc"),
    "storage": ("service", "domain", "jsonrpc"),
    "web": ("storage", "service", "domain", "jsonrpc"),
    "server": ("web", "storage", "service", "domain", "jsonrpc"),
    "interception": ("server", "web", "storage", "service", "domain", "jsonrpc"),
    "conformance": ("server", "web", "storage", "service", "domain", "jsonrpc"),
    "testing": ("interception", "server", "web", "storage", "service", "domain", "jsonrpc"),
    "cli": (
        "testing", "conformance", "interception", "server", "web", "storage", "service",
        "domain", "jsonrpc",
    ),
}  # fmt: skip
PACKAGES = tuple(BELOW)
IMPORTERS = re.compile(r"import|^_?needs|require_extra|^lazy$")  # functions that import by name


def home_of(package):
    spec = importlib.util.find_spec(package)
    assert spec is not None
    return Path(spec.origin).parent


def sources(package):
    """Return the source of every module of ``package`` by its dotted name."""
    home = home_of(package)
    modules = {}
    for path in sorted(home.rglob("*.py")):
        parts = [package, *path.relative_to(home).with_suffix("").parts]
        if parts[-1] == "__init__":
            parts.pop()
        modules[".".join(parts)] = path.read_text(encoding="utf-8")
    return modules


@functools.cache
def imports(module, source, *, is_package=False):
    """Return the dotted names that ``source`` imports anywhere, late imports included.

    ``from a.b import c`` gives ``a.b.c``; a call such as ``import_module("a.b")`` gives ``a.b``.
    """
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node, module, is_package=is_package)
            names.update(f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and IMPORTERS.search(ast.unparse(node.func)):
            names.update(
                argument.value
                for argument in node.args[:1]
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )
    return frozenset(names)


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


def package_of(name):
    """Return the package of ``mtt_mock`` that the dotted ``name`` belongs to; None: the root."""
    parts = name.split(".")
    return parts[1] if parts[0] == "mtt_mock" and parts[1:2] and parts[1] in PACKAGES else None


def may_import(module, name):
    """Return whether ``module`` may import ``name``."""
    if not within(name, *OURS):
        return not (within(module, *WITHOUT_IO) and within(name, *IO))
    if within(name, "mtt_contracts"):
        return True
    if not within(module, "mtt_mock"):
        return within(name, module.split(".")[0])
    package = package_of(module)
    if within(name, "mtt_client"):
        return package == "testing"
    return (
        package is None
        or within(name, *ROOT_MODULES)
        or package_of(name) in (package, *BELOW[package])
    )


def violations(module, source, *, is_package=False):
    """Return the imports of ``module`` that break the rules, as ``module -> imported`` lines."""
    return sorted(
        f"{module} -> {name}"
        for name in imports(module, source, is_package=is_package)
        if not may_import(module, name)
    )


def edges_of(modules):
    """Map each module to the modules that it imports anywhere in its source."""
    packages = {name.rpartition(".")[0] for name in modules}
    edges = {}
    for module, source in modules.items():
        edges[module] = set()
        for name in imports(module, source, is_package=module in packages):
            # ``from a.b import c``: c is a module, or a name in module a.b.
            target = name if name in modules else name.rpartition(".")[0]
            if target in modules and target != module:
                edges[module].add(target)
    return edges


def cycles(modules):
    """Return the modules that are part of an import cycle, late imports included."""
    edges = edges_of(modules)
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


def longest_chain(edges):
    """Return the longest path through ``edges``, which hold no cycle."""
    longest = {}

    def from_here(node):
        if node not in longest:
            tails = [from_here(target) for target in edges[node]]
            longest[node] = [node, *max(tails, key=len, default=[])]
        return longest[node]

    return max((from_here(node) for node in edges), key=len)


ALL = {name: text for package in OURS for name, text in sources(package).items()}


@pytest.mark.parametrize("module", sorted(ALL))
def test_modules_import_only_their_package_and_lower_ones(module):
    is_package = any(name.startswith(f"{module}.") for name in ALL)
    assert violations(module, ALL[module], is_package=is_package) == []


@pytest.mark.parametrize("package", OURS)
def test_no_modules_import_each_other_in_a_cycle(package):
    assert cycles(sources(package)) == []


def test_the_packages_are_those_of_the_table():
    home = home_of("mtt_mock")
    folders = {path.parent.name for path in home.glob("*/__init__.py")}
    files = {path.stem for path in home.glob("*.py")}
    assert folders == set(PACKAGES)
    assert files == {"__init__", "__main__", "_version"}


def test_packages_are_listed_bottom_up():
    for index, package in enumerate(PACKAGES):
        assert set(BELOW[package]) <= set(PACKAGES[:index])


def test_the_longest_chain_of_packages_is_eight():
    edges = {package: set() for package in PACKAGES}
    for module, targets in edges_of(sources("mtt_mock")).items():
        for target in targets:
            source, end = package_of(module), package_of(target)
            if source and end and source != end:
                edges[source].add(end)
    assert len(longest_chain(edges)) == 8


# Tests of the checker itself.


@pytest.mark.parametrize(
    ("module", "source", "imported"),
    [
        ("mtt_contracts._files", "import mtt_mock", "mtt_mock"),
        ("mtt_contracts", "from mtt_client import Client", "mtt_client.Client"),
        ("mtt_contracts._x", "def f():\n    import mtt_mock.web", "mtt_mock.web"),
        (
            "mtt_contracts._x",
            "if TYPE_CHECKING:\n    from mtt_mock.service.fake import Fake",
            "mtt_mock.service.fake.Fake",
        ),
        ("mtt_client._http", "from mtt_mock.jsonrpc import errors", "mtt_mock.jsonrpc.errors"),
        ("mtt_client", "import mtt_mock as kit", "mtt_mock"),
        ("mtt_client", 'importlib.import_module("mtt_mock.web.app")', "mtt_mock.web.app"),
        ("mtt_mock.web.app", "import mtt_client", "mtt_client"),
        ("mtt_mock.service.fake", "async def f():\n    from mtt_client import x", "mtt_client.x"),
        ("mtt_mock.domain.store", "import flask", "flask"),
        ("mtt_mock.domain", "import uvicorn.config", "uvicorn.config"),
        ("mtt_mock.domain.store", "import socket", "socket"),
        ("mtt_mock.jsonrpc.rpc_engine", "import http.client", "http.client"),
        ("mtt_mock.domain.store", "from mtt_mock import jsonrpc", "mtt_mock.jsonrpc"),
        ("mtt_mock.domain.store", "from mtt_mock import web", "mtt_mock.web"),
        (
            "mtt_mock.domain.store",
            "from ..jsonrpc.errors import RpcError",
            "mtt_mock.jsonrpc.errors.RpcError",
        ),
        ("mtt_mock.service.fake", "import mtt_mock.storage", "mtt_mock.storage"),
        ("mtt_mock.storage.sql.lease", "from mtt_mock.web import app", "mtt_mock.web.app"),
        ("mtt_mock.web.app", "import mtt_mock.server", "mtt_mock.server"),
        (
            "mtt_mock.server.handles",
            'def f():\n    require_extra("mtt_mock.interception.hooks")',
            "mtt_mock.interception.hooks",
        ),
        ("mtt_mock.testing.plugin", "import mtt_mock.conformance", "mtt_mock.conformance"),
        ("mtt_mock.conformance.runner", "import mtt_mock.testing", "mtt_mock.testing"),
        (
            "mtt_mock.jsonrpc.rpc_engine",
            "try:\n    import mtt_mock.service\nfinally:\n    x",
            "mtt_mock.service",
        ),
    ],
)
def test_the_checker_finds_a_wrong_import(module, source, imported):
    assert violations(module, source) == [f"{module} -> {imported}"]


def test_the_checker_finds_a_wrong_relative_import():
    source = "from ..domain import store"
    assert violations("mtt_mock.jsonrpc", source, is_package=True) == [
        "mtt_mock.jsonrpc -> mtt_mock.domain.store"
    ]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("mtt_contracts._x", "import json\nfrom mtt_contracts import _files"),
        ("mtt_client._x", "import mtt_contracts\nimport socket"),
        ("mtt_mock.testing.plugin", "import mtt_client\nimport mtt_mock.interception"),
        ("mtt_mock.web.app", "import flask, mtt_contracts\nfrom mtt_mock import jsonrpc"),
        (
            "mtt_mock.domain.store",
            "from mtt_mock.domain.followme import Followme\nimport httpx",
        ),
        ("mtt_mock.jsonrpc.rpc_engine", "import orjson\nfrom http import HTTPStatus"),
        ("mtt_mock.service.discovery", "from mtt_mock._version import __version__"),
        ("mtt_mock", "import mtt_mock.web.app"),
    ],
)
def test_the_checker_accepts_a_right_import(module, source):
    assert violations(module, source) == []


def test_the_checker_finds_a_cycle():
    modules = {
        "p": "",
        "p.a": "from p.b import x",
        "p.b": "import p.c",
        "p.c": "class C:\n    from p import a",
        "p.d": "from p.a import y",
    }
    assert cycles(modules) == ["p.a", "p.b", "p.c"]


def test_the_checker_finds_a_cycle_through_a_package():
    modules = {"p": "from p.a import x", "p.a": "from p import name"}
    assert cycles(modules) == ["p", "p.a"]


def test_the_checker_finds_a_relative_cycle():
    modules = {"p.q": "from . import a", "p.q.a": "from ..r import x", "p.r": "from .q import a"}
    assert cycles(modules) == ["p.q.a", "p.r"]


def test_late_and_type_checking_imports_count_as_cycles():
    modules = {
        "p.a": "from p.b import x",
        "p.b": "def f():\n    import p.a",
        "p.c": "if TYPE_CHECKING:\n    from p.d import y",
        "p.d": "import p.c",
    }
    assert cycles(modules) == ["p.a", "p.b", "p.c", "p.d"]


def test_the_checker_finds_the_longest_chain():
    assert longest_chain({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == ["a", "b", "c"]

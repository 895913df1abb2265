"""Tries JSON-RPC client libraries on the fake and prints a table: ``make interop``.

Each library runs in a process of its own, set up as its documents say, against a fresh fake with
its default of HTTP 500 for errors. The versions are those that are installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import mtt_mock

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "interop"
PYTHON_LIBRARIES = {  # distribution: the function in clients.py
    "jsonrpclib-pelix": "jsonrpclib",
    "jsonrpclib": "jsonrpclib",
    "pjrpc": "pjrpc",
    "tinyrpc": "tinyrpc",
    "jsonrpc-requests": "jsonrpc_requests",
    "jsonrpc-async": "jsonrpc_async",
    "aiohttp-jsonrpc": "aiohttp_jsonrpc",
    "aiohttp-rpc": "aiohttp_rpc",
    "async-jrpc": "async_jrpc",
    "jsonrpcclient": "jsonrpcclient",
    "json-rpc": "json_rpc",
    "json-rpc (no _id=)": "json_rpc_without_id",
    "jsonrpc2-pyclient": "jsonrpc2_pyclient",
    "bitcoinrpc": "bitcoinrpc",
}
JS_LIBRARIES = (
    "jayson", "json-rpc-2.0", "@open-rpc/client-js", "typed-rpc", "lightrpc", "node-json-rpc",
    "jsonrpc-ts", "@walletconnect/jsonrpc-http-connection",
)  # fmt: skip
DEBIAN_LIBRARIES = {  # label: the package, and the program of this folder that drives it
    "JSON::RPC": ("libjson-rpc-perl", ["perl", HERE / "client.pl"]),
    "JSON::RPC 2.0": ("libjson-rpc-perl", ["perl", HERE / "client.pl"]),
    "libjson-rpc-cpp": ("libjsonrpccpp-client0", [BUILD / "client"]),
    "sourcegraph/jsonrpc2 (Go)": ("golang-github-sourcegraph-jsonrpc2-dev", [BUILD / "client-go"]),
    "net/rpc/jsonrpc (Go)": ("golang-go", [BUILD / "client-go"]),
    "Horde_Rpc (PHP)": ("php-horde-rpc", ["php", HERE / "client.php"]),
    # HTTP libraries: Debian has no JSON-RPC library for Ruby and Java.
    "faraday (Ruby)": ("ruby-faraday", ["ruby", HERE / "client.rb"]),
    "rest-client (Ruby)": ("ruby-rest-client", ["ruby", HERE / "client.rb"]),
    "java.net.http, Jackson": (
        "libjackson2-databind-java",
        ["java", "-cp", "/usr/share/java/*", HERE / "Client.java"],
    ),
}
DATA = "Callback followme structure not found"
MAX_REASON_CHARACTERS = 120
COLUMNS = (
    "library", "version", "first id", "first call", "later call", "by position", "Cyrillic",
    "refusal in result", "error under HTTP 500",
)  # fmt: skip


def commands():
    """Yield label, version and command of each library that is installed."""
    folders = [BUILD / "legacy", *BUILD.glob("lib/python*/site-packages")]
    for label, function in PYTHON_LIBRARIES.items():
        path = folders[:1] if label == "jsonrpclib" else folders[1:]
        versions = {item.name: item.version for item in distributions(path=map(str, path))}
        command = [BUILD / "bin" / "python", "-W", "ignore", HERE / "clients.py", function]
        yield label, versions.get(label.partition(" ")[0]), command
    for label in JS_LIBRARIES:
        package = BUILD / "node_modules" / label / "package.json"
        version = json.loads(package.read_text())["version"] if package.exists() else None
        yield label, version, ["node", HERE / "clients.mjs", label]
    for label, (package, command) in DEBIAN_LIBRARIES.items():
        yield label, debian(package), [*command, label]


def debian(package):
    """Return the upstream version of an installed Debian package."""
    if shutil.which("dpkg-query") is None:
        return None
    query = ["dpkg-query", "-W", "-f", "${source:Upstream-Version}", package]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    return done.stdout.partition("~")[0] or None


def try_library(label, version, command):
    """Return a row of the table."""
    env = os.environ | ({"PYTHONPATH": str(BUILD / "legacy")} if label == "jsonrpclib" else {})
    with mtt_mock.serve() as server:
        done = subprocess.run(
            [*command, server.url], capture_output=True, text=True, timeout=60, cwd=BUILD, env=env,
            check=False,
        )  # fmt: skip
        first = next(iter(server.journal), None)
        request_id = getattr(first, "id", None)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        return (label, version, "-", *["failed"] * 5, reason[:MAX_REASON_CHARACTERS])
    answers = json.loads(done.stdout.splitlines()[-1])
    refusal = answers["refusal"].get("value")
    return (
        label,
        version,
        shown_id(request_id),
        *(outcome(answers[name]) for name in ("first", "success", "position", "cyrillic")),
        "as a value" if isinstance(refusal, dict) and "error" in refusal else "lost",
        error_text(answers["error"]),
    )


def shown_id(value):
    if value is None:
        return "none"
    kind = "text" if isinstance(value, str) else "number"
    return f"{kind} {value}" if len(str(value)) < 4 else f"{kind}, {len(str(value))} characters"


def outcome(answer):
    if answer.get("value") == {"success": 1}:
        return "yes"
    return (
        "no: " + re.split(r"[:;] ", answer.get("error", f"returns {answer.get('value')}"))[0][:40]
    )


def error_text(answer):
    """Say what the caller gets of code and data."""
    if "error" not in answer:
        return f"returns {answer.get('value')}"
    everything = answer.get("all", "")
    kept = [name for name, text in (("code", "-32603"), ("data", DATA)) if text in everything]
    name = re.sub(r"\s+", " ", answer["error"]).partition(":")[0]
    return f"{name}; {' and '.join(kept) or 'code and data'} {'can be read' if kept else 'lost'}"


def main():
    """Print the table; exit with 1 if no library is installed."""
    rows, missing = [], []
    for label, version, command in commands():
        program = Path(command[0])
        if version is None or not (program.exists() or shutil.which(command[0])):
            missing.append(f"{label} ({program.name} is missing)" if version else label)
            continue
        rows.append(try_library(label, version, command))
    widths = [max(map(len, map(str, column))) for column in zip(COLUMNS, *rows, strict=True)]
    for row in (COLUMNS, tuple("-" * width for width in widths), *rows):
        print(
            "| "
            + " | ".join(
                str(cell).replace("|", "\\|").ljust(width)
                for cell, width in zip(row, widths, strict=True)
            )
            + " |"
        )
    print(f"\n{len(rows)} rows" + (f"; not installed: {', '.join(missing)}" if missing else ""))
    return 0 if rows else 1


if __name__ == "__main__":
    sys.exit(main())

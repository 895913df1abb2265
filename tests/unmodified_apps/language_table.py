"""Programs that know nothing of mtt-mock, and how they fare under ``mtt-mock exec``.

As a program it runs all rows whose tools are installed, inside ``mtt-mock exec``, which runs in the
network of ``decoy.py``: python language_table.py RESULTS FOLDER
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples/unchanged"
NODE_MODULES = Path(__file__).with_name("node_clients") / "node_modules"
WORKS, REFUSED, REACHES_MTT = "works", "refused", "would reach MTT"
OUTCOMES = (WORKS, REFUSED, REACHES_MTT)
TIMEOUT = 60  # seconds


@dataclass(frozen=True)
class Row:
    """A program.

    Attributes:
        language: For the table.
        library: For the table.
        file: Its file in ``examples/unchanged``.
        command: Starts it; ``{file}`` is its path, ``{folder}`` a folder of its own.
        exec: The outcome under ``mtt-mock exec``.
        isolated: The outcome under ``mtt-mock exec --isolate``.
        check: A command that succeeds where the tools are installed.
        package: Its package of Node, and the folder of that in ``node_clients``.
    """

    language: str
    library: str
    file: str
    command: tuple[str, ...]
    exec: str = WORKS
    isolated: str = WORKS
    check: tuple[str, ...] = ()
    package: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """The row's name in results and tests."""
        return f"{self.language}: {self.library}"

    @property
    def missing(self) -> str:
        """What is not installed; empty if nothing is missing."""
        program = self.command[0].format(modules=NODE_MODULES)
        if shutil.which(program) is None:
            return f"{program} is not installed"
        if self.package is not None and not (NODE_MODULES / self.package[1]).is_dir():
            return f"{self.package[1]} is not installed in node_clients"
        if self.check and subprocess.run(self.check, capture_output=True, check=False).returncode:
            return f"fails: {' '.join(self.check)}"
        return ""


NODE = ("node", "{file}")
JAVA = ("java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")  # for a quick start
BUN = ("{modules}/.bin/bun", "run", "{file}")
GUZZLE = ("php", "-r", "require 'GuzzleHttp/autoload.php';")
JARS = Path("/usr/share/java")
APACHE_JARS = [
    JARS / f"{name}.jar" for name in ("httpclient", "httpcore", "commons-logging", "commons-codec")
]
BUILD = 'cc -o "$1/app" "$0" -lcurl && exec "$1/app"'
ROWS = (
    Row("curl", "curl", "app.sh", ("sh", "{file}"), check=("curl", "--version")),
    Row("wget", "wget", "wget.sh", ("sh", "{file}"), check=("wget", "--version")),
    Row("Python", "urllib", "app.py", ("python3", "{file}")),
    Row("Python", "python -E", "app.py", ("python3", "-E", "{file}")),
    Row("Python", "python -I -S", "app.py", ("python3", "-I", "-S", "{file}")),
    Row("PHP", "curl", "app.php", ("php", "{file}"),
        check=("php", "-r", "exit(extension_loaded('curl') ? 0 : 1);")),
    Row("PHP", "streams", "streams.php", ("php", "{file}")),
    Row("PHP", "streams in php -r", "streams.php",
        ("sh", "-c", 'php -r "$(tail -n +2 "$0")"', "{file}"), check=("php", "-v")),
    Row("PHP", "streams in php -S", "server.php", ("php", "{file}")),
    Row("PHP", "Guzzle 7 on curl", "guzzle.php", ("php", "{file}"), check=GUZZLE),
    Row("PHP", "Guzzle 7 on streams", "guzzle.php", ("php", "{file}", "stream"), check=GUZZLE),
    Row("PHP", "Symfony 5 on streams", "symfony.php", ("php", "{file}"),
        check=("php", "-r", "require 'Symfony/Component/HttpClient/autoload.php';")),
    Row("PHP", "streams, php -n", "streams.php", ("php", "-n", "{file}"),
        check=("php", "-n", "-r", "exit(extension_loaded('openssl') ? 0 : 1);")),
    Row("Node", "fetch", "fetch.mjs", NODE),
    Row("Node", "https", "https.cjs", NODE),
    Row("Node", "https, NODE_OPTIONS replaced", "https.cjs",
        ("env", "NODE_OPTIONS=--no-warnings", "node", "{file}"),
        check=("node", "--version")),
    Row("Node", "http2", "http2.mjs", NODE, exec=REFUSED, isolated=REFUSED),
    Row("Node", "axios 1.21", "axios.mjs", NODE, package=("axios", "axios")),
    Row("Node", "axios 1.16", "axios.mjs", NODE, package=("axios", "axios-1.16")),
    Row("Node", "axios 0.21", "axios.mjs", NODE, package=("axios", "axios-0.21")),
    Row("Node", "got 14", "got.mjs", NODE, package=("got", "got")),
    Row("Node", "needle 3", "needle.mjs", NODE, package=("needle", "needle")),
    Row("Node", "request 2", "request.cjs", NODE, package=("request", "request")),
    Row("Node", "superagent 10", "superagent.mjs", NODE, package=("superagent", "superagent")),
    Row("Node", "undici 7", "undici.mjs", NODE, package=("undici", "undici")),
    Row("Deno", "fetch", "fetch.mjs",
        ("{modules}/.bin/deno", "run", "--quiet", "--allow-net", "{file}")),
    Row("Bun", "fetch", "fetch.mjs", BUN),
    Row("Bun", "got 14", "got.mjs", BUN, package=("got", "got")),
    Row("Java", "java.net.http", "HttpClientApp.java", (*JAVA, "{file}")),
    Row("Java", "HttpURLConnection", "UrlConnectionApp.java", (*JAVA, "{file}")),
    Row("Java", "Apache HttpClient 4", "ApacheClientApp.java",
        (*JAVA, "-cp", ":".join(map(str, APACHE_JARS)), "{file}"),
        check=("sh", "-c", f"test -f {APACHE_JARS[0]}")),
    Row("Ruby", "Net::HTTP", "app.rb", ("ruby", "{file}")),
    Row("Perl", "LWP", "lwp.pl", ("perl", "{file}"),
        check=("perl", "-MLWP::Protocol::https", "-e", "1")),
    Row("Perl", "HTTP::Tiny", "http_tiny.pl", ("perl", "{file}"),
        check=("perl", "-MIO::Socket::SSL", "-e", "1")),
    Row("C", "libcurl", "libcurl.c", ("sh", "-c", BUILD, "{file}", "{folder}"),
        check=("sh", "-c", "echo '#include <curl/curl.h>' | cc -E -x c -o /dev/null -")),
    Row("Erlang", "httpc", "httpc.escript", ("escript", "{file}")),
    Row("Go", "default client", "default_client.go", ("go", "run", "{file}")),
    Row("Go", "Transport of its own", "own_transport.go", ("go", "run", "{file}")),
)  # fmt: skip


def run(row: Row, folder: Path, log: Path) -> dict[str, str]:
    """Run a program; return its outcome and its output."""
    folder.mkdir()
    file = EXAMPLES / row.file
    if row.package is not None:
        name, installed = row.package
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / name).symlink_to(NODE_MODULES / installed)
        file = Path(shutil.copy(file, folder))
    command = [part.format(file=file, folder=folder, modules=NODE_MODULES) for part in row.command]
    before = log.stat().st_size
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
        printed = done.stdout + done.stderr
        works = done.returncode == 0 and '"result"' in done.stdout
    except subprocess.TimeoutExpired:
        works, printed = False, f"no end within {TIMEOUT} seconds"
    if log.stat().st_size > before:
        return {"outcome": REACHES_MTT, "printed": printed}
    return {"outcome": WORKS if works else REFUSED, "printed": printed}


def main() -> None:
    """Run all rows and write the results as JSON."""
    results, folder = Path(sys.argv[1]), Path(sys.argv[2])
    log = Path(os.environ["DECOY_LOG"])
    outcomes = {
        row.name: run(row, folder / str(number), log)
        for number, row in enumerate(ROWS)
        if not row.missing
    }
    results.write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()

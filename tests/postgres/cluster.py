"""A PostgreSQL cluster for tests: its data in a folder, on a free port of 127.0.0.1.

As a program, with nothing but the standard library::

    python3 tests/postgres/cluster.py start FOLDER [--no-fsync]    # prints the URL, leaves it running
    python3 tests/postgres/cluster.py stop FOLDER [--mode immediate]
    python3 tests/postgres/cluster.py find                         # where PostgreSQL is installed

Every local connection is a superuser. Use it for tests only.
"""

import argparse
import contextlib
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

if os.name == "posix":
    import pwd

BINARIES = "MTT_MOCK_TEST_POSTGRES_BIN"
MISSING = (
    "no PostgreSQL is installed (Debian: apt-get install postgresql; "
    f"elsewhere {BINARIES} names the folder of initdb)"
)
USER = "postgres"  # the superuser of the database, independent of the system user
PROGRAMS = ("initdb", "pg_ctl", "postgres", "psql")

_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 16MB
jit = off
log_line_prefix = '%m [%p] %d '
"""
# Only a crash of the machine loses data with these settings. Without synchronous_commit, a killed
# server would lose acknowledged transactions.
_NO_FSYNC = "fsync = off\nfull_page_writes = off\n"
_TRUST = "host all all 127.0.0.1/32 trust\n"


class ClusterError(Exception):
    """The cluster cannot be created, started or queried; the message is one line with the reason."""


def find_binaries(environment=os.environ, installed="/usr/lib/postgresql"):
    """Return the folder of PostgreSQL's programs, or None.

    It is the one that the variable names (``ClusterError`` when they are not in it), else that of
    the ``initdb`` on PATH, else what ``pg_config`` says, else Debian's newest version.
    """
    if os.name != "posix":
        return None
    if named := environment.get(BINARIES):
        if not _complete(Path(named)):
            raise ClusterError(f"{BINARIES}: {', '.join(PROGRAMS)} are not all in {named}")
        return Path(named).resolve()
    return next(filter(_complete, _likely(environment.get("PATH", os.defpath), installed)), None)


def _likely(path, installed):
    if initdb := shutil.which("initdb", path=path):
        yield Path(initdb).resolve().parent
        yield Path(initdb).parent.resolve()
    if pg_config := shutil.which("pg_config", path=path):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            completed = subprocess.run(
                [pg_config, "--bindir"], capture_output=True, text=True, check=True, timeout=10
            )
            yield Path(completed.stdout.strip())
    versions = {
        tuple(map(int, folder.parent.name.split("."))): folder
        for folder in Path(installed).glob("*/bin")
        if re.fullmatch(r"[0-9]+(\.[0-9]+)?", folder.parent.name)
    }
    yield from (versions[version] for version in sorted(versions, reverse=True))


def _complete(folder):
    return all(os.access(folder / program, os.X_OK) for program in PROGRAMS)


class Cluster:
    """A server, running or stopped, with its data and log in ``folder``.

    PostgreSQL refuses to run as root. For root, the user ``postgres`` runs it, or ``nobody``. Every
    error is a ``ClusterError``.
    """

    def __init__(self, folder, binaries):
        self.folder = Path(folder).resolve()
        self.binaries = Path(binaries)
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"

    @classmethod
    def create(cls, folder, binaries, *, fsync=True):
        """Create a stopped cluster in ``folder``, which must be empty or missing."""
        cluster = cls(folder, binaries)
        try:
            cluster.folder.mkdir(parents=True, exist_ok=True)
            if any(cluster.folder.iterdir()):
                raise ClusterError(f"{cluster.folder} is not empty")
            try:
                cluster._fill(fsync=fsync)
            except (ClusterError, OSError):
                with contextlib.suppress(ClusterError):
                    cluster.remove()
                raise
        except OSError as error:
            raise ClusterError(f"{cluster.folder}: {error.strerror}") from error
        return cluster

    def _fill(self, *, fsync):
        self._hand_over()
        self._run(
            "initdb", "--pgdata", self.data, "--username", USER, "--auth", "trust",
            "--encoding", "UTF8", "--locale", "C", "--no-sync",
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(_SETTINGS + ("" if fsync else _NO_FSYNC))
        (self.data / "pg_hba.conf").write_text(_TRUST, encoding="utf-8")

    def _hand_over(self):
        """Give the folder to the user that runs the server, and check that this user can reach it."""
        dropped = _unprivileged()
        if not dropped:
            return
        os.chown(self.folder, dropped["user"], dropped["group"])
        try:
            self._run("/bin/sh", "-c", 'cd -- "$1"', "sh", self.folder)
        except ClusterError as error:
            name = pwd.getpwuid(dropped["user"]).pw_name
            reason = (
                f"{self.folder}: the user {name}, who runs PostgreSQL for root, may not go there"
            )
            raise ClusterError(reason) from error

    @property
    def running(self):
        """Whether the server's first process lives."""
        return self._postmaster() is not None

    @property
    def port(self):
        """The port of the last start; it stays the same from start to start."""
        try:
            options = (self.data / "postmaster.opts").read_text(encoding="utf-8")
        except OSError as error:
            raise ClusterError(f"{self.folder}: no server was started there yet") from error
        return int(re.findall(r'"-p" "(\d+)"', options)[-1])

    def url(self, database="postgres"):
        """Return SQLAlchemy's URL of a database."""
        return (
            f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/"
            f"{urllib.parse.quote(database, safe='')}"
        )

    def start(self, *, deadline=60.0):
        """Start it and wait until it answers, for at most ``deadline`` seconds.

        The first time on a free port. Later on the same one: clients know no other, so what has
        taken it meanwhile gets the rest of the deadline to leave.
        """
        if self.running:
            raise ClusterError(f"{self.folder}: the server runs already")
        until = time.monotonic() + deadline
        known = self.port if (self.data / "postmaster.opts").exists() else None
        while True:
            before = self.log.stat().st_size if self.log.exists() else 0
            try:
                left = max(1, round(until - time.monotonic()))
                self._run(
                    "pg_ctl", "start", "--pgdata", self.data, "--log", self.log, "--wait",
                    "--timeout", str(left), "--options", f"-p {known or free_port()}",
                    timeout=left + 10,
                )  # fmt: skip
            except ClusterError as error:
                logged = self._logged(before)
                if "could not bind" not in logged or time.monotonic() > until:
                    self.kill()
                    raise ClusterError(f"{self.folder}: {_reason(logged, str(error))}") from error
            else:
                return
            if known:
                time.sleep(0.1)

    def stop(self, mode="fast", *, deadline=60.0):
        """Stop it and wait until it is gone; ``immediate`` leaves the repair to the next start."""
        if not self.running:
            raise ClusterError(f"{self.folder}: no server runs there")
        self._run(
            "pg_ctl", "stop", "--pgdata", self.data, "--mode", mode, "--wait",
            "--timeout", str(round(deadline)), timeout=deadline + 10,
        )  # fmt: skip

    def restart(self, mode="fast", *, deadline=60.0):
        """Stop and start it: same data, same port."""
        self.stop(mode, deadline=deadline)
        self.start(deadline=deadline)

    def kill(self):
        """Kill all its processes at once (SIGKILL), as the loss of a machine does.

        A dead cluster stays dead. ``start`` works afterwards.
        """
        if postmaster := self._postmaster():
            # A stopped postmaster starts no further processes.
            _send(signal.SIGSTOP, postmaster)
            _wait_until(lambda: _processes().get(postmaster, ("Z",))[0] in "TtZX", "stopped")
            family = [pid for pid, (_, parent) in _processes().items() if parent == postmaster]
            family.append(postmaster)
            for pid in family:
                _send(signal.SIGKILL, pid)
            _wait_until(lambda: not any(map(_alive, family)), "killed")
        # An unreaped zombie with this id would look alive to the next start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def remove(self):
        """Kill it and remove its files and its folder; other files stay."""
        self.kill()
        try:
            if self.data.exists():
                shutil.rmtree(self.data)
            self.log.unlink(missing_ok=True)
            self.folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            raise ClusterError(f"{self.folder}: {error.strerror}") from error

    def create_database(self, name):
        """Make an empty database."""
        self.ask(f"CREATE DATABASE {_quoted(name)} TEMPLATE template0")

    def drop_database(self, name):
        """Drop a database, and the connections that it has."""
        self.ask(f"DROP DATABASE {_quoted(name)} WITH (FORCE)")

    def ask(self, statement, database="postgres"):
        """Return the answer to one SQL statement: a row a line, ``|`` between its columns."""
        return self._run(
            "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password",
            "--host", "127.0.0.1", "--port", str(self.port), "--username", USER,
            "--dbname", f"dbname='{_escaped(database)}'", "--command", statement,
        ).removesuffix("\n")  # fmt: skip

    def _postmaster(self):
        """Return the id of the server's first process when it lives and is of this cluster."""
        try:
            text = (self.data / "postmaster.pid").read_text(encoding="utf-8")
            pid = int(text.split("\n", 1)[0])
        except (OSError, ValueError):
            return None
        return pid if _alive(pid) and str(self.data) in _command(pid) else None

    def _logged(self, since):
        try:
            with self.log.open("rb") as log:
                log.seek(since)
                return log.read().decode(errors="replace")
        except OSError:
            return ""

    def _run(self, program, *arguments, timeout=120):
        """Run a program of PostgreSQL and return its output."""
        # PG… variables and files in the home folder configure other servers.
        environment = {name: value for name, value in os.environ.items() if name[:2] != "PG"}
        environment |= {"LC_ALL": "C", "HOME": str(self.folder)}
        name = Path(program).name
        try:
            done = subprocess.run(
                [self.binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                cwd=self.folder,
                env=environment,
                timeout=timeout,
                **_unprivileged(),
            )
        except subprocess.TimeoutExpired as error:
            raise ClusterError(f"{name} did not end within {timeout:.0f} s") from error
        except (OSError, ValueError) as error:
            raise ClusterError(f"{name}: {error}") from error
        if done.returncode:
            first = done.stderr.strip().partition("\n")[0]
            reason = _reason(done.stderr, first or f"{name} failed with status {done.returncode}")
            raise ClusterError(reason)
        return done.stdout


def free_port():
    """Return a port of 127.0.0.1 on which nothing listens.

    It is none of those that the system gives to connections: a client that keeps asking a stopped
    server on such a port meets itself there one day, and the server finds its port taken.
    """
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        first = 32768
    # Not the generator of `random`: tests seed it.
    chance = random.SystemRandom()
    for _ in range(100):
        port = chance.randrange(10_000, first) if first > 11_000 else 0
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return one.getsockname()[1]
    raise ClusterError("no port of 127.0.0.1 is free")


def _unprivileged():
    """Return subprocess arguments that drop root's rights; {} for other users."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    raise ClusterError("root may not run PostgreSQL, and there is no user postgres or nobody")


def _processes():
    """Return the state and the parent of every process, by its id."""
    found = {}
    if Path("/proc/self/stat").exists():
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                # The name in brackets may contain any character.
                state, parent = stat.read_text(errors="replace").rpartition(")")[2].split()[:2]
                found[int(stat.parent.name)] = (state, int(parent))
        return found
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat=,ppid="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        pid, state, parent = line.split()
        found[int(pid)] = (state[0], int(parent))
    return found


def _alive(pid):
    return _processes().get(pid, ("Z",))[0] not in "ZX"


def _command(pid):
    """Return the command line of a process, because a stale pid file may name a different one."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        command = ["ps", "-o", "command=", "-p", str(pid)]
        with contextlib.suppress(OSError):
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return ""


def _send(which, pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, which)


def _wait_until(true, word):
    until = time.monotonic() + 10
    while not true():
        if time.monotonic() > until:
            raise ClusterError(f"the server cannot be {word}")
        time.sleep(0.005)


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _escaped(value):
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _reason(text, otherwise):
    """Return the line of a program's output or of the log with the reason of its failure."""
    lines = (line.strip() for line in text.splitlines())
    telling = r"error:|ERROR:|FATAL:|could not|did not|cannot|invalid|unrecognized"
    return next((line for line in lines if re.search(telling, line)), otherwise)


class _Arguments(argparse.ArgumentParser):
    def error(self, message):
        raise ClusterError(f"{message} (see --help)")


def main(arguments=None):
    """Run the program; return its exit code: 0, 1 for a failure, 2 for wrong arguments."""
    parser = _Arguments(prog="cluster.py", description="A PostgreSQL server for tests.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    start = commands.add_parser(
        "start", help="start the server of FOLDER, made when it is not there"
    )
    start.add_argument(
        "--no-fsync", dest="fsync", action="store_false", help="a new one is quicker"
    )
    stop = commands.add_parser("stop", help="stop the server of FOLDER")
    stop.add_argument("--mode", choices=("smart", "fast", "immediate"), default="fast")
    guard = commands.add_parser("guard", help="remove FOLDER once standard input ends")
    for command in (start, stop, guard):
        command.add_argument("folder", metavar="FOLDER", type=Path)
    commands.add_parser("find", help="print the folder of PostgreSQL's programs")
    try:
        options = parser.parse_args(arguments)
    except ClusterError as error:
        print(f"cluster.py: {error}", file=sys.stderr)
        return 2
    try:
        _carry_out(options)
        sys.stdout.flush()
    except (ClusterError, OSError) as error:
        print(f"cluster.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _carry_out(options):
    if options.command == "guard":
        sys.stdin.read()
        Cluster(options.folder, "").remove()
        return
    binaries = find_binaries()
    if binaries is None:
        raise ClusterError(MISSING)
    if options.command == "find":
        print(binaries)
        return
    cluster = Cluster(options.folder, binaries)
    if options.command == "start":
        if not (cluster.data / "PG_VERSION").exists():
            Cluster.create(options.folder, binaries, fsync=options.fsync)
        if not cluster.running:
            cluster.start()
        print(cluster.url())
    else:
        cluster.stop(options.mode)


if __name__ == "__main__":
    sys.exit(main())

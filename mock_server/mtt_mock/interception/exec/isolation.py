"""Runs a command in namespaces where MTT's names resolve to the fake: ``mtt-mock exec --isolate``.

In the mode ``network`` the command has a private network in which only the fake answers, on ports
80 and 443: nothing it does can reach the real MTT. In the mode ``host`` it keeps the host's
network, and only names and trusted certificates change. Both need Linux namespaces.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mtt_mock.interception.child_env.variables import PROXY_VARIABLES
from mtt_mock.interception.exec.namespaces import (
    NamespaceError,
    bind_contents,
    bind_file,
    enter,
)
from mtt_mock.interception.exec.system_trust import java_contents, pem_files
from mtt_mock.interception.hooks.sniffing import parse_address

NETWORK, HOST = "network", "host"
HTTP_PORT, HTTPS_PORT = 80, 443
# Loopback addresses that no other program uses, so that ports 80 and 443 are free there.
_HOST_MODE_IP = "127.84.84.1"
_NETWORK_MODE_IP = "127.0.0.1"
_HOSTS_FILE = Path("/etc/hosts")
_RESOLVER_FILE = Path("/etc/resolv.conf")
_UNPRIVILEGED_PORT_START = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
_VENVS = (".venv", "venv")  # in the working folder, where scripts start Python by its path
_CERTIFI = "lib/python3*/*-packages/certifi/cacert.pem"  # in Debian dist-, else site-packages
# Daemons that answer name lookups by a socket, outside the private network.
_RESOLVER_SOCKETS = (
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/dbus/system_bus_socket",
)
_PROXY_VARIABLES = {*PROXY_VARIABLES, "ALL_PROXY", "all_proxy"}


class Isolation:
    """Namespaces that this process enters when the object is made.

    Args:
        mode: ``network`` or ``host``.
        names: Hosts that resolve to the fake.
        command: The command to run; a Python that it starts by its path trusts the fake.

    Raises:
        NamespaceError: The system refuses the mode.
    """

    def __init__(self, mode: str, names: Iterable[str], command: Sequence[str] = ()) -> None:
        self.mode = mode
        self.names = tuple(names)
        self._programs = [Path(word) for word in command if "/" in word]
        for name in self.names:
            if parse_address(name) is not None:
                raise NamespaceError(f"{name} is an address; only names can be redirected")
        if mode == HOST and not _may_bind_low_ports():
            raise NamespaceError(
                "ports 80 and 443 are privileged; remedy: sysctl "
                "net.ipv4.ip_unprivileged_port_start=80, or run it as root"
            )
        enter(network=mode == NETWORK)

    @property
    def address(self) -> str:
        """The address to serve the fake on, at ports 80 and 443."""
        return _NETWORK_MODE_IP if self.mode == NETWORK else _HOST_MODE_IP

    def redirect_names(self) -> None:
        """Make the names resolve to ``address`` for every program started from now on.

        Raises:
            NamespaceError: A mount is refused, or /etc/hosts cannot be read.
        """
        # The second one answers for IPv6; a resolver would look it up elsewhere.
        addresses = [self.address, f"::ffff:{self.address}"]
        names = " ".join(self.names)
        try:
            content = _HOSTS_FILE.read_bytes()
        except FileNotFoundError as error:
            raise NamespaceError(f"{_HOSTS_FILE} does not exist; create an empty one") from error
        except OSError as error:
            raise NamespaceError(f"cannot read {_HOSTS_FILE}: {error.strerror}") from error
        # glibc uses the first line of a name; other resolvers join all its lines.
        kept = [line for line in content.splitlines() if not self._names_mtt(line)]
        lines = [*(f"{address} {names}".encode() for address in addresses), *kept, b""]
        bind_contents({_HOSTS_FILE: b"\n".join(lines)})
        if self.mode == NETWORK:
            if _RESOLVER_FILE.is_file():
                bind_contents({_RESOLVER_FILE: f"nameserver {self.address}\n".encode()})
            for path in _RESOLVER_SOCKETS:
                if Path(path).exists():
                    bind_file(Path(os.devnull), Path(path))

    def trust(self, bundle: Path) -> Path:
        """Mount ``bundle`` over every bundle of the system, for programs started from now on.

        Also over Python's certifi, in the virtual environments of the command, of the working
        folder and of the programs on PATH: an application that names its file reads no variable.

        Returns:
            One of these files, which every user can read; ``bundle`` if the system has none.

        Raises:
            NamespaceError: A mount is refused.
        """
        content = bundle.read_bytes()
        files = pem_files()
        folders = [*map(Path, os.get_exec_path()), *(program.parent for program in self._programs)]
        prefixes = {Path(sys.prefix), *map(Path, _VENVS), *(folder.parent for folder in folders)}
        certifi = {path.resolve() for prefix in prefixes for path in prefix.glob(_CERTIFI)}
        pem = dict.fromkeys([*files, *sorted(certifi.difference(files))], content)
        bind_contents(pem | java_contents(bundle))
        return files[0] if files else bundle

    def variables(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a program without proxies, which would bypass the fake."""
        if self.mode == NETWORK:
            return {name: value for name, value in environ.items() if name not in _PROXY_VARIABLES}
        return dict(environ)

    def _names_mtt(self, line: bytes) -> bool:
        words = line.partition(b"#")[0].decode("latin-1").lower().split()
        return any(word.rstrip(".") in self.names for word in words[1:])


def _may_bind_low_ports() -> bool:
    if os.geteuid() == 0:
        return True
    try:
        start = _UNPRIVILEGED_PORT_START.read_text(encoding="ascii")
    except OSError:
        return False
    return int(start) <= HTTP_PORT


def strongest_mode(names: Iterable[str]) -> str | None:
    """Return the strongest mode that works here, ``None`` for none.

    Each is tried in its own process: a refused attempt may leave a process in some namespaces.
    """
    if not hasattr(os, "fork"):  # Windows
        return None
    for mode in (NETWORK, HOST):
        pid = os.fork()
        if pid == 0:
            works = False
            try:
                Isolation(mode, names).redirect_names()
                works = True
            finally:
                os._exit(0 if works else 1)
        _, status = os.waitpid(pid, 0)
        if status == 0:
            return mode
    return None

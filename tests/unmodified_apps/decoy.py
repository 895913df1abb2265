"""Runs a command in a network with a decoy of the real MTT and prints the decoy's connections.

Usage: python decoy.py COMMAND... The network is a Linux namespace without a way out. MTT's name
leads to a public-looking address there, on which the decoy accepts and counts connections. It adds
a byte for each to the file that the variable DECOY_LOG names.
"""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from mtt_mock.domain.hosts import MTT_HOST
from mtt_mock.interception.exec.namespaces import NamespaceError, bind_contents, enter

ADDRESS = "45.45.45.45"
SIOCSIFADDR = 0x8916


def add_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        address = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(ADDRESS))
        fcntl.ioctl(sock, SIOCSIFADDR, struct.pack("16s", b"lo:1") + address)


def listen(port, visitors):
    server = socket.create_server((ADDRESS, port))
    log = os.environ.get("DECOY_LOG")

    def accept():
        while True:
            connection, _ = server.accept()
            visitors.append(port)
            if log:
                with open(log, "a") as file:
                    file.write(".")
            connection.close()

    threading.Thread(target=accept, daemon=True).start()


def main():
    try:
        enter(network=True)
    except NamespaceError as error:
        print(f"no namespaces: {error}")
        return 77
    add_address()
    bind_contents({Path("/etc/hosts"): f"127.0.0.1 localhost\n{ADDRESS} {MTT_HOST}\n".encode()})
    visitors = []
    for port in (80, 443):
        listen(port, visitors)
    done = subprocess.run(sys.argv[1:], check=False)
    print(f"decoy: {len(visitors)} connections", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())

"""Forwards ports of a private network to the host's loopback: ``mtt-mock exec --reach PORT``.

A socket belongs to the network in which it was made. The isolated process makes listening sockets
and sends them over a Unix socket to a process outside, which accepts their connections and
connects to the same port of the host. A Unix socket, which belongs to no network, reaches
``--fake URL``.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Sequence
from functools import partial

from mtt_mock.interception.relay import relay
from mtt_mock.server.sockets import bind

_MAX_PORTS = 64

Route = tuple[socket.socket, tuple[str, int]]  # a listening socket and its target


def send_listeners(channel: socket.socket, ports: Sequence[int]) -> None:
    """Listen on ``ports`` of this network's loopback and send the sockets over ``channel``.

    Raises:
        OSError: A port is in use.
    """
    listeners = [bind("127.0.0.1", port) for port in ports]
    try:
        numbers = [listener.fileno() for listener in listeners]
        socket.send_fds(channel, [b"listeners"], numbers)
    finally:
        for listener in listeners:
            listener.close()


def serve_listeners(channel: socket.socket, others: Iterable[Route] = ()) -> None:
    """Receive listening sockets from ``channel`` and relay their connections to the host.

    ``others`` are relayed too. Returns when the other end of ``channel`` is closed.
    """
    data, numbers, _flags, _address = socket.recv_fds(channel, 64, _MAX_PORTS)
    if data:
        listeners = [socket.socket(fileno=number) for number in numbers]
        routes = [(sock, ("127.0.0.1", sock.getsockname()[1])) for sock in listeners]
        asyncio.run(_serve([*routes, *others], channel))


async def _serve(routes: Iterable[Route], channel: socket.socket) -> None:
    for listener, target in routes:
        is_unix = listener.family == socket.AF_UNIX
        start = asyncio.start_unix_server if is_unix else asyncio.start_server
        await start(partial(_relay_connection, target), sock=listener)
    channel.setblocking(False)  # noqa: FBT003
    await asyncio.get_running_loop().sock_recv(channel, 1)  # empty when the other end is closed


async def _relay_connection(
    target: tuple[str, int], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        host_reader, host_writer = await asyncio.open_connection(*target)
    except OSError:
        writer.close()
        return
    await asyncio.gather(relay(reader, host_writer), relay(host_reader, writer))

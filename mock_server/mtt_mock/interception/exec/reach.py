"""Leads ports of the host's loopback into a private network: ``mtt-mock exec --reach PORT``.

A socket belongs to the network in which it was made. The isolated process makes listening sockets
and sends them over a Unix socket to a process outside, which accepts their connections and
connects to the same port of the host.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from mtt_mock.interception.carry import carry
from mtt_mock.server.sockets import bind

_MAX_PORTS = 64


def send_listeners(channel: socket.socket, ports: Sequence[int]) -> None:
    """Listen on ``ports`` of this network's loopback and hand the sockets to ``channel``.

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


def serve_listeners(channel: socket.socket) -> None:
    """Take listening sockets from ``channel`` and carry their connections to the host.

    Returns when the other end of ``channel`` is closed.
    """
    data, numbers, _flags, _address = socket.recv_fds(channel, 64, _MAX_PORTS)
    if data:
        asyncio.run(_serve([socket.socket(fileno=number) for number in numbers], channel))


async def _serve(listeners: Sequence[socket.socket], channel: socket.socket) -> None:
    for listener in listeners:
        port = listener.getsockname()[1]

        async def carry(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int = port
        ) -> None:
            await _carry_connection(reader, writer, port)

        await asyncio.start_server(carry, sock=listener)
    channel.setblocking(False)  # noqa: FBT003
    await asyncio.get_running_loop().sock_recv(channel, 1)  # empty when the other end is closed


async def _carry_connection(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    try:
        host_reader, host_writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(carry(reader, host_writer), carry(host_reader, writer))

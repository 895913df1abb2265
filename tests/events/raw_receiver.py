"""A receiver that misbehaves on request, and events to send."""

from __future__ import annotations

import contextlib
import socket
import threading

from mtt_mock.service.callbacks import CallbackEvent

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class RawReceiver:
    """A listening socket; ``behave(connection, head)`` is called for each request in a thread."""

    def __init__(self, behave, host="127.0.0.1", context=None):
        self.behave = behave
        self.heads = []
        self.connections = 0
        self._context = context
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.bind((host, 0))
        self._socket.listen(64)
        self.port = self._socket.getsockname()[1]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/events"
        self._open = []
        self._threads = []
        self._start(self._accept)

    def _start(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._start(self._serve, connection)

    def _serve(self, connection):
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            with connection:
                while head := self._head(connection):
                    self.heads.append(head)
                    if self.behave(connection, head) == "close":
                        return
        except OSError:
            connection.close()

    def _head(self, connection):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = connection.recv(65536)
            if not data:
                return b""
            head += data
        return head

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive()


def callback(url, event="start_side_A", call_id="1000001"):
    return CallbackEvent(call_id, "883140500000000", event, event[-1], url, 1767225600000)

"""The fake on a socket: uvicorn (asyncio, httptools) runs the Flask application in its loop.

The application is called in the event loop itself, without a thread hop: a request costs about a
hundred microseconds and never waits, so one thread answers faster than many that take turns.
"""

from mtt_mock.server.live_server import AsgiServer, LiveServer, WsgiServer

__all__ = ["AsgiServer", "LiveServer", "WsgiServer"]

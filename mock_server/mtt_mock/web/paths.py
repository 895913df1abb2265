"""The paths of the fake; the maximum body size and whether the answer may block, by path.

Imports no framework, so that the server can answer MTT's endpoint before Flask is loaded.
"""

from __future__ import annotations

from mtt_mock.service.media import downloads, uploads
from mtt_mock.service.settings import Settings

ENDPOINT = "/index.php"
CONTROL_PATH = "/_mtt/"
ALIVE_PATH = "/_mtt/health/alive"  # answered even while every thread waits for the database
SNAPSHOT_PATH = "/_mtt/snapshot"
STREAM_PATH = "/_mtt/stream"
OVER_LIMIT_KEY = "mtt_mock.over_limit"  # in a WSGI environ: the body was too large
MAX_CONTROL_BYTES = 64 * 1024
MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024


def max_body(settings: Settings, path: str) -> int:
    """Return the maximum size in bytes of the body of a request to ``path``."""
    if path == SNAPSHOT_PATH:
        return MAX_SNAPSHOT_BYTES
    if path.startswith(CONTROL_PATH):
        return MAX_CONTROL_BYTES
    return settings.max_prompt if path.startswith(uploads.PATH) else settings.max_body


def may_block(path: str) -> bool:
    """Return whether an answer at ``path`` may take too long for an event loop."""
    return path.startswith((CONTROL_PATH, downloads.PATH, uploads.PATH)) and path != ALIVE_PATH

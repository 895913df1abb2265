"""The libraries of the plugin, imported once.

pytest in this process unloads at its end what the inner run has imported. Importing that again
takes a second, and cryptography cannot be imported twice.
"""

import httpx2
import werkzeug.serving

import mtt_client
import mtt_mock.interception.interception
from mtt_mock import EventReceiver, create_app, serve

IMPORTED = (
    httpx2,
    werkzeug,
    mtt_client,
    mtt_mock.interception.interception,
    EventReceiver,
    create_app,
    serve,
)

"""The control API: everything of a fake that is not MTT's, as JSON under ``/_mtt/``.

What changes something must be sent as application/json, which no web page of another origin can do
unasked. With a control token set, every request must bear it.
"""

from mtt_mock.web.control.api import control_api
from mtt_mock.web.control.calls import call_to_dict
from mtt_mock.web.control.http import ALIVE_PATH, CONTROL_PATH, control_error, reject_mtt_host
from mtt_mock.web.control.snapshot import LARGEST as LARGEST_SNAPSHOT

__all__ = [
    "ALIVE_PATH",
    "CONTROL_PATH",
    "LARGEST_SNAPSHOT",
    "call_to_dict",
    "control_api",
    "control_error",
    "reject_mtt_host",
]

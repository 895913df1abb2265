"""The control API: inspects and controls a fake, as JSON under ``/_mtt/``. Not part of MTT's API.

Requests that change state must have the type application/json: a web page of another origin cannot
send it without a preflight. If a control token is set, every request needs it.
"""

from mtt_mock.web.control.api import control_api
from mtt_mock.web.control.calls import call_to_dict
from mtt_mock.web.control.http import check_host, control_error

__all__ = [
    "call_to_dict",
    "check_host",
    "control_api",
    "control_error",
]

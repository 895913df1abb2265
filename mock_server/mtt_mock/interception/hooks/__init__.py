"""Hooks on this process's sockets: connections to the MTT host reach the fake or are refused.

MTT's host resolves to a placeholder address, 127.77.84.n, and a connection to that address reaches
the fake. Every other way to the host is refused.

``hook_state`` holds the active redirects, ``connection_checks`` decides about connections,
``patches`` replaces the functions of ``socket`` and ``ssl``, ``libcurl``, ``libraries``,
``native_clients`` and ``imports`` hook libraries that do not use them, ``sniffing`` reads the first
bytes of a connection, ``child_processes`` keeps variables in the environments of children.
All of them import only the standard library and run on Python 3.8: ``sitecustomize`` loads them by
file into Python processes that need not have mtt-mock installed.
"""

from mtt_mock.interception.hooks.hook_state import InterceptError, InterceptWarning, Redirect
from mtt_mock.interception.hooks.patches import HOOKS

__all__ = ["HOOKS", "InterceptError", "InterceptWarning", "Redirect"]

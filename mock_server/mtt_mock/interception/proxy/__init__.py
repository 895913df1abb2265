"""An HTTP proxy that leads the MTT host to the fake, and others nowhere or on."""

from mtt_mock.interception.proxy.forward_proxy import Proxy

__all__ = ["Proxy"]

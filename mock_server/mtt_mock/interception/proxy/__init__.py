"""An HTTP proxy that leads the MTT host to the fake, and refuses or passes on other hosts."""

from mtt_mock.interception.proxy.forward_proxy import Proxy

__all__ = ["Proxy"]

"""An HTTP proxy that redirects the MTT host to the fake, and refuses or forwards other hosts."""

from mtt_mock.interception.proxy.forward_proxy import Proxy

__all__ = ["Proxy"]

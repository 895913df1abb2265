"""Certificates: an authority of this machine's own, and what trusts it."""

from mtt_mock.tls.authority import Authority, AuthorityError, default_folder
from mtt_mock.tls.bundle import bundle
from mtt_mock.tls.server import server_context

__all__ = ["Authority", "AuthorityError", "bundle", "default_folder", "server_context"]

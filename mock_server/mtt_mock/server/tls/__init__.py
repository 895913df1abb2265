"""TLS: this machine's certificate authority, server certificates, and bundles that trust it."""

from mtt_mock.server.tls.authority import Authority, AuthorityError, default_folder
from mtt_mock.server.tls.bundle import bundle
from mtt_mock.server.tls.invalid_names import silent_invalid_names
from mtt_mock.server.tls.server_context import server_context

__all__ = [
    "Authority",
    "AuthorityError",
    "bundle",
    "default_folder",
    "server_context",
    "silent_invalid_names",
]

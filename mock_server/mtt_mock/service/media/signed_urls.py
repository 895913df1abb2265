"""Signs the tokens of upload and download URLs, which hold their own data and expiry.

Not itsdangerous' timed serializer: its timestamps are whole seconds, and a recording's URL expires
at a millisecond of the fake's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from itsdangerous import URLSafeSerializer


class BadSignatureError(Exception):
    """The token was not issued here, or for another purpose."""


class SignatureExpiredError(BadSignatureError):
    """The token has expired."""


class UrlSigner:
    """Issues and reads tokens, which are signed with ``secret``."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, kind: str, fields: Sequence[str], expires: int | None) -> str:
        """Return a URL-safe token.

        Args:
            kind: The purpose, which ``read`` must name too.
            fields: The data: any text that UTF-8 can hold.
            expires: The first millisecond of the fake's clock at which the token is no longer
                good; ``None``: it never expires.
        """
        return str(self._serializer(kind).dumps([expires, *fields]))

    def read(self, kind: str, token: str, now: int) -> list[str]:
        """Return the fields of a token at ``now`` (milliseconds).

        Raises:
            SignatureExpiredError: The token has expired.
            BadSignatureError: The token was not issued here, or for another purpose.
        """
        from itsdangerous import BadData  # noqa: PLC0415

        serializer = self._serializer(kind)
        try:
            expires, *fields = serializer.loads(token)
        except (BadData, UnicodeError):
            raise BadSignatureError from None
        # Base64 has several spellings of the same bytes; only the one that was issued is accepted.
        if serializer.dumps([expires, *fields]) != token:
            raise BadSignatureError
        if expires is not None and now >= expires:
            raise SignatureExpiredError
        return [str(field) for field in fields]

    def _serializer(self, kind: str) -> URLSafeSerializer:
        # Late: few fakes are asked for a prompt or a recording.
        import hashlib  # noqa: PLC0415

        from itsdangerous import URLSafeSerializer  # noqa: PLC0415

        return URLSafeSerializer(
            self._secret,
            salt=f"mtt-mock {kind}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

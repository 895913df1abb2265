"""Signed signer for URLs: what they stand for is in them, so nothing need be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeSerializer


class BadSignatureError(Exception):
    """The ticket is not one of ours, or is for something else."""


class SignatureExpiredError(BadSignatureError):
    """The ticket was good once."""


class UrlSigner:
    """Issues and reads signer; ``secret`` is what makes them ours."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def issue(self, kind: str, fields: Sequence[str], expires: int | None) -> str:
        """Return a ticket of ``kind`` for ``fields``, to stand in a URL.

        It is good before ``expires`` (milliseconds of the fake's clock), ``None``: for ever.
        Fields are any text that UTF-8 can hold; the wire lets no other in.
        """
        return str(self._serializer(kind).dumps([expires, *fields]))

    def read(self, kind: str, ticket: str, now: int) -> list[str]:
        """Return the fields of a ticket at ``now`` (milliseconds).

        Raises ``SignatureExpiredError``, or ``BadSignatureError`` for any other token.
        """
        serializer = self._serializer(kind)
        try:
            expires, *fields = serializer.loads(ticket)
        except (BadData, UnicodeError):
            raise BadSignatureError from None
        # Base64 has several spellings of the same bytes; only ours is the ticket.
        if serializer.dumps([expires, *fields]) != ticket:
            raise BadSignatureError
        if expires is not None and now >= expires:
            raise SignatureExpiredError
        return [str(field) for field in fields]

    def _serializer(self, kind: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self._secret,
            salt=f"mtt-mock {kind}",
            signer_kwargs={"digest_method": hashlib.sha256},
        )

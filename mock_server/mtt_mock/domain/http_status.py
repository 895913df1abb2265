"""Groups of HTTP statuses: redirects, and those whose responses have no body."""

from __future__ import annotations

from http import HTTPStatus

REDIRECTS = frozenset({301, 302, 303, 307, 308})
# A client reads no body after them: it would take one for the next response.
STATUSES_WITHOUT_BODY = frozenset(
    {HTTPStatus.NO_CONTENT, HTTPStatus.RESET_CONTENT, HTTPStatus.NOT_MODIFIED}
)

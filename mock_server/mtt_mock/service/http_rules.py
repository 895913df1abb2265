"""The rules of HTTP in a profile, read once and not for each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mtt_mock.service.profile import Profile

Headers = tuple[tuple[str, str], ...]


class HttpRules(NamedTuple):
    """The rules of HTTP in a profile.

    Attributes:
        carriers: The HTTP methods whose body is a call.
        needs_credentials: Whether a request without credentials is refused.
        encodings: The encodings of credentials, the first one that fits.
        media_types: The media types of a body that are taken; empty: any.
        other_type_status: The status of a body of another type.
        cors: The headers of all answers.
        headers: The headers of JSON answers.
        map_status: The status of GET; another than 200 comes without the service map.
        map_needs_query: Whether only GET with ``?smd`` answers the service map.
    """

    carriers: frozenset[str]
    needs_credentials: bool
    encodings: tuple[str, ...]
    media_types: frozenset[str]
    other_type_status: int
    cors: Headers
    headers: Headers
    map_status: int
    map_needs_query: bool

    @classmethod
    def from_profile(cls, profile: Profile) -> HttpRules:
        """Return the rules of ``profile``."""
        types, answer = (
            profile["transport.content_type.ignored"], profile["transport.content_type.answer"],
        )  # fmt: skip
        given = {
            "Access-Control-Allow-Origin": answer["allow_origin"],
            "Access-Control-Allow-Headers": answer["allow_headers"],
        }
        cors = tuple((name, value) for name, value in given.items() if value)
        return cls(
            carriers=frozenset(profile["transport.endpoint"]),
            needs_credentials=profile["transport.auth.basic"] == "required",
            encodings=tuple(profile["transport.auth.utf8"].split(" or ")),
            media_types=frozenset(types["types"]),
            other_type_status=types["status"],
            cors=cors,
            headers=(("Content-Type", answer["content_type"]), *cors),
            map_status=profile["smd.get"],
            map_needs_query=profile["smd.query"] == "needed",
        )

    def takes(self, wire: Mapping[str, Any] | None) -> bool:
        """Return whether the body of a request is of a media type that is taken."""
        sent = (wire or {}).get("headers", {}).get("Content-Type", "")
        return sent.partition(";")[0].strip().lower() in self.media_types

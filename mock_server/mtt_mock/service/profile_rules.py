"""The rules of presets and of HTTP in a profile, read once and not for each request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mtt_mock.domain.followme import InsertRules, Side
from mtt_mock.service.profile import Profile

Headers = tuple[tuple[str, str], ...]


class FollowmeRules(Struct, frozen=True):
    """The rules of presets in a profile.

    Attributes:
        insert: The rules of a set.
        per_login: Whether the customers of a login share one preset.
        sets_race: Whether sets that arrive at one instant do not see each other.
        refuses_empty: Whether a set without elements is refused.
        adds_clear_side: Whether a refused set adds the elements of a clear side.
        numbers_decide: Whether every element with a redirect_number belongs to side A.
        unknown_field: What happens to an unknown field of an element.
        unset_numbers: The form of an unset caller_id and defaultBNumber in an answer.
        cleared: The parts that deleteCallBackFollowme clears.
        refuses_delete: Whether it fails without a preset.
        success: The result of a set and of a delete.
        queues_name_sides: Whether a queue element belongs to the side that it names.
        prompt_side: The side of all prompts; ``None``: the one that each names.
        refuses_repeated_orders: Whether a structure with two equal orders is refused.
    """

    insert: InsertRules
    per_login: bool
    sets_race: bool
    refuses_empty: bool
    adds_clear_side: bool
    numbers_decide: bool
    unknown_field: str
    unset_numbers: str
    cleared: frozenset[str]
    refuses_delete: bool
    success: dict[str, Any]
    queues_name_sides: bool
    prompt_side: Side | None
    refuses_repeated_orders: bool

    @classmethod
    def from_profile(cls, profile: Profile) -> FollowmeRules:
        """Return the rules of ``profile``."""
        rule: dict[str, Any] = profile["set.conflict.rule"]
        prompt_side = profile["set.side.prompt"]
        return cls(
            insert=InsertRules(rule["first"], rule["any"], profile["set.join"] == "keep"),
            per_login=profile["set.per_customer"] == "login",
            sets_race=profile["set.atomic"] == "all win",
            refuses_empty=profile["set.empty"] == "refuse",
            adds_clear_side=profile["set.conflict.unchanged"] != "nothing",
            numbers_decide=profile["set.side.type_decides"] == "redirect_number",
            unknown_field=profile["set.element.unknown"],
            unset_numbers=profile["get.shape"],
            cleared=frozenset(profile["delete.both"]),
            refuses_delete=profile["delete.nothing"] is not None,
            success=profile["set.success"],
            queues_name_sides=profile["set.side.queue"] == "named",
            prompt_side=None if prompt_side == "named" else prompt_side,
            refuses_repeated_orders=profile["set.order.repeated"] == "refuse",
        )


class HttpRules(Struct, frozen=True):
    """The rules of HTTP in a profile.

    Attributes:
        carriers: The HTTP methods whose body is a call.
        needs_credentials: Whether a request without credentials is refused.
        encodings: The encodings of credentials, the first one that fits.
        media_types: The accepted media types of a body; empty: any.
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
        """Return whether the body of a request is of an accepted media type."""
        sent = (wire or {}).get("headers", {}).get("Content-Type", "")
        return sent.partition(";")[0].strip().lower() in self.media_types

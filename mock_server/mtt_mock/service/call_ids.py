"""The form of callBackCall_id on the wire; inside the fake an id is digits."""

from __future__ import annotations

import uuid

from mtt_mock.service.profile import Profile

_FORM = "call.id.form"
_UUID_BASE = 0x6D74746D_6F63_4000_8000_000000000000  # a version 4 UUID whose last digits are free


def wire_call_id(profile: Profile, call_id: str) -> str:
    """Return the wire form of a call's id under the profile."""
    if profile[_FORM] == "uuid":
        return str(uuid.UUID(int=_UUID_BASE + int(call_id)))
    return call_id


def parse_call_id(profile: Profile, text: str) -> str:
    """Return the call's id for its wire form ``text``; text of another form is returned as is."""
    if profile[_FORM] != "uuid":
        return text
    try:
        return str(uuid.UUID(text).int - _UUID_BASE)
    except ValueError:
        return text

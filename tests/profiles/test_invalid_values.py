"""Values that a profile refuses: the message names fact, path and what is allowed."""

from __future__ import annotations

import pytest

from mtt_mock.service.profile import Profile, ProfileError


@pytest.mark.parametrize(
    ("fact", "value", "path", "allowed"),
    [
        ("rpc.success", {"id": 7}, "", '{"enum": ["result", "id", "error"]}'),
        ("rpc.error", "never", "", '{"enum": ["always", "when set"]}'),
        ("rpc.json.escapes", {"slashes": 1}, ".slashes", '{"type": "boolean"}'),
        ("rpc.json.key_order", {"error": ["code", "code"]}, ".error", '"uniqueItems": true'),
        ("rpc.notification", {"ids": ["7"]}, ".ids[0]", '"missing"'),
        ("rpc.error.parse.depth", 1000, "", '"maximum": 900'),
        ("rpc.error.method", {"message": "no"}, "", '"required": ["code"]'),
        ("transport.endpoint", ["PUT"], "", '"contains": {"const": "POST"}'),
        ("transport.auth.basic", False, "", '{"enum": ["required", "optional"]}'),
        ("transport.content_type.ignored", {"types": ["json"]}, ".types[0]", '"pattern": "^[^A-Z ;]+/'),
        ("transport.content_type.answer", {"allow_origin": "\r\n"}, ".allow_origin", '"pattern": "^[ -~]*$"'),
        ("smd.get", 204, "", '"not": {"enum": [204, 205, 304]}'),
        ("smd.entries", {"getCustomerBalance": {"returns": "x"}}, ".getCustomerBalance", '"required": ["parameters"]'),
        ("set.success", {"error": 1}, "", '"not": {"required": ["error"]}'),
        ("set.side.prompt", "C", "", '{"enum": ["named", "A", "B"]}'),
        ("set.type.words", ["queue"], "[0]", '"lineral"'),
        ("set.element.relaxed", {"name": "no"}, ".name", '{"enum": ["optional", "required"]}'),
        ("prompt.url", "{url}", "", '{"type": "object"}'),
        ("call.id", {"callBackCall_id": "id"}, ".callBackCall_id", '{"enum": ["{id}", "{id_number}"]}'),
        ("call.direction", 0, "", '{"enum": ["A", "B"]}'),
        ("call.record", 1, "", '{"type": "boolean"}'),
        ("ring.ringall", "later", "", '{"enum": ["at once", "one after another"]}'),
        ("event.get", "PUT", "", '{"enum": ["GET", "POST"]}'),
        ("event.names", {"start_side_A": ""}, ".start_side_A", '"minLength": 1'),
        ("info.record", [], "", '{"const": "{url}"}'),
    ],
)  # fmt: skip
def test_an_invalid_value_is_refused_with_its_path(fact, value, path, allowed):
    with pytest.raises(ProfileError) as refused:
        Profile({fact: value})
    place, _, schema = str(refused.value).partition("allowed: ")
    assert place.startswith(f"{fact}{path}: ")
    assert allowed in schema

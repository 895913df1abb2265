"""The contract's files: schemas, evidence, facts and examples."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import mtt_contracts
from mtt_contracts import (
    examples,
    facts,
    fields,
    method,
    methods,
    schema,
    validate_params,
    validate_request,
    validate_response,
    validate_result,
)

HOME = Path(mtt_contracts.__file__).parent
SCHEMAS = sorted(path.name.removesuffix(".json") for path in (HOME / "schemas").glob("*"))
EVIDENCE = {"doc", "observed", "assumption"}


def raw(name):
    return json.loads((HOME / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


# schemas


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_file_is_a_valid_draft_07_schema(name):
    content = raw(name)
    assert content["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert content["$id"] == f"{name}.json"
    assert content["title"]
    jsonschema.Draft7Validator.check_schema(content)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_bundled_schema_is_self_contained(name):
    document = schema(name)
    jsonschema.Draft7Validator.check_schema(document)
    for reference in references(document):
        assert reference == "#" or reference.startswith("#/"), reference
        node = document
        for part in reference.split("/")[1:]:
            node = node[part]
        assert isinstance(node, dict)
    assert "$id" not in set(keys(document))


def references(node):
    if isinstance(node, list):
        for item in node:
            yield from references(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)


def keys(node):
    if isinstance(node, list):
        for item in node:
            yield from keys(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from keys(value)


def unproven(document, load):
    """Return the paths of properties without evidence; references are followed."""
    homes = [("", document), *document.get("definitions", {}).items()]
    return [
        f"{home}.{name}" if home else name
        for home, node in homes
        for name, value in node.get("properties", {}).items()
        if not is_proven(value, document, load)
    ]


def is_proven(node, document, load):
    if "x-mtt" in node:
        return is_mark(node["x-mtt"])
    reference = node.get("$ref", "")
    if reference.startswith("#/"):
        target = document
        for part in reference.split("/")[1:]:
            target = target[part]
        inner = target.get("properties", {})
        return "x-mtt" in target or (
            bool(inner) and all(is_proven(each, document, load) for each in inner.values())
        )
    return bool(reference) and is_proven(load(reference.removesuffix(".json")), None, load)


def is_mark(mark):
    return mark.get("evidence") in EVIDENCE and bool(mark.get("source"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_has_evidence_or_a_reference(name):
    assert unproven(raw(name), raw) == []


@pytest.mark.parametrize(
    "value",
    [
        {"type": "string"},
        {"x-mtt": {"evidence": "hearsay", "source": "x"}},
        {"x-mtt": {"evidence": "doc"}},
        {"$ref": "success_result.json"},
        {"$ref": "#/definitions/bare"},
    ],
)
def test_the_checker_finds_a_property_without_evidence(value):
    bare = {"properties": {"x": {"type": "string"}}}
    document = {"properties": {"field": value}, "definitions": {"bare": bare}}
    assert "field" in unproven(document, raw)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_property_has_a_description(name):
    document = raw(name)
    for node in (document, *document.get("definitions", {}).values()):
        for key, value in node.get("properties", {}).items():
            assert value.get("description") or "$ref" in value, key


def test_the_error_of_an_unknown_schema_lists_the_known():
    with pytest.raises(
        LookupError, match="the contract has no schema 'nothing'; it has callback_url, conf"
    ):
        schema("nothing")


# fields and facts


def test_element_fields_are_listed_with_unit_and_source():
    element = {field.path: field for field in fields() if field.schema == "followme_element"}
    assert list(element) == [
        "order",
        "timeout",
        "redirect_number",
        "type",
        "name",
        "side",
        "value",
    ]
    assert {field.evidence for field in element.values()} == {"doc"}
    assert element["timeout"].unit == "seconds"
    assert element["order"].unit is None
    assert element["redirect_number"].meaning == "The real number that is rung, side A."
    assert all(field.source.startswith("MTT page") for field in element.values())


def test_each_field_is_listed_once_with_its_source():
    listed = fields()
    assert len({(field.schema, field.path) for field in listed}) == len(listed)
    for field in listed:
        assert field.evidence in EVIDENCE
        assert field.meaning
        assert field.source


def test_every_parameter_and_result_is_a_listed_field():
    listed = {(field.schema, field.path) for field in fields()}
    assert ("setCallBackFollowme.params", "caller_id") in listed
    assert ("customer_name", "") in listed
    assert ("success_result", "success") in listed
    assert ("conflict_result", "error_description") in listed
    assert ("makeCallBackCallFollowme.params", "callBackURL") in listed
    assert ("record_url", "downloadURL") in listed
    info = "callBackFollowmeCallInfoStruct.call_back_cost"
    assert ("getCallBackFollowmeCallInfo.result", info) in listed


def test_facts_have_unique_ids_and_evidence():
    listed = facts()
    assert len({fact.id for fact in listed}) == len(listed) > 40
    for fact in listed:
        assert fact.evidence in EVIDENCE, fact.id
        assert fact.area, fact.id
        assert fact.source, fact.id
        assert fact.statement.endswith("."), fact.id


def test_facts_are_grouped_by_area():
    areas = [fact.area for fact in facts()]
    starts = [area for at, area in enumerate(areas) if at == 0 or areas[at - 1] != area]
    assert len(starts) == len(set(starts))


@pytest.mark.parametrize(
    ("fact_id", "evidence"),
    [
        ("transport.endpoint", "doc"),
        ("set.conflict", "doc"),
        ("rpc.id.echo", "observed"),
        ("set.conflict.rule", "assumption"),
        ("set.conflict.side_b", "assumption"),
        ("transport.status.error", "assumption"),
        ("transport.auth.missing", "assumption"),
        ("transport.auth.other_customer", "assumption"),
        ("transport.body_limit", "assumption"),
        ("get.nothing", "assumption"),
        ("get.shape", "assumption"),
        ("set.element.invalid", "assumption"),
        ("prompt.url", "observed"),
        ("prompt.reply", "assumption"),
        ("call.caller_id", "doc"),
        ("call.caller_id.none", "assumption"),
        ("call.direction", "observed"),
        ("call.direction.b", "assumption"),
        ("ring.ringall", "doc"),
        ("ring.ringall.winner", "assumption"),
        ("ring.timeout", "doc"),
        ("ring.timeout.from", "assumption"),
        ("event.names", "observed"),
        ("event.end", "assumption"),
        ("info.timeout_b", "observed"),
        ("info.timeout_a", "assumption"),
        ("info.running.text", "assumption"),
        ("info.record.60s", "observed"),
        ("info.record.content", "assumption"),
        ("balance.exists", "observed"),
        ("balance.shape", "assumption"),
    ],
)
def test_unconfirmed_defaults_are_assumptions(fact_id, evidence):
    (fact,) = [fact for fact in facts() if fact.id == fact_id]
    assert fact.evidence == evidence


def test_the_status_of_errors_is_named_switchable():
    switches = {fact.id: fact.switch for fact in facts()}
    assert switches["transport.status.error"] == "--error-status"
    assert switches["set.conflict"] is None


@pytest.mark.parametrize(
    ("fact_id", "switch"),
    [
        ("prompt.limit", "--max-prompt"),
        ("prompt.missing", "--missing-prompts"),
        ("ring.timeout.default", "--ring-timeout"),
        ("event.where", "--callback-allow"),
        ("info.seconds.type", "--lengths-as-text"),
        ("info.cost", "--tariff"),
        ("balance.shape", "--balance"),
        ("balance.zero", "--refuse-at-zero"),
    ],
)
def test_switchable_facts_name_their_switch(fact_id, switch):
    assert {fact.id: fact.switch for fact in facts()}[fact_id] == switch


# methods


def test_methods_match_the_recorded_service_map():
    assert list(methods()) == [
        "setCallBackFollowme",
        "getCallBackFollowme",
        "deleteCallBackFollowme",
        "setCallBackPrompt",
        "getCallBackFollowmeCallInfo",
        "makeCallBackCallFollowme",
        "getCustomerBalance",
    ]
    rows = [
        (each.name, each.required, each.default, each.smd_type)
        for each in method("setCallBackFollowme").parameters
    ]
    assert rows == [
        ("customer_name", True, None, None),
        ("callBackFollowmeStruct", True, None, None),
        ("caller_id", False, None, "null"),
        ("defaultBNumber", False, None, "null"),
    ]
    assert method("setCallBackFollowme").smd_returns == "array|bool|null"
    for name in ("getCallBackFollowme", "deleteCallBackFollowme"):
        assert [each.name for each in method(name).parameters] == ["customer_name"]
        assert method(name).smd_returns == "array"


def test_call_parameters_match_the_recorded_service_map():
    rows = [
        (each.name, each.required, each.default, each.smd_type)
        for each in method("makeCallBackCallFollowme").parameters
    ]
    assert rows == [
        ("customer_name", True, None, None),
        ("b_number", False, None, None),
        ("caller_id", False, None, "null"),
        ("callBackURL", False, None, "null"),
        ("simpleCallBackFollowmeStruct", False, None, "null"),
        ("recordEnable", False, 1, "number"),
        ("duration", False, None, "null"),
        ("client_caller_id", False, None, "null"),
        ("direction", False, None, "null"),
        ("callDescription", False, None, "null"),
    ]
    assert method("makeCallBackCallFollowme").smd_returns == "array|bool|null"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("setCallBackPrompt", ["customer_name", "file_name"]),
        ("getCallBackFollowmeCallInfo", ["customer_name", "callBackCall_id"]),
        ("getCustomerBalance", ["customer_name"]),
    ],
)
def test_related_methods_match_the_recorded_service_map(name, parameters):
    assert [each.name for each in method(name).parameters] == parameters
    assert all(each.required and each.smd_type is None for each in method(name).parameters)
    assert method(name).smd_returns == "array"


def test_methods_are_found_in_any_letter_case_and_name_positional_params():
    method = mtt_contracts.method("GETCALLBACKFOLLOWME")
    assert method is mtt_contracts.methods()["getCallBackFollowme"]
    assert method.name_params(["8831405", "surplus"]) == {"customer_name": "8831405"}


def test_the_error_of_an_unknown_method_lists_the_known():
    with pytest.raises(
        LookupError, match="the contract has no method 'x'; it has setCallBackFollowme, getCall"
    ):
        method("x")
    for function in (validate_params, validate_result):
        with pytest.raises(LookupError):
            function("setCallBack", {})


# examples

DOCUMENTED = json.loads("""
{
  "id": "1",
  "jsonrpc": "2.0",
  "method": "setCallBackFollowme",
  "params": {
    "customer_name": "883140500000000",
    "callBackFollowmeStruct": [
      {
        "order": 1,
        "timeout": 25,
        "redirect_number": "79684881033",
        "type": "ringall",
        "name": "sales"
      },
      {
        "order": 2,
        "timeout": 25,
        "redirect_number": "79522222222",
        "type": "ringall",
        "name": "sales"
      },
      {
        "order": 3,
        "timeout": 25,
        "redirect_number": "79152323233",
        "type": "ringall",
        "name": "sales"
      },
      {
        "order": 4,
        "timeout": 15,
        "redirect_number": "79636793312",
        "type": "linal",
        "name": "sales_chief"
      },
      {
        "order": 5,
        "type": "text",
        "value": " ",
        "side": "A"
      },
      {
        "order": 6,
        "type": "file",
        "value": "for_all_sales",
        "side": "B"
      }
    ],
    "caller_id": "74951001010",
    "defaultBNumber": "79511234567"
  }
}
""")


@pytest.mark.parametrize("name", ["set_documented_success", "set_documented_conflict"])
def test_the_documented_request_is_verbatim(name):
    example = examples()[name]
    assert example.evidence == "doc"
    # Compared as text, which distinguishes 1 from 1.0 and the order of keys.
    assert json.dumps(example.request) == json.dumps(DOCUMENTED)


def test_documented_responses_are_verbatim_except_one_id():
    listed = examples()
    assert listed["set_documented_success"].response == {
        "jsonrpc": "2.0",
        "id": "1",
        "result": {"success": 1},
    }
    assert listed["set_documented_conflict"].response == {
        "jsonrpc": "2.0",
        "id": "1",
        "result": {"error": 1, "error_description": "Side A not clear. Delete before insert"},
    }


@pytest.mark.parametrize("name", list(examples()))
def test_every_example_is_valid_under_the_schemas(name):
    example = examples()[name]
    assert validate_request(example.request) == []
    assert validate_response(example.response, example.method) == []
    for envelope, file in ((example.request, "request"), (example.response, "response")):
        jsonschema.Draft7Validator(schema(file)).validate(envelope)


@pytest.mark.parametrize("name", list(examples()))
def test_every_example_names_its_method_evidence_and_source(name):
    example = examples()[name]
    assert example.request["method"] == example.method
    assert example.response["id"] == example.request["id"]
    assert example.evidence in EVIDENCE
    assert example.source
    assert example.description


def test_every_method_has_an_example():
    assert {example.method for example in examples().values()} == set(methods())

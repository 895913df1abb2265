"""The contract as an OpenRPC document."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import httpx2
import jsonschema
import pytest
import referencing
from referencing.jsonschema import DRAFT7

import mtt_contracts
from mtt_contracts import openrpc
from mtt_mock import create_app

# The meta-schema is test data from the OpenRPC project (npm package @open-rpc/meta-schema 1.14.9,
# Apache-2.0), as published.
META = json.loads(Path(__file__).with_name("openrpc-meta-schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def meta():
    # It refers to an external meta-schema, which draft-07's replaces here.
    draft7 = copy.deepcopy(jsonschema.Draft7Validator.META_SCHEMA)
    draft7.pop("$id")
    draft7 = json.loads(json.dumps(draft7).replace('"#"', '"https://meta.json-schema.tools/"'))
    draft7["definitions"]["JSONSchemaObject"] = {"properties": {"$ref": {"type": "string"}}}
    stand_in = referencing.Resource(contents=draft7, specification=DRAFT7)
    registry = referencing.Registry().with_resources(
        [
            ("https://meta.json-schema.tools/", stand_in),
            ("https://meta.json-schema.tools", stand_in),
        ]
    )
    return jsonschema.Draft7Validator({**META, "$schema": draft7["$schema"]}, registry=registry)


def app_client(app):
    return httpx2.Client(
        transport=httpx2.WSGITransport(app=app.wsgi_app), base_url="http://fake.invalid"
    )


def test_it_is_valid_under_the_official_meta_schema(meta):
    assert [error.message for error in meta.iter_errors(openrpc.document())] == []


@pytest.mark.parametrize("break_it", ["info", "methods", "openrpc"])
def test_the_meta_schema_would_find_a_fault(meta, break_it):
    document = openrpc.document()
    del document[break_it]
    assert [error.message for error in meta.iter_errors(document)]


def test_a_fault_deep_inside_would_be_found(meta):
    document = openrpc.document()
    document["methods"][0]["params"][0]["schema"]["type"] = "strin"
    assert not meta.is_valid(document)


def test_methods_follow_the_order_of_their_examples():
    methods = {each["name"]: each for each in openrpc.document()["methods"]}
    assert sorted(methods) == sorted(mtt_contracts.methods())
    assert list(methods)[-1] == "getCallBackFollowmeCallInfo"
    assert [
        (each["name"], each["required"]) for each in methods["setCallBackFollowme"]["params"]
    ] == [
        ("customer_name", True),
        ("callBackFollowmeStruct", True),
        ("caller_id", False),
        ("defaultBNumber", False),
    ]


def test_every_validator_accepts_the_evidence_comments():
    schemas = openrpc.document()["components"]["schemas"]
    assert "x-mtt" not in json.dumps(schemas)
    assert schemas["http_url"]["$comment"] == "assumption: by its use"


def test_errors_are_those_that_the_facts_spell_out():
    methods = {each["name"]: each for each in openrpc.document()["methods"]}
    texts = [error["data"] for error in methods["getCallBackFollowmeCallInfo"]["errors"]]
    for text in (
        "Call ended by timeout on side B",
        "Call ended by cancel on side A",
        "Call ended by cancel on side B",
        "Call not found",
    ):
        assert text in texts
    assert {"code": -32603, "message": "Internal error", "data": "caller_id not set"} in methods[
        "makeCallBackCallFollowme"
    ]["errors"]


def test_references_resolve_and_examples_are_valid():
    document = openrpc.document()
    resource = referencing.Resource(contents=document, specification=DRAFT7)
    registry = referencing.Registry().with_resource("urn:doc", resource)
    seen = 0
    for method in document["methods"]:
        place = f"urn:doc#/methods/{document['methods'].index(method)}"
        for example in method["examples"]:
            result = jsonschema.Draft7Validator(
                {"$ref": f"{place}/result/schema"}, registry=registry
            )
            assert result.is_valid(example["result"]["value"])
            names = [each["name"] for each in method["params"]]
            for given in example["params"]:
                at = f"{place}/params/{names.index(given['name'])}/schema"
                assert jsonschema.Draft7Validator({"$ref": at}, registry=registry).is_valid(
                    given["value"]
                )
                seen += 1
        for each in range(len(method["params"])):
            at = f"{place}/params/{each}/schema"
            jsonschema.Draft7Validator({"$ref": at}, registry=registry).is_valid(object())
    assert seen > 10


def test_the_fake_serves_the_document_without_credentials():
    answer = app_client(create_app()).get("/openrpc.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["servers"] == [
        {"name": "endpoint", "url": "http://fake.invalid/index.php"}
    ]
    assert answer.json() == openrpc.document(url="http://fake.invalid/index.php")


@pytest.mark.parametrize("params", [{}, {"params": []}, {"params": {}}, {"params": None}])
def test_rpc_discover_answers_the_same(params):
    envelope = {"jsonrpc": "2.0", "id": 1, "method": "rpc.discover", **params}
    with app_client(create_app()) as client:
        answer = client.post("/index.php", json=envelope, auth=("a", "b"))
        assert answer.json()["result"] == client.get("/openrpc.json").json()
        assert client.post("/index.php", json=envelope).status_code == 401


def test_rpc_discover_is_not_in_the_service_map():
    services = app_client(create_app()).get("/index.php", auth=("a", "b")).json()["services"]
    assert list(services) == list(mtt_contracts.methods())


def test_the_command_prints_the_document():
    command = [sys.executable, "-m", "mtt_mock", "contract", "openrpc"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == openrpc.document()


def test_a_url_without_a_scheme_is_refused():
    with pytest.raises(ValueError, match="needs a scheme"):
        openrpc.document(url="example.com")


def conditions(node):
    """Yield every schema in an ``if``, ``then`` or ``else`` of ``node``."""
    if isinstance(node, list):
        for item in node:
            yield from conditions(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("if", "then", "else"):
                yield value
            yield from conditions(value)


def test_conditions_hold_no_references():
    found = list(conditions(openrpc.document()))
    assert len(found) >= 6
    assert not [each for each in found if "$ref" in json.dumps(each)]


def test_examples_name_all_params_in_order():
    for method in openrpc.document()["methods"]:
        for example in method["examples"]:
            assert [given["name"] for given in example["params"]] == [
                param["name"] for param in method["params"]
            ]

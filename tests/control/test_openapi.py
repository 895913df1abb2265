"""The description of the control API is valid, and has every path."""

import re

from openapi_spec_validator import validate

from mtt_mock import create_app


def test_it_is_valid_openapi(control):
    document = control.get("openapi.json")
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_path_stands_in_it_and_no_other(control):
    described = {
        (verb.upper(), path)
        for path, verbs in control.get("openapi.json")["paths"].items()
        for verb in verbs
    }
    served = {
        (verb, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(rule)))
        for rule in create_app().url_map.iter_rules()
        for verb in rule.methods - {"HEAD", "OPTIONS"}
        if str(rule).startswith("/_mtt/") and not rule.endpoint.startswith("console.")
    }
    assert described == served
    assert ("GET", "/_mtt/state") in served


def test_a_control_token_guards_every_path_of_it_but_health(control, mtt_server):
    app = create_app(control_token="s3cret")
    client = app.test_client()
    guarded = control.get("openapi.json")["paths"]
    for name in ("", "/alive", "/ready"):
        open_to_all = guarded.pop(f"/_mtt/health{name}")
        assert open_to_all["get"]["security"] == [{}]
        assert client.get(f"/_mtt/health{name}").status_code == 200
    for path, verbs in guarded.items():
        for verb in verbs:
            answer = client.open(re.sub(r"{fault_id}", "1", path), method=verb.upper())
            assert (path, answer.status_code) == (path, 401)

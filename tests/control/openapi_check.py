"""Checks responses of the control API against its OpenAPI document."""

import re

import jsonschema


def check(document, verb, path, answer):
    """Raise ``AssertionError`` or ``ValidationError`` unless ``answer`` is described."""
    operation = next(
        verbs[verb.lower()]
        for pattern, verbs in sorted(
            document["paths"].items(), key=lambda item: len(item[0]), reverse=True
        )
        if verb.lower() in verbs and _fits(pattern, path)
    )
    responses = operation["responses"]
    assert str(answer.status_code) in responses, (verb, path, answer.status_code, sorted(responses))
    content = responses[str(answer.status_code)]["content"]
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert kind in content, (verb, path, kind)
    if kind == "application/json":
        schema = content[kind]["schema"] | {"components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(answer.json())


def _fits(pattern, path):
    return re.fullmatch(re.sub(r"{\w+}", ".+", pattern), path) is not None

"""What the control API answers, as JSON Schemas that its OpenAPI file refers to by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mtt_mock.domain.faults import KNOWN
from mtt_mock.domain.subscribers import KINDS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_SIDE: Schema = {"enum": ["A", "B"]}


def named(name: str) -> Schema:
    """Return a reference to one of ``SCHEMAS``."""
    return {"$ref": f"#/components/schemas/{name}"}


def _about(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _object(**properties: Schema) -> Schema:
    """Return the schema of an object that has all of these and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_EPOCH: Schema = {"type": "number", "description": "seconds since the epoch"}
_FAKE_EPOCH: Schema = {
    "type": "number",
    "description": "seconds since the epoch, by the fake's clock",
}
_SUBSCRIBER: Schema = {
    "type": "object",
    "properties": {
        "does": {"enum": list(KINDS)},
        "after": _about("seconds until it answers or declines", _SECONDS),
        "talks_for": _about("seconds of talk; null: never hangs up first", _or_null(_SECONDS)),
        "waits_for": _about("seconds it waits to be joined", _or_null(_SECONDS)),
    },
    "required": ["does"],
    "additionalProperties": False,
}


def _event(**more: Schema) -> Schema:
    return _object(
        **more,
        kind={"const": "event"},
        at=_EPOCH,
        call=_TEXT,
        customer=_TEXT,
        event=_TEXT,
        side=_or_null(_SIDE),
        due=_FAKE_EPOCH,
        url=_about("what was asked; null: nothing was", _or_null(_TEXT)),
        status=_about("HTTP; null: no answer", _or_null(_WHOLE)),
        problem=_about("why it was not delivered", _or_null(_TEXT)),
        outcome=_TEXT,
        ms=_about("milliseconds", _SECONDS),
    )


SCHEMAS: Mapping[str, Schema] = {
    "Error": _object(error=_TEXT),
    "Alive": _object(alive={"const": True}),
    "Health": _object(
        alive={"const": True},
        ready=_about("whether it can do its work", _FLAG),
        trouble=_about("why not, in full for who has the token; null: it can", _or_null(_TEXT)),
        state=_about("where state is kept", {"enum": ["memory", "database"]}),
    ),
    "Reset": _object(
        reset=_about(
            "the customer that was forgotten, or true for all", {"type": ["string", "boolean"]}
        )
    ),
    "Clock": _object(
        clock=_about('"real", a pace such as "20x", or "manual"', _TEXT),
        now=_FAKE_EPOCH,
        time=_about("the same as text", {"type": "string", "format": "date-time"}),
        next_due=_about("when something is due next; null: nothing is", _or_null(_FAKE_EPOCH)),
    ),
    "Prompt": _object(
        name=_TEXT,
        kind=_about("the kind of audio; null: not recognised", _or_null(_TEXT)),
        bytes=_WHOLE,
        milliseconds=_about("how long it plays; null: not known", _or_null(_WHOLE)),
    ),
    "Prompts": _object(customer=_TEXT, prompts=_list(named("Prompt"))),
    "Element": _object(
        kind={"enum": ["Ringall", "Linear", "text", "file"]},
        side=_SIDE,
        fields=_about("as they were sent", {"type": "object"}),
    ),
    "Customer": _object(
        customer=_TEXT,
        elements=_list(named("Element")),
        caller_id=_or_null(_TEXT),
        default_b_number=_or_null(_TEXT),
        balance=_about("RUB", _NUMBER),
        prompts=_list(named("Prompt")),
        calls=_about("how many are under way", _WHOLE),
    ),
    "State": _object(customers=_list(named("Customer")), clock=named("Clock")),
    "Balance": _object(customer=_TEXT, balance=_about("RUB", _NUMBER)),
    "Subscriber": _SUBSCRIBER,
    "SubscriberToSet": {
        **_SUBSCRIBER,
        "properties": {
            "number": _about("a number, or a pattern with * and ?", _TEXT),
            **_SUBSCRIBER["properties"],
        },
        "required": ["number", "does"],
    },
    "Subscribers": _object(
        set={"type": "object", "additionalProperties": named("Subscriber")},
        settings={"type": "object", "additionalProperties": named("Subscriber")},
    ),
    "Call": _object(
        id=_TEXT,
        customer=_TEXT,
        started=_FAKE_EPOCH,
        state=_about('"running", "joined", or why it failed and on which side', _TEXT),
        planned_end=_about("seconds from the start", _SECONDS),
        timeline=_list(
            _object(
                at=_about("seconds from the start", _SECONDS),
                what=_TEXT,
                side=_or_null(_SIDE),
                detail=_about("a number, or what is heard", _TEXT),
            )
        ),
        deliveries=_list(_object(event=_TEXT, due=_FAKE_EPOCH, outcome=_TEXT)),
    ),
    "Calls": _object(calls=_list(named("Call"))),
    "Event": _event(),
    "KeptEvent": _event(seq=_WHOLE),
    "Events": _object(events=_list(named("Event"))),
    "Note": _object(path=_TEXT, message=_TEXT, hint=_or_null(_TEXT)),
    "Exchange": _object(
        seq=_WHOLE,
        kind={"const": "exchange"},
        at=_EPOCH,
        method=_about("null: it could not be read", _or_null(_TEXT)),
        customer=_or_null(_TEXT),
        id=_about("as it was sent, whatever it is", {}),
        request=_about("the parameters, by name where they have names", {}),
        answer=_about("null: a notification, or no JSON-RPC answer", _or_null({"type": "object"})),
        status=_about("HTTP; 0: nothing was answered", _WHOLE),
        ms=_about("milliseconds", _SECONDS),
        outcome=_about("what became of it, in a few words", _TEXT),
        conflict=_about("refused inside of result", _FLAG),
        notes=_list(named("Note")),
        fault=_about("the fault that triggered", _or_null(_TEXT)),
    ),
    "Journal": _object(
        entries=_list({"anyOf": [named("Exchange"), named("KeptEvent")]}),
        generation=_about(
            "another one after everything was forgotten: seq then counts from 1", _WHOLE
        ),
        last=_about("the newest entry's seq", _WHOLE),
        dropped=_about("entries after the one asked for are no longer kept", _FLAG),
    ),
    "Fault": _object(
        id=_WHOLE,
        fault=_about("as --fault takes it", _TEXT),
        name={"enum": list(KNOWN)},
        method=_about("null: any", _or_null(_TEXT)),
        customer=_about("null: any", _or_null(_TEXT)),
        remaining=_about("how often it may still strike; null: without limit", _or_null(_WHOLE)),
        seed=_WHOLE,
        enabled=_FLAG,
        seen=_about("requests or events that matched", _WHOLE),
        triggered=_WHOLE,
    ),
    "Faults": _object(
        faults=_list(named("Fault")), known=_list(_object(name=_TEXT, meaning=_TEXT))
    ),
    "Snapshot": _about(
        "the form is mtt_mock/snapshots/snapshot.json, a JSON Schema (draft-07)",
        {
            "type": "object",
            "properties": {"mtt_mock": {"const": "state"}, "version": _WHOLE},
            "required": ["mtt_mock", "version"],
        },
    ),
    "Imported": _object(
        imported=_about("how many of what", {"type": "object", "additionalProperties": _WHOLE}),
        replaced=_about("whether all else was forgotten first", _FLAG),
        notes=_about("what could not be taken in as it was", _list(_TEXT)),
    ),
    "Har": _about("HAR 1.2", _object(log={"type": "object"})),
    "OpenApi": _about("this description", {"type": "object"}),
    "JsonLines": _about("an entry a line, each as in Journal", _TEXT),
    "Stream": _about(
        "`entry`: an entry of the journal, its era and seq as id; `changed`: {what: [names of what "
        "to ask for again]}",
        _TEXT,
    ),
}

"""JSON Schemas of the control API's answers, which its OpenAPI document refers to by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from mtt_mock.domain.faults import FAULT_MEANINGS
from mtt_mock.domain.subscribers import (
    MAX_SUBSCRIBER_SECONDS,
    OPTIONAL_FIELDS,
    SUBSCRIBER_TYPES,
)

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_SIDE: Schema = {"enum": ["A", "B"]}


def named(name: str) -> Schema:
    """Return a reference to one of ``SCHEMAS``."""
    return {"$ref": f"#/components/schemas/{name}"}


def _described(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


def _nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def object_schema(optional: Collection[str] = (), /, **properties: Schema) -> Schema:
    """Return the schema of an object with these properties, of which some are ``optional``."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_EPOCH: Schema = {"type": "number", "description": "seconds since the epoch"}
_FAKE_EPOCH: Schema = {
    "type": "number",
    "description": "seconds since the epoch, by the fake's clock",
}
_SUBSCRIBER = object_schema(
    ("after", "talks_for", "waits_for"),
    does={"enum": list(SUBSCRIBER_TYPES)},
    after=_described("seconds until it answers or declines", _SECONDS),
    talks_for=_described("seconds of talk; null if it never hangs up first", _nullable(_SECONDS)),
    waits_for=_described("seconds it waits to be joined", _nullable(_SECONDS)),
)


def _subscriber_to_set(kind: str) -> Schema:
    """Return the schema that sets a number to the behaviour ``kind``, with its own seconds."""
    number: Schema = {"type": "string", "pattern": r"^\+?[0-9*?]{1,32}$"}
    seconds: Schema = {"type": "number", "minimum": 0, "maximum": MAX_SUBSCRIBER_SECONDS}
    options = {
        name: _nullable(seconds) if name in OPTIONAL_FIELDS else seconds
        for name in SUBSCRIBER_TYPES[kind].__struct_fields__
    }
    return object_schema(
        options,
        number=_described("a number, or a pattern with * and ?", number),
        does={"const": kind},
        **options,
    )


def _event(**properties: Schema) -> Schema:
    return object_schema(
        **properties,
        kind={"const": "event"},
        at=_EPOCH,
        call=_TEXT,
        customer=_TEXT,
        event=_TEXT,
        side=_nullable(_SIDE),
        due=_FAKE_EPOCH,
        url=_described("the requested URL; null if none was requested", _nullable(_TEXT)),
        status=_described("HTTP status; null if there was no answer", _nullable(_COUNT)),
        problem=_described("why the delivery failed", _nullable(_TEXT)),
        outcome=_TEXT,
        ms=_described("milliseconds", _SECONDS),
    )


SCHEMAS: Mapping[str, Schema] = {
    "Error": object_schema(error=_TEXT),
    "Alive": object_schema(alive={"const": True}),
    "Health": object_schema(
        alive={"const": True},
        ready=_described("whether it can do its work", _FLAG),
        reason=_described(
            "why it is not ready, in full only with the token; null if it is", _nullable(_TEXT)
        ),
        state=_described("where the state is stored", {"enum": ["memory", "database"]}),
    ),
    "Reset": object_schema(
        reset=_described("the deleted customer, or true for all", {"type": ["string", "boolean"]})
    ),
    "Clock": object_schema(
        clock=_described('"real", a speed such as "20x", or "manual"', _TEXT),
        now=_FAKE_EPOCH,
        time=_described("the same as text", {"type": "string", "format": "date-time"}),
        next_due=_described(
            "when the next step is due; null if there is none", _nullable(_FAKE_EPOCH)
        ),
    ),
    "Prompt": object_schema(
        name=_TEXT,
        kind=_described("the audio format; null if not detected", _nullable(_TEXT)),
        bytes=_COUNT,
        milliseconds=_described("duration; null if not known", _nullable(_COUNT)),
    ),
    "PromptLength": object_schema(
        name=_TEXT, milliseconds=_described("duration; null if not known", _nullable(_COUNT))
    ),
    "Audio": _described("audio bytes", _TEXT),
    "Prompts": object_schema(customer=_TEXT, prompts=_list(named("Prompt"))),
    "Element": object_schema(
        kind={"enum": ["Ringall", "Linear", "text", "file"]},
        side=_SIDE,
        fields=_described("as they were sent", {"type": "object"}),
    ),
    "Customer": object_schema(
        customer=_TEXT,
        elements=_list(named("Element")),
        caller_id=_nullable(_TEXT),
        default_b_number=_nullable(_TEXT),
        balance=_described("RUB", _NUMBER),
        prompts=_list(named("Prompt")),
        calls=_described("number of running calls", _COUNT),
    ),
    "State": object_schema(
        customers=_list(named("Customer")),
        total=_described("customers that match, also beyond the limit", _COUNT),
        clock=named("Clock"),
    ),
    "Balance": object_schema(customer=_TEXT, balance=_described("RUB", _NUMBER)),
    "Subscriber": _SUBSCRIBER,
    "SubscriberToSet": {"oneOf": [_subscriber_to_set(name) for name in SUBSCRIBER_TYPES]},
    "Subscribers": object_schema(
        set={"type": "object", "additionalProperties": named("Subscriber")},
        settings={"type": "object", "additionalProperties": named("Subscriber")},
    ),
    "Call": object_schema(
        id=_TEXT,
        customer=_TEXT,
        started=_FAKE_EPOCH,
        state=_described('"running", "joined", or the failure and its side', _TEXT),
        planned_end=_described("seconds from the start", _SECONDS),
        timeline=_list(
            object_schema(
                at=_described("seconds from the start", _SECONDS),
                kind=_TEXT,
                side=_nullable(_SIDE),
                detail=_described("a number, or the text that is heard", _TEXT),
            )
        ),
        deliveries=_list(object_schema(event=_TEXT, due=_FAKE_EPOCH, outcome=_TEXT)),
    ),
    "Calls": object_schema(
        calls=_list(named("Call")),
        total=_described("all stored calls, also beyond the limit", _COUNT),
    ),
    "Event": _event(),
    "KeptEvent": _event(seq=_COUNT),
    "Events": object_schema(events=_list(named("Event"))),
    "Note": object_schema(path=_TEXT, message=_TEXT, hint=_nullable(_TEXT)),
    "JournalNote": object_schema(
        path=_TEXT,
        message=_TEXT,
        hint=_nullable(_TEXT),
        severity=_described(
            "information reports facts, such as an upload's format",
            {"enum": ["information", "warning"]},
        ),
    ),
    "Exchange": object_schema(
        seq=_COUNT,
        kind={"const": "exchange"},
        at=_EPOCH,
        method=_described("null if it could not be read", _nullable(_TEXT)),
        customer=_nullable(_TEXT),
        id=_described("as it was sent", {}),
        request=_described("the parameters, by name where they have names", {}),
        answer=_described(
            "null for a notification, and without a JSON-RPC answer", _nullable({"type": "object"})
        ),
        status=_described("HTTP status; 0 if there was no answer", _COUNT),
        ms=_described("milliseconds", _SECONDS),
        outcome=_described("the result in a few words", _TEXT),
        conflict=_described("refused inside of result", _FLAG),
        notes=_list(named("JournalNote")),
        fault=_described("the injected fault", _nullable(_TEXT)),
        size=_described("bytes of the request's body; of a batch, this call's share", _COUNT),
        wire=_described("the HTTP request, without a password", _nullable({"type": "object"})),
    ),
    "Settings": object_schema(
        version=_TEXT,
        endpoint=_described("the URL that the fake answers as MTT's", _TEXT),
        settings=_list(object_schema(name=_TEXT, value=_TEXT, help=_TEXT)),
    ),
    "Check": object_schema(problems=_list(named("Note")), notes=_list(named("Note"))),
    "Journal": object_schema(
        entries=_list({"anyOf": [named("Exchange"), named("KeptEvent")]}),
        generation=_described("changes on a reset, after which seq restarts at 1", _COUNT),
        last=_described("the newest entry's seq", _COUNT),
        dropped=_described("whether entries after the requested one were dropped", _FLAG),
    ),
    "Fault": object_schema(
        id=_COUNT,
        fault=_described("as --fault takes it", _TEXT),
        name={"enum": list(FAULT_MEANINGS)},
        method=_described("null for any", _nullable(_TEXT)),
        customer=_described("null for any", _nullable(_TEXT)),
        remaining=_described(
            "how often it can still trigger; null without a limit", _nullable(_COUNT)
        ),
        seed=_COUNT,
        enabled=_FLAG,
        seen=_described("requests or events that matched", _COUNT),
        triggered=_COUNT,
    ),
    "Faults": object_schema(
        faults=_list(named("Fault")), known=_list(object_schema(name=_TEXT, meaning=_TEXT))
    ),
    "Stubs": object_schema(
        stubs=_described(
            "each with its fields, `id`, and the counters `seen` (calls that matched) and `used` "
            "(calls that it answered)",
            _list({"type": "object", "required": ["id", "method", "seen", "used"]}),
        )
    ),
    "Snapshot": _described(
        "its schema is mtt_mock/storage/snapshots/snapshot.json (JSON Schema, draft-07)",
        {
            "type": "object",
            "properties": {"mtt_mock": {"const": "state"}, "version": _COUNT},
            "required": ["mtt_mock", "version"],
        },
    ),
    "Imported": object_schema(
        imported=_described(
            "imported counts by kind", {"type": "object", "additionalProperties": _COUNT}
        ),
        replaced=_described("whether all other state was deleted first", _FLAG),
        notes=_described("parts that were changed or left out", _list(_TEXT)),
    ),
    "Har": _described("HAR 1.2", object_schema(log={"type": "object"})),
    "OpenApi": _described("this document", {"type": "object"}),
    "Pytest": _described("a Python module with one test", _TEXT),
    "JsonLines": _described("one entry per line, each as in Journal", _TEXT),
    "Stream": _described(
        "`entry`: a journal entry, with its generation and seq as id; `changed`: {parts: [names of "
        "the state to fetch again]}",
        _TEXT,
    ),
}

"""Ways to change one small thing of the fake, and the list of those who do."""

import dataclasses
import json

from mtt_mock import fake_of
from mtt_mock.service.fake import Reply

WRONG_SERVERS = {}


def wrong(fact):
    """Register a mutation of an application; ``fact`` is what it breaks."""

    def register(mutate):
        WRONG_SERVERS[mutate.__name__.replace("_", " ")] = (fact, mutate)
        return mutate

    return register


def change_method(app, name, around):
    """Let ``around(run, params, caller, notes)`` answer instead of the method."""
    engine = fake_of(app)._engine
    method = engine.methods[name]
    new = dataclasses.replace(
        method, run=lambda params, caller, notes: around(method.run, params, caller, notes)
    )
    engine.methods[name] = engine._by_lower_name[name.lower()] = new


def change_reply(app, around):
    """Let ``around(reply)`` change every reply to a POST."""
    fake = fake_of(app)
    answer = fake.answer
    fake.answer = lambda *arguments: around(answer(*arguments))


def change_envelope(app, around):
    """Let ``around(envelope)`` change every single envelope that is answered."""

    def change(reply):
        envelope = json.loads(reply.body or "null")
        if not isinstance(envelope, dict):
            return reply
        return Reply(reply.status, json.dumps(around(envelope)).encode())

    change_reply(app, change)


def change_request(app, around):
    """Let ``around(request)`` change every request that is a JSON object."""
    fake = fake_of(app)
    answer = fake.answer

    def changed(authorization, body, *rest):
        try:
            request = json.loads(body)
        except (ValueError, RecursionError):
            return answer(authorization, body, *rest)
        if isinstance(request, dict):
            body = json.dumps(around(request)).encode()
        return answer(authorization, body, *rest)

    fake.answer = changed


def change_store(app, around):
    """Let ``around(current, new)`` decide what is stored."""
    store = fake_of(app).store
    change = store.change_followme
    store.change_followme = lambda customer, do: change(
        customer, lambda current: around(current, do)
    )

"""Mutators: each changes one behaviour of a fake; ``WRONG_SERVERS`` collects them."""

import json

from msgspec import structs

from mtt_mock import fake_of
from mtt_mock.service.reply import Reply

WRONG_SERVERS = {}


def wrong(fact):
    """Register a mutation of an application that breaks ``fact``."""

    def register(mutate):
        WRONG_SERVERS[mutate.__name__.replace("_", " ")] = (fact, mutate)
        return mutate

    return register


def change_method(app, name, around):
    """Replace the method by ``around(run, params, caller, notes)``."""
    engine = fake_of(app)._engine
    method = engine.methods[name]
    new = structs.replace(
        method, run=lambda params, caller, notes: around(method.run, params, caller, notes)
    )
    engine.methods[name] = engine._by_lower_name[name.lower()] = new


def change_reply(app, around):
    """Change every reply to a POST by ``around(reply)``."""
    fake = fake_of(app)
    answer = fake.answer
    fake.answer = lambda *arguments: around(answer(*arguments))


def change_envelope(app, around):
    """Change every response envelope outside batches by ``around(envelope)``."""

    def change(reply):
        envelope = json.loads(reply.body or "null")
        if not isinstance(envelope, dict):
            return reply
        return Reply(reply.status, json.dumps(around(envelope)).encode())

    change_reply(app, change)


def change_request(app, around):
    """Change every request that is a JSON object by ``around(request)``."""
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
    """Store the result of ``around(current, new)``."""
    store = fake_of(app).store
    change = store.change_followme
    store.change_followme = lambda customer, do: change(
        customer, lambda current: around(current, do)
    )

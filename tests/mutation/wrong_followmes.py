"""Servers that are wrong about set, get and delete."""

import itertools
import threading

from msgspec import structs
from mutators import change_envelope, change_method, change_reply, change_store, wrong

from mtt_mock import fake_of
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Followme
from mtt_mock.jsonrpc.errors import InternalError, InvalidParams, RpcError
from mtt_mock.service.methods import followme
from mtt_mock.service.reply import Reply


@wrong("get.shape")
def forgets_side_b(app):
    def keep_a(current, do):
        new = do(current)
        return structs.replace(new, elements=new.side("A"))

    change_store(app, keep_a)


@wrong("set.conflict.unchanged")
def half_applies_a_refused_set(app):
    def around(run, params, caller, notes):
        result = run(params, caller, notes)
        if "error" in result:
            half = followme.parse_elements(params["callBackFollowmeStruct"])[:1]
            fake_of(app).store.change_followme(
                params["customer_name"],
                lambda now: structs.replace(now, elements=now.elements + tuple(half)),
            )
        return result

    change_method(app, "setCallBackFollowme", around)


@wrong("set.success")
def returns_success_as_text(app):
    change_envelope(
        app,
        lambda envelope: (
            envelope | {"result": {"success": "1"}}
            if envelope.get("result") == {"success": 1}
            else envelope
        ),
    )


@wrong("set.conflict")
def returns_a_conflict_as_an_error_envelope(app):
    def around(run, params, caller, notes):
        result = run(params, caller, notes)
        if "error" in result:
            raise InternalError(result["error_description"])
        return result

    change_method(app, "setCallBackFollowme", around)


@wrong("set.conflict")
def returns_a_conflict_with_http_409(app):
    change_reply(app, lambda reply: Reply(409, reply.body) if b"not clear" in reply.body else reply)


@wrong("set.conflict.side_b")
def names_side_a_in_every_conflict(app):
    change_reply(app, lambda reply: Reply(reply.status, reply.body.replace(b"Side B", b"Side A")))


@wrong("get.shape")
def loses_the_order(app):
    def backwards(run, params, caller, notes):
        result = run(params, caller, notes)
        return result | {"callBackFollowmeStruct": result["callBackFollowmeStruct"][::-1]}

    change_method(app, "getCallBackFollowme", backwards)


@wrong("set.per_customer")
def shares_state_between_customers(app):
    store = fake_of(app).store
    read, change = store.followme, store.change_followme
    store.followme = lambda _customer: read("all")
    store.change_followme = lambda _customer, do: change("all", do)


@wrong("delete.both")
def deletes_one_side_only(app):
    def keep_b(run, params, _caller, _notes):
        fake_of(app).store.change_followme(
            params["customer_name"], lambda now: Followme(elements=now.side("B"))
        )
        return {"success": 1}

    change_method(app, "deleteCallBackFollowme", keep_b)


@wrong("delete.both")
def keeps_caller_id_on_delete(app):
    def keep(run, params, _caller, _notes):
        fake_of(app).store.change_followme(
            params["customer_name"], lambda now: Followme(caller_id=now.caller_id)
        )
        return {"success": 1}

    change_method(app, "deleteCallBackFollowme", keep)


@wrong("delete.nothing")
def refuses_to_delete_nothing(app):
    def around(run, params, caller, notes):
        if not fake_of(app).followme(params["customer_name"]).elements:
            raise InternalError("Callback followme structure not found")
        return run(params, caller, notes)

    change_method(app, "deleteCallBackFollowme", around)


@wrong("set.side.queue")
def puts_numbers_on_the_side_that_they_name(app):
    def by_name(current, do):
        new = do(Followme())
        moved = tuple(
            structs.replace(each, side=each.fields.get("side", each.side)) for each in new.elements
        )
        return new if new == EMPTY_FOLLOWME else followme.insert(current, moved, new.caller_id)

    change_store(app, by_name)


@wrong("set.type.words")
def stores_the_canonical_word(app):
    def around(run, params, caller, notes):
        result = run(params, caller, notes)
        for each in result["callBackFollowmeStruct"]:
            each["type"] = followme.canonical_type(each["type"])
        return result

    change_method(app, "getCallBackFollowme", around)


@wrong("set.element.cyrillic")
def accepts_cyrillic_sides(app):
    fake = fake_of(app)
    answer = fake.answer

    def latin(auth, body, *rest):
        return answer(auth, body.replace(b"\\u0412", b"B").replace("В".encode(), b"B"), *rest)

    fake.answer = latin


@wrong("set.element.invalid")
def refuses_without_naming_the_element(app):
    def around(run, params, caller, notes):
        try:
            return run(params, caller, notes)
        except RpcError:
            raise InvalidParams("wrong params") from None

    change_method(app, "setCallBackFollowme", around)


@wrong("set.element.unknown")
def stores_unknown_fields(app):
    def around(run, params, caller, notes):
        result = run(params, caller, notes)
        for each in result["callBackFollowmeStruct"]:
            each.setdefault("colour", "red")
        return result

    change_method(app, "getCallBackFollowme", around)


@wrong("set.join")
def replaces_the_structure_on_set(app):
    def replace(current, do):
        do(current)
        return do(EMPTY_FOLLOWME)

    change_store(app, replace)


@wrong("set.atomic")
def accepts_two_concurrent_sets(app):
    store = fake_of(app).store
    seen = itertools.count()
    lock = threading.Lock()  # both succeed only if each is set before the next one clears

    def around(run, params, caller, notes):
        struct = params["callBackFollowmeStruct"]
        if struct and struct[0].get("name", "").startswith("set ") and next(seen) < 2:
            with lock:
                store.change_followme(params["customer_name"], lambda _: EMPTY_FOLLOWME)
                return run(params, caller, notes)
        return run(params, caller, notes)

    change_method(app, "setCallBackFollowme", around)


@wrong("get.nothing")
def answers_an_empty_list_when_nothing_is_set(app):
    def around(run, params, caller, notes):
        try:
            return run(params, caller, notes)
        except RpcError:
            return {"callBackFollowmeStruct": []}

    change_method(app, "getCallBackFollowme", around)

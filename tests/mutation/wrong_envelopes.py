"""Servers that are wrong about envelopes, HTTP and the service map."""

import json

from msgspec import structs
from mutators import change_envelope, change_reply, change_request, wrong

from mtt_mock import fake_of
from mtt_mock.service.reply import Reply


@wrong("rpc.id.echo")
def gives_the_id_as_text(app):
    change_envelope(
        app,
        lambda envelope: (
            envelope | {"id": envelope["id"] if envelope["id"] is None else str(envelope["id"])}
        ),
    )


@wrong("rpc.id.echo")
def answers_with_a_different_id(app):
    change_envelope(app, lambda envelope: envelope | {"id": 101})


def change_body(app, around):
    """Change the bytes of every response by ``around(body)``."""
    change_reply(app, lambda reply: Reply(reply.status, around(reply.body)))


@wrong("rpc.json.escapes")
def writes_slashes_unescaped(app):
    change_body(app, lambda body: body.replace(rb"\/", b"/"))


@wrong("rpc.json.escapes")
def writes_utf_8(app):
    change_body(app, lambda body: json.dumps(json.loads(body), ensure_ascii=False).encode())


@wrong("rpc.json.floats")
def keeps_the_fraction_of_a_whole_number(app):
    change_request(
        app,
        lambda request: (
            request | {"id": repr(request["id"])} if request.get("id") == 1000 else request
        ),
    )
    change_body(app, lambda body: body.replace(b'"1000.0"', b"1000.0"))


@wrong("rpc.json.big_integers")
def keeps_the_digits_of_an_integer_beyond_64_bits(app):
    change_body(app, lambda body: body.replace(b"9.223372036854776e+18", b"9223372036854775808"))


@wrong("rpc.json.empty")
def writes_an_empty_object_as_an_array(app):
    change_body(app, lambda body: body.replace(b"{}", b"[]"))


@wrong("rpc.json.key_order")
def writes_the_id_before_the_result(app):
    change_envelope(app, lambda envelope: {key: envelope[key] for key in sorted(envelope)})


@wrong("rpc.version.loose")
def compares_the_version_strictly(app):
    change_request(
        app,
        lambda request: (
            request if request.get("jsonrpc") in ("2.0", 2.0) else request | {"jsonrpc": "1.0"}
        ),
    )


@wrong("rpc.version.loose")
def reads_the_beginning_of_the_version(app):
    change_request(
        app,
        lambda request: (
            request | {"jsonrpc": "2.0"} if str(request.get("jsonrpc"))[:2] == "2." else request
        ),
    )


@wrong("rpc.error.parse.depth")
def reads_one_level_more(app):
    change_body(
        app, lambda body: body.replace(b'null,"error":{"code":-32700', b'1,"error":{"code":-32601')
    )


@wrong("rpc.error.parse.nul_name")
def reads_names_that_begin_with_nul(app):
    fake = fake_of(app)
    answer = fake.answer
    fake.answer = lambda authorization, body, *rest: answer(
        authorization, body.replace(rb'"\u0000a"', b'"a"'), *rest
    )


@wrong("rpc.error.parse.strict")
def refuses_a_number_beyond_a_double(app):
    fake = fake_of(app)
    answer = fake.answer
    fake.answer = lambda authorization, body, *rest: answer(
        authorization, b"{" if b"1e999" in body else body, *rest
    )


@wrong("rpc.notification")
def answers_notifications(app):
    change_reply(
        app,
        lambda reply: (
            reply if reply.body else Reply(200, b'{"jsonrpc":"2.0","result":1,"id":null}')
        ),
    )


@wrong("rpc.notification")
def does_not_execute_notifications(app):
    def only_calls(request):
        return (
            request
            if request.get("id") or request.get("id") == 0
            else request | {"id": 0, "method": "x"}
        )

    change_request(app, lambda request: only_calls(request) if "id" not in request else request)


@wrong("rpc.notification")
def treats_the_id_0_as_a_notification(app):
    change_request(
        app,
        lambda request: request | {"id": None} if request.get("id") == 0 and isinstance(request["id"], int) else request,
    )  # fmt: skip


@wrong("rpc.notification.error")
def answers_failed_notifications_with_nothing(app):
    change_reply(
        app, lambda reply: Reply(200, b"") if b'"id":null,"error"' in reply.body else reply
    )


@wrong("transport.auth.missing")
def answers_without_credentials(app):
    change_wsgi = app.wsgi_app
    token = "Basic YTpi"
    app.wsgi_app = lambda environ, start: change_wsgi(
        {**environ, "HTTP_AUTHORIZATION": environ.get("HTTP_AUTHORIZATION", token)}, start
    )


@wrong("transport.auth.missing")
def returns_401_in_a_body_with_200(app):
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start: inner(
        environ, lambda status, *rest: start("200 OK" if status[:3] == "401" else status, *rest)
    )


@wrong("rpc.method.case")
def matches_method_names_case_sensitively(app):
    engine = fake_of(app)._engine
    find = engine._find

    def exact(name):
        return find(name if name in engine.methods else None)

    engine._find = exact


@wrong("rpc.params.positional")
def ignores_positional_params(app):
    change_request(
        app,
        lambda request: (
            request | {"params": {}} if isinstance(request.get("params"), list) else request
        ),
    )


@wrong("rpc.params.named")
def refuses_unknown_params(app):
    def around(request):
        params = request.get("params")
        if isinstance(params, dict) and "no_such_param" in params:
            return request | {"params": "unknown"}
        return request

    change_request(app, around)


@wrong("rpc.version.number")
def requires_the_version_as_text(app):
    change_request(
        app,
        lambda request: (
            request if isinstance(request.get("jsonrpc"), str) else request | {"jsonrpc": "1"}
        ),
    )


@wrong("rpc.error.invalid_request")
def ignores_the_version(app):
    change_request(app, lambda request: request | {"jsonrpc": "2.0"})


@wrong("rpc.error")
def leaves_out_data_when_there_is_none(app):
    def around(envelope):
        error = envelope.get("error")
        if error and error["data"] is None:
            return envelope | {"error": {"code": error["code"], "message": error["message"]}}
        return envelope

    change_envelope(app, around)


@wrong("rpc.error")
def gives_data_as_a_list(app):
    def around(envelope):
        error = envelope.get("error")
        if error and error["data"]:
            return envelope | {"error": error | {"data": [{"code": 1, "message": error["data"]}]}}
        return envelope

    change_envelope(app, around)


@wrong("rpc.error.method_failed")
def puts_the_reason_into_message(app):
    def around(envelope):
        error = envelope.get("error")
        if error and error["code"] == -32603:
            return envelope | {"error": error | {"message": error["data"]}}
        return envelope

    change_envelope(app, around)


@wrong("rpc.error.params.named_missing")
def does_not_name_the_missing_param(app):
    change_reply(
        app,
        lambda reply: Reply(
            reply.status, reply.body.replace(b'"customer_name not found"', b'"not found"')
        ),
    )


@wrong("rpc.batch")
def answers_a_batch_in_any_order(app):
    def around(reply):
        answers = json.loads(reply.body or "null")
        return (
            Reply(200, json.dumps(answers[::-1]).encode()) if isinstance(answers, list) else reply
        )

    change_reply(app, around)


@wrong("rpc.batch")
def accepts_an_empty_batch(app):
    fake = fake_of(app)
    answer = fake.answer
    fake.answer = lambda auth, body, *rest: (
        Reply(200, b"[]") if body.strip() == b"[]" else answer(auth, body, *rest)
    )


@wrong("transport.status.error")
def gives_errors_with_http_200(app):
    change_reply(app, lambda reply: Reply(200, reply.body))


@wrong("transport.status.batch")
def gives_a_batch_of_errors_with_http_500(app):
    change_reply(
        app,
        lambda reply: (
            Reply(500, reply.body) if reply.body[:1] == b"[" and b'"error"' in reply.body else reply
        ),
    )


@wrong("transport.content_type.ignored")
def reads_json_only_with_its_content_type(app):
    inner = app.wsgi_app

    def read(environ, start):
        if environ["REQUEST_METHOD"] == "POST" and "json" not in environ.get("CONTENT_TYPE", ""):
            environ = environ | {"CONTENT_LENGTH": "0"}
        return inner(environ, start)

    app.wsgi_app = read


@wrong("transport.content_type.answer")
def answers_as_text_html(app):
    inner = app.wsgi_app

    def as_html(environ, start):
        def begin(status, headers, *rest):
            others = [each for each in headers if each[0].lower() != "content-type"]
            return start(status, [*others, ("Content-Type", "text/html")], *rest)

        return inner(environ, begin)

    app.wsgi_app = as_html


@wrong("smd.get")
def leaves_a_method_out_of_the_service_map(app):
    del fake_of(app)._engine.methods["makeCallBackCallFollowme"]


@wrong("smd.entries")
def swaps_two_params_in_the_service_map(app):
    engine = fake_of(app)._engine
    method = engine.methods["setCallBackFollowme"]
    first, second, *rest = method.parameters
    engine.methods["setCallBackFollowme"] = structs.replace(
        method, parameters=(second, first, *rest)
    )

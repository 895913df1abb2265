"""Wrong clients: the client with one behaviour changed, and the check that it fails."""

import dataclasses
import itertools
import json
import re
from urllib.parse import urlencode

import httpx2

from mtt_client import MttClient, _call_operations, _client, _elements, _operations, _wire
from mtt_client import _transfers as transfers
from mtt_client._errors import FollowmeNotFoundError, HttpError, RpcError
from mtt_client._steps import HttpResponse, NoResponse, Sleep

WRONG_CLIENTS = {}


def wrong(check):
    """Register a change, made by a monkeypatch, that breaks ``check``."""

    def register(change):
        WRONG_CLIENTS[change.__name__.replace("_", " ")] = (check.replace("_", " "), change)
        return change

    return register


def change_exchange(patch, around):
    """Replace every exchange by ``around(exchange, request)``."""
    exchange = MttClient._exchange
    patch.setattr(
        MttClient,
        "_exchange",
        lambda self, request: around(lambda each: exchange(self, each), request),
    )


def change_envelope(patch, change):
    """Replace every request envelope by ``change(envelope)``."""
    encode = _wire.encode

    def changed(method, params, request_id):
        request = encode(method, params, request_id)
        return dataclasses.replace(
            request, body=json.dumps(change(json.loads(request.body))).encode()
        )

    patch.setattr(_operations, "encode", changed)


def change_elements(patch, change):
    """Replace the elements of every set by ``change(elements)``."""
    to_wire = _elements.to_wire
    patch.setattr(_operations, "to_wire", lambda elements: change(to_wire(elements)))


def change_http(patch, **options):
    """Create the HTTP client with other options."""
    patch.setattr(
        MttClient,
        "_http_class",
        staticmethod(
            lambda auth, timeout, transport, **_: httpx2.Client(
                **{"auth": auth, "timeout": timeout, "transport": transport} | options
            )
        ),
    )


def resend(patch, after, method):
    """Send ``method`` a second time after an outcome for which ``after`` is true."""

    def around(exchange, request):
        outcome = exchange(request)
        return exchange(request) if request.method == method and after(outcome) else outcome

    change_exchange(patch, around)


@wrong("it_posts_one_json_rpc_envelope")
def sends_form_data(patch):
    def around(exchange, request):
        form = urlencode(json.loads(request.body)).encode()
        kind = "application/x-www-form-urlencoded"
        return exchange(dataclasses.replace(request, body=form, content_type=kind))

    change_exchange(patch, around)


@wrong("it_posts_one_json_rpc_envelope")
def leaves_out_the_version(patch):
    change_envelope(
        patch, lambda envelope: {key: envelope[key] for key in envelope if key != "jsonrpc"}
    )


@wrong("it_posts_one_json_rpc_envelope")
def sends_positional_params(patch):
    change_envelope(
        patch, lambda envelope: envelope | {"params": list(envelope["params"].values())}
    )


@wrong("every_request_has_a_unique_id")
def drops_the_id(patch):
    change_envelope(patch, lambda envelope: {key: envelope[key] for key in envelope if key != "id"})


@wrong("every_request_has_a_unique_id")
def notifies_by_mistake(patch):
    change_envelope(patch, lambda envelope: envelope | {"id": None})


@wrong("every_request_has_a_unique_id")
def uses_one_id_for_all(patch):
    patch.setattr(_client.itertools, "count", lambda _start: itertools.repeat(1))


@wrong("it_sends_the_credentials_in_utf_8")
def sends_no_credentials(patch):
    change_http(patch, auth=None)


@wrong("it_sends_the_credentials_in_utf_8")
def sends_the_credentials_in_koi8(patch):
    auth = httpx2.BasicAuth("ann", "pass-кот-2".encode("koi8-r"))
    change_http(patch, auth=auth)


@wrong("the_structure_is_stored_verbatim")
def swaps_the_sides(patch):
    other = {"A": "B", "B": "A"}
    change_elements(
        patch,
        lambda elements: [
            each | ({"side": other[each["side"]]} if "side" in each else {}) for each in elements
        ],
    )


@wrong("the_structure_is_stored_verbatim")
def writes_cyrillic_sides(patch):
    change_elements(
        patch,
        lambda elements: [
            each | ({"side": "В"} if each.get("side") == "B" else {}) for each in elements
        ],
    )


@wrong("the_structure_is_stored_verbatim")
def sends_order_as_text(patch):
    change_elements(
        patch,
        lambda elements: [
            each | ({"order": str(each["order"])} if "order" in each else {}) for each in elements
        ],
    )


@wrong("the_structure_is_stored_verbatim")
def sorts_the_elements(patch):
    change_elements(patch, lambda elements: sorted(elements, key=lambda each: each.get("order", 9)))


@wrong("the_structure_is_stored_verbatim")
def leaves_caller_id_out(patch):
    params = _operations._set_params
    patch.setattr(
        _operations, "_set_params", lambda session, struct, _id, b: params(session, struct, None, b)
    )


@wrong("a_conflict_in_result_names_the_side")
def ignores_the_error_inside_result(patch):
    patch.setattr(_wire, "raise_refusal", lambda _method, _result: None)
    patch.setattr(_wire, "validate_result", lambda _method, _result: [])


@wrong("a_conflict_in_result_names_the_side")
def names_side_a_in_every_conflict(patch):
    patch.setattr(_wire, "_SIDE_NOT_CLEAR", re.compile("Side (?=(A)|B)"))


@wrong("an_error_envelope_is_read_under_http_500")
def does_not_read_a_body_under_http_500(patch):
    change_exchange(
        patch,
        lambda exchange, request: (
            HttpResponse(500, b"") if (outcome := exchange(request)).status >= 500 else outcome
        ),
    )


@wrong("an_error_envelope_is_read_under_http_200")
def takes_every_http_200_for_success(patch):
    decode = _wire.decode_call

    def changed(request, outcome):
        if outcome.status == 200:
            return json.loads(outcome.body).get("result")
        return decode(request, outcome)

    patch.setattr(_operations, "decode_call", changed)


@wrong("other_errors_of_get_are_not_not_found")
def takes_every_error_of_get_for_nothing_set(patch):
    def error(method, code, message, data):
        kind = FollowmeNotFoundError if method == "getCallBackFollowme" else RpcError
        return kind(method, code, message, data)

    patch.setattr(_wire, "_rpc_error", error)


@wrong("a_refused_login_is_an_authentication_error")
def takes_401_for_any_error(patch):
    patch.setattr(_wire, "AuthenticationError", HttpError)


@wrong("html_is_not_success")
def takes_html_for_success(patch):
    patch.setattr(_wire, "_raise_no_envelope", lambda _request, _answer, _content: None)
    patch.setattr(_wire, "_result", lambda _request, _envelope: {"success": 1})


@wrong("html_of_a_gateway_is_an_http_error")
def ignores_the_http_status(patch):
    patch.setattr(_wire, "is_success", lambda _answer: True)


@wrong("responses_with_a_wrong_id_are_refused")
def does_not_compare_ids(patch):
    patch.setattr(_wire, "_check_id", lambda _request, _envelope: None)


@wrong("ids_as_text_are_refused")
def compares_ids_as_text(patch):
    def check(request, envelope):
        if str(envelope["id"]) != str(request.id):
            raise _wire.ProtocolError(request.method, "another id")

    patch.setattr(_wire, "_check_id", check)


@wrong("success_as_text_is_refused")
def does_not_check_results(patch):
    patch.setattr(_wire, "validate_result", lambda _method, _result: [])


@wrong("a_set_with_a_lost_response_is_not_repeated")
def retries_a_set_after_a_timeout(patch):
    resend(patch, lambda outcome: isinstance(outcome, NoResponse), "setCallBackFollowme")


@wrong("a_set_with_http_500_is_not_repeated")
def retries_a_set_after_http_500(patch):
    resend(
        patch,
        lambda outcome: isinstance(outcome, HttpResponse) and outcome.status == 500,
        "setCallBackFollowme",
    )


@wrong("a_call_with_a_lost_response_is_not_repeated")
def rings_twice_after_a_timeout(patch):
    resend(patch, lambda outcome: isinstance(outcome, NoResponse), "makeCallBackCallFollowme")


@wrong("replace_deletes_before_it_sets")
def replaces_without_a_delete(patch):
    patch.setattr(_operations, "replace_followme", _operations.set_followme)


@wrong("replace_restores_the_structure_after_a_failed_set")
def does_not_restore_after_a_failure(patch):
    patch.setattr(_operations, "_restore_after_set", lambda *_arguments: iter(()))


@wrong("replace_restores_the_structure_after_a_failed_set")
def restores_without_caller_id(patch):
    former = _operations._set_former
    patch.setattr(
        _operations,
        "_set_former",
        lambda session, found: former(session, dataclasses.replace(found, caller_id=None)),
    )


@wrong("waiting_for_a_call_pauses_between_polls")
def polls_without_a_pause(patch):
    perform = MttClient._perform
    patch.setattr(
        MttClient,
        "_perform",
        lambda self, step: None if isinstance(step, Sleep) else perform(self, step),
    )


@wrong("waiting_for_a_call_times_out")
def polls_without_end(patch):
    def wait(session, call_id, _timeout, interval):
        while True:
            try:
                return (yield from _call_operations.call_info(session, call_id))
            except RpcError:
                yield Sleep(interval)

    patch.setattr(_call_operations, "wait_for_call", wait)


@wrong("waiting_ends_with_the_call")
def takes_a_finished_call_for_a_running_one(patch):
    patch.setattr(_call_operations, "_may_be_running", lambda _error: True)


@wrong("credentials_are_not_sent_to_other_upload_origins")
def uploads_to_any_origin(patch):
    request = transfers.upload_request
    patch.setattr(
        _call_operations,
        "upload_request",
        lambda url, content, origins: request(url, content, origins | {"http://elsewhere.invalid"}),
    )


@wrong("uploads_send_raw_bytes_with_credentials")
def uploads_a_form(patch):
    request = transfers.upload_request

    def as_form(url, content, origins):
        asked = request(url, content, origins)
        return dataclasses.replace(asked, body=b"--x\r\n\r\n" + content + b"\r\n--x--")

    patch.setattr(_call_operations, "upload_request", as_form)


@wrong("uploads_send_raw_bytes_with_credentials")
def uploads_without_credentials(patch):
    request = transfers.upload_request
    patch.setattr(
        _call_operations,
        "upload_request",
        lambda *arguments: dataclasses.replace(request(*arguments), authenticated=False),
    )


@wrong("credentials_are_not_sent_to_record_urls")
def sends_credentials_to_the_url_of_a_record(patch):
    request = transfers.download_request
    patch.setattr(
        _call_operations,
        "download_request",
        lambda *arguments: dataclasses.replace(request(*arguments), authenticated=True),
    )


@wrong("redirects_are_not_followed")
def follows_redirects(patch):
    change_http(patch, follow_redirects=True)


@wrong("messages_never_contain_the_password")
def shows_its_password(patch):
    patch.setattr(MttClient, "__repr__", lambda self: repr(vars(self._http._auth)) + "pass-кот-2")

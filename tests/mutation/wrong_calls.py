"""Servers that are wrong about calls, info, events, prompts and the balance."""

from msgspec import structs
from mutators import change_method, wrong

from mtt_mock import fake_of
from mtt_mock.service.reply import Reply


@wrong("info.running")
def gives_the_info_before_the_end(app):
    fake = fake_of(app)

    def early(run, params, caller, notes):
        fake.service.scheduler.run_until_idle()
        return run(params, caller, notes)

    change_method(app, "getCallBackFollowmeCallInfo", early)


@wrong("event.names")
def swaps_the_order_of_events(app):
    scheduler = fake_of(app).service.scheduler
    start_call = scheduler.start_call

    def swapped(order, context):
        return (
            start_call(order, context)
            if order.first == "B"
            else start_call(structs.replace(order, first="B"), context)
        )

    scheduler.start_call = swapped


@wrong("call.id")
def gives_the_id_of_a_call_as_a_number(app):
    def around(run, params, caller, notes):
        return {"callBackCall_id": int(run(params, caller, notes)["callBackCall_id"])}

    change_method(app, "makeCallBackCallFollowme", around)


@wrong("call.caller_id")
def calls_without_a_caller_id(app):
    def around(run, params, caller, notes):
        return run(params | {"caller_id": params["caller_id"] or "74951001010"}, caller, notes)

    change_method(app, "makeCallBackCallFollowme", around)


@wrong("info.complete")
def leaves_empty_fields_out_of_the_info(app):
    def around(run, params, caller, notes):
        info = run(params, caller, notes)["callBackFollowmeCallInfoStruct"]
        return {
            "callBackFollowmeCallInfoStruct": {
                key: value for key, value in info.items() if value != ""
            }
        }

    change_method(app, "getCallBackFollowmeCallInfo", around)


@wrong("balance.shape")
def gives_the_balance_as_text(app):
    def around(run, params, caller, notes):
        result = run(params, caller, notes)
        return result | {"balance": str(result["balance"])}

    change_method(app, "getCustomerBalance", around)


@wrong("prompt.auth")
def accepts_uploads_without_credentials(app):
    fake = fake_of(app)
    upload = fake.upload
    fake.upload = lambda authorization, *rest: upload(authorization or "Basic YTpi", *rest)


@wrong("prompt.reply")
def answers_uploads_with_nothing(app):
    fake = fake_of(app)
    upload = fake.upload
    fake.upload = lambda *arguments: Reply(upload(*arguments).status, b"")

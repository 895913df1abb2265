"""The strategies: their values match the contract, and invalid arguments are refused."""

import jsonschema_rs
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import mtt_contracts
from mtt_contracts import strategies
from mtt_mock.service.callbacks.callback_urls import event_url

ANY = settings(database=None, phases=[Phase.generate], max_examples=1000)  # the first that does
# To explain the shortest would take five times as long as to find it.
SHORTEST = settings(database=None, phases=[Phase.generate, Phase.shrink])
FAST = {
    name: jsonschema_rs.Draft7Validator(method.params_schema)
    for name, method in mtt_contracts.methods().items()
}


@given(strategies.set_followme_params())
def test_generated_params_are_valid(params):
    assert mtt_contracts.validate_params("setCallBackFollowme", params) == []
    assert FAST["setCallBackFollowme"].is_valid(params)


@given(strategies.make_call_params())
def test_generated_call_params_are_valid(params):
    assert mtt_contracts.validate_params("makeCallBackCallFollowme", params) == []
    assert FAST["makeCallBackCallFollowme"].is_valid(params)
    mtt_contracts.lint_params("makeCallBackCallFollowme", params)  # has a word for all of them


@given(strategies.prompt_names())
def test_generated_prompt_names_are_valid(name):
    params = {"customer_name": "1", "file_name": name}
    assert mtt_contracts.validate_params("setCallBackPrompt", params) == []
    assert FAST["setCallBackPrompt"].is_valid(params)


@given(strategies.call_back_urls())
def test_generated_urls_can_be_sent_events(url):
    asked = event_url(url, "start_side_A", "1000001")
    assert asked.startswith(("http://", "https://"))
    assert asked.endswith("event=start_side_A&id=1000001")


@pytest.mark.parametrize("scheme", ["http", "https", ""])
def test_the_scheme_can_be_chosen(scheme):
    url = find(strategies.call_back_urls(schemes=(scheme,)), lambda _: True, settings=SHORTEST)
    assert url == (f"{scheme}://example.com" if scheme else "example.com")


@pytest.mark.parametrize(
    ("part", "of_it"),
    [
        ("an IPv6 address with a port", lambda url: "]:" in url),
        ("a query", lambda url: "?" in url),
        ("a fragment", lambda url: "#" in url),
        ("a name that is not ASCII", lambda url: "рф" in url),
    ],
)
def test_generated_urls_have(part, of_it):
    assert find(strategies.call_back_urls(), of_it, settings=ANY), part


@pytest.mark.parametrize(
    ("part", "of_it"),
    [
        ("an extension", lambda name: len(name) > 4 and name.endswith(".wav")),
        ("no extension", lambda name: "." not in name),
        ("letters that are not ASCII", lambda name: not name.isascii()),
    ],
)
def test_generated_prompt_names_have(part, of_it):
    assert find(strategies.prompt_names(), of_it, settings=ANY), part


@pytest.mark.parametrize("kind", ["Ringall", "Linear", "text", "file"])
def test_each_kind_can_be_chosen(kind):
    element = find(strategies.followme_elements(kinds=(kind,)), lambda _: True, settings=SHORTEST)
    assert mtt_contracts.canonical_type(element["type"]) == kind


@pytest.mark.parametrize(
    "field",
    [each.name for each in mtt_contracts.method("makeCallBackCallFollowme").parameters],
)
def test_each_call_parameter_is_generated_and_omitted(field):
    calls = strategies.make_call_params()
    assert field in find(calls, lambda params: field in params, settings=ANY)
    if field != "customer_name":
        assert field not in find(calls, lambda params: field not in params, settings=ANY)


@pytest.mark.unmeasured
def test_examples_shrink_to_short_values():
    assert find(strategies.followme_structs(), lambda _: True, settings=SHORTEST) == [
        {"type": "Ringall", "redirect_number": "0"}
    ]
    assert find(strategies.prompt_names(), lambda _: True, settings=SHORTEST) == "0"
    assert find(strategies.make_call_params(), lambda _: True, settings=SHORTEST) == {
        "customer_name": "0"
    }
    assert find(
        strategies.make_call_params(), lambda params: params.get("callBackURL"), settings=SHORTEST
    ) == {
        "customer_name": "0",
        "callBackURL": "http://example.com",
    }


def test_customers_and_urls_can_be_chosen():
    params = find(
        strategies.make_call_params(
            customer_names=st.just("883140500000000"), urls=st.just("127.0.0.1:8000/events")
        ),
        lambda params: params.get("callBackURL"),
        settings=SHORTEST,
    )
    assert params == {
        "customer_name": "883140500000000",
        "callBackURL": "127.0.0.1:8000/events",
    }


def test_invalid_arguments_are_refused():
    with pytest.raises(ValueError, match="kinds must be some of Ringall, Linear, text, file"):
        strategies.followme_elements(kinds=("ring",))
    with pytest.raises(ValueError, match="need 0 <= min_size <= max_size, got 3 and 2"):
        strategies.followme_structs(min_size=3, max_size=2)
    for wrong in (("ftp",), ()):
        with pytest.raises(ValueError, match="schemes must be some of 'http', 'https', '', got"):
            strategies.call_back_urls(schemes=wrong)
    with pytest.raises(TypeError, match="customer_names must be a Hypothesis strategy, got '1'"):
        strategies.set_followme_params(customer_names="1")
    with pytest.raises(TypeError, match="customer_names must be a Hypothesis strategy, got '1'"):
        strategies.make_call_params(customer_names="1")
    with pytest.raises(TypeError, match="urls must be a Hypothesis strategy, got 'x'"):
        strategies.make_call_params(urls="x")

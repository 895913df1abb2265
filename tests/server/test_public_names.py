"""The public names of the packages."""

import inspect
import pydoc

import pytest
from flask import Flask

import mtt_client
import mtt_contracts
import mtt_mock


def test_the_public_names_of_the_fake():
    assert mtt_mock.__all__ == [
        "Account",
        "AccountsError",
        "Answers",
        "AppTransport",
        "AsyncFakeClock",
        "AuthorityError",
        "Busy",
        "ClockBusyError",
        "Delivery",
        "EventReceiver",
        "Exchange",
        "Fake",
        "FakeClock",
        "HostError",
        "InterceptError",
        "InterceptWarning",
        "Interception",
        "Journal",
        "LiveServer",
        "MttMockError",
        "MttServer",
        "NeverAnswers",
        "ReceivedEvent",
        "Rejects",
        "Settings",
        "SettingsError",
        "StoreError",
        "Subscribers",
        "Tariff",
        "Unavailable",
        "create_app",
        "fake_of",
        "intercept",
        "serve",
    ]
    for name in mtt_mock.__all__:
        assert getattr(mtt_mock, name).__name__ == name


def test_every_public_error_has_one_base_class():
    errors = [name for name in mtt_mock.__all__ if name.endswith("Error")]
    assert len(errors) == 8
    for name in errors:
        assert issubclass(getattr(mtt_mock, name), mtt_mock.MttMockError), name


def public_functions(package):
    for name in package.__all__:
        value = getattr(package, name)
        if inspect.isfunction(value):
            yield value
        elif inspect.isclass(value):
            for attribute in dir(value):
                method = inspect.getattr_static(value, attribute)
                method = getattr(method, "__func__", method)
                if inspect.isfunction(method) and not attribute.startswith("_"):
                    yield method


@pytest.mark.parametrize("package", [mtt_mock, mtt_contracts, mtt_client])
def test_public_functions_describe_their_parameters(package):
    silent = [
        f"{function.__qualname__}: {name}"
        for function in public_functions(package)
        if not function.__qualname__.startswith("AsyncMttClient.")  # as MttClient's
        for name in inspect.signature(function).parameters
        if name not in {"self", "cls"}
        and f"{name}:" not in inspect.getdoc(function).partition("Args:")[2]
    ]
    assert silent == []


# A struct's signature evaluates its annotations, which need each name at run time.
@pytest.mark.parametrize("package", [mtt_mock, mtt_contracts, mtt_client])
def test_the_help_of_every_public_class_is_shown(package):
    for value in filter(inspect.isclass, (getattr(package, name) for name in package.__all__)):
        assert f"class {value.__name__}" in pydoc.render_doc(value, renderer=pydoc.plaintext)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'mtt_mock' has no attribute 'nonsense'"):
        mtt_mock.nonsense  # noqa: B018


def test_the_public_names_of_the_contract():
    assert mtt_contracts.__all__ == [
        "PROMPTS",
        "QUEUES",
        "Example",
        "Fact",
        "Field",
        "Method",
        "Parameter",
        "Problem",
        "bundle",
        "canonical_type",
        "examples",
        "explain",
        "facts",
        "fields",
        "lint_params",
        "method",
        "methods",
        "schema",
        "validate_params",
        "validate_request",
        "validate_response",
        "validate_result",
    ]


def test_settings_are_given_by_name_or_as_an_object():
    with pytest.raises(mtt_mock.SettingsError, match="not both"):
        mtt_mock.create_app(mtt_mock.Settings(), error_status=200)
    with pytest.raises(mtt_mock.SettingsError, match="got dict; give single settings by name"):
        mtt_mock.create_app({"error_status": 200})


def test_an_application_that_is_no_fake_is_refused():
    application = Flask("own")
    for use in (mtt_mock.fake_of, mtt_mock.AppTransport, mtt_mock.LiveServer):
        with pytest.raises(TypeError, match="<Flask 'own'> is not a fake"):
            use(application)


def test_a_password_does_not_show_in_the_settings():
    settings = mtt_mock.Settings(accounts=("ann:hidden",))
    assert "hidden" not in repr(settings)
    assert "ann" in repr(settings)

"""The public strategies: valid params pass, invalid params fail at the named field."""

import json

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import mtt_contracts
from mtt_contracts.invalid_params import invalid_params, mutation_names, valid_params
from mtt_mock import Fake, Settings
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Rejects, Unavailable
from mtt_mock.testing.strategies import subscribers

METHODS = list(mtt_contracts.methods())
ALL_MUTATIONS = [(method, name) for method in METHODS for name in mutation_names(method)]


@pytest.fixture(scope="module")
def fake():
    fake = Fake(Settings.of(clock="manual", callback_allow=["none"]))
    yield fake
    fake.close()


def answer(fake, method, params):
    fake.reset()
    envelope = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    reply = fake.answer("Basic YTpi", json.dumps(envelope).encode())
    return json.loads(reply.body)


@pytest.mark.unmeasured
@pytest.mark.parametrize("method", METHODS)
def test_valid_params_pass_schema_and_fake(fake, method):
    @settings(max_examples=25)
    @given(valid_params(method))
    def holds(params):
        assert mtt_contracts.validate_params(method, params) == []
        assert answer(fake, method, params).get("error", {}).get("code") != -32602

    holds()


@pytest.mark.unmeasured
@pytest.mark.parametrize(("method", "name"), ALL_MUTATIONS)
def test_invalid_params_fail_at_their_path(fake, method, name):
    @settings(max_examples=4)
    @given(invalid_params(method, names=[name]))
    def holds(invalid):
        problems = mtt_contracts.validate_params(method, invalid.params)
        assert [problem.path for problem in problems] == [invalid.path]
        error = answer(fake, method, invalid.params)["error"]
        assert error["code"] == -32602
        assert invalid.path in error["data"]
        assert (invalid.mutation, invalid.method) == (name, method)

    holds()


def test_every_method_has_mutations():
    assert {method: len(mutation_names(method)) > 3 for method in METHODS} == dict.fromkeys(
        METHODS, True
    )
    assert len(ALL_MUTATIONS) > 90


def test_examples_shrink_to_short_values():
    # To explain the shortest would take longer than to find it.
    phases = settings(database=None, phases=[Phase.generate, Phase.shrink])
    strategy = invalid_params("setCallBackFollowme", names=["side B in Cyrillic"])
    invalid = find(strategy, lambda _: True, settings=phases)
    assert invalid.params == {
        "customer_name": "0",
        "callBackFollowmeStruct": [{"type": "text", "value": "0", "side": "В"}],
    }
    assert invalid.path == "callBackFollowmeStruct[0].side"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: invalid_params("nonsense"), LookupError, "no method 'nonsense'"),
        (lambda: valid_params("nonsense"), LookupError, "no method 'nonsense'"),
        (lambda: mutation_names("nonsense"), LookupError, "no method 'nonsense'"),
        (
            lambda: invalid_params("getCustomerBalance", names=["side C"]),
            ValueError,
            "customer_name",
        ),
        (lambda: invalid_params("getCustomerBalance", names=[]), ValueError, "must be some of"),
        (lambda: invalid_params("getCustomerBalance", names="side C"), TypeError, "a sequence"),
        (lambda: subscribers(max_seconds=-1), ValueError, "from 0 to 3600, got -1"),
        (lambda: subscribers(max_seconds=3601), ValueError, "got 3601"),
        (lambda: subscribers(max_seconds=1.5), TypeError, "an integer, got 1.5"),
        (lambda: subscribers(max_seconds=True), TypeError, "an integer, got True"),
    ],
)
def test_invalid_arguments_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


@given(st.data())
def test_subscribers_keep_to_their_bound(data):
    drawn = data.draw(subscribers(max_seconds=5))
    for name in ("after", "talks_for", "waits_for"):
        assert 0 <= (getattr(drawn, name, None) or 0) <= 5


@pytest.mark.parametrize("kind", [Answers, Busy, NeverAnswers, Rejects, Unavailable])
def test_subscribers_of_every_kind_are_drawn(kind):
    first = settings(database=None, phases=[Phase.generate])
    assert isinstance(
        find(subscribers(), lambda drawn: isinstance(drawn, kind), settings=first), kind
    )

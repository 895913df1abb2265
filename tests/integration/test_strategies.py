"""The strategies give what the contract allows, and say no to wrong arguments."""

import pytest
from hypothesis import find, given

import mtt_contracts
from mtt_contracts import strategies


@given(strategies.set_followme_params())
def test_generated_params_are_valid(params):
    assert mtt_contracts.validate_params("setCallBackFollowme", params) == []


@pytest.mark.parametrize("kind", ["Ringall", "Linear", "text", "file"])
def test_each_kind_can_be_asked_for(kind):
    element = find(strategies.followme_elements(kinds=(kind,)), lambda _: True)
    assert mtt_contracts.canonical_type(element["type"]) == kind


def test_examples_shrink_to_something_a_person_can_read():
    assert find(strategies.followme_structs(), lambda _: True) == [
        {"type": "Ringall", "redirect_number": "0"}
    ]


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="kinds must be some of Ringall, Linear, text, file"):
        strategies.followme_elements(kinds=("ring",))
    with pytest.raises(ValueError, match="need 0 <= min_size <= max_size, got 3 and 2"):
        strategies.followme_structs(min_size=3, max_size=2)

"""Followme rules: which sets a customer's sides accept, without HTTP or JSON."""

from __future__ import annotations

import pytest

from mtt_mock.domain.followme import EMPTY_FOLLOWME, Element, Followme, SideNotClearError, insert
from mtt_mock.domain.memory_store import MemoryStore

A1 = Element("Ringall", "A", {"type": "ringall", "redirect_number": "71"})
A2 = Element("text", "A", {"type": "text", "value": "x", "side": "A"})
B1 = Element("text", "B", {"type": "text", "value": "y", "side": "B"})
B2 = Element("file", "B", {"type": "file", "value": "z", "side": "B"})


@pytest.mark.parametrize(
    ("held", "brought", "stored"),
    [
        ((), (), ()),
        ((), (A1,), (A1,)),
        ((), (B1,), (B1,)),
        ((), (A1, B1, A2, B2), (A1, B1, A2, B2)),
        ((), (B1, A1), (B1, A1)),
        ((), (A1, A1), (A1, A1)),
        ((A1,), (), (A1,)),
        ((A1, B1), (), (A1, B1)),
        ((A1,), (B1,), (A1, B1)),
        ((B1,), (A1,), (B1, A1)),
        ((A1, A2), (B2, B1), (A1, A2, B2, B1)),
    ],
)
def test_a_set_adds_to_clear_sides(held, brought, stored):
    assert insert(Followme(held), brought).elements == stored


@pytest.mark.parametrize(
    ("held", "brought", "side"),
    [
        ((A1,), (A1,), "A"),
        ((A1,), (A2,), "A"),
        ((A2,), (A1,), "A"),
        ((B1,), (B2,), "B"),
        ((A1, B1), (A1, B1), "A"),
        ((A1, B1), (B1, A1), "A"),
        ((A1, B1), (A1,), "A"),
        ((A1, B1), (B1,), "B"),
        ((A1,), (B1, A2), "A"),
        ((B1,), (A1, B2), "B"),
    ],
)
def test_a_set_for_an_occupied_side_is_refused(held, brought, side):
    current = Followme(held, "71", "72")
    with pytest.raises(SideNotClearError) as refused:
        insert(current, brought, "81", "82")
    assert refused.value.side == side
    assert str(refused.value) == f"Side {side} not clear. Delete before insert"
    assert current == Followme(held, "71", "72")


@pytest.mark.parametrize(
    ("former", "given", "kept"),
    [
        (None, None, None),
        (None, "71", "71"),
        ("71", None, "71"),
        ("71", "", "71"),
        ("71", "72", "72"),
        (None, "", None),
    ],
)
def test_only_given_numbers_are_replaced(former, given, kept):
    current = Followme((A1,), former, former)
    assert insert(current, (B1,), given, None).caller_id == kept
    assert insert(current, (B1,), None, given).default_b_number == kept
    # Setting one number leaves the other unchanged.
    assert insert(current, (B1,), given, None).default_b_number == former
    assert insert(current, (B1,), None, given).caller_id == former


def test_the_sides_of_a_preset_keep_their_order():
    followme = Followme((B1, A1, B2, A2))
    assert followme.side("A") == (A1, A2)
    assert followme.side("B") == (B1, B2)
    assert EMPTY_FOLLOWME.side("A") == EMPTY_FOLLOWME.side("B") == ()


def test_a_store_separates_customers():
    store = MemoryStore()
    assert store.followme("1") is EMPTY_FOLLOWME
    store.change_followme("1", lambda _: Followme((A1,)))
    store.change_followme("2", lambda _: Followme((B1,)))
    assert store.followme("1").elements == (A1,)
    assert store.followme("2").elements == (B1,)
    assert sorted(store.customers()) == ["1", "2"]


def test_a_store_removes_customers_without_elements():
    store = MemoryStore()
    store.change_followme("1", lambda _: Followme((A1,)))
    assert store.change_followme("1", lambda _: EMPTY_FOLLOWME) == EMPTY_FOLLOWME
    assert store.customers() == []


def test_a_change_maps_the_current_value_to_the_new():
    store = MemoryStore()
    first = store.change_followme("1", lambda now: insert(now, (A1,), "71"))
    second = store.change_followme("1", lambda now: insert(now, (B1,)))
    assert first == Followme((A1,), "71")
    assert second == store.followme("1") == Followme((A1, B1), "71")


def test_a_change_that_raises_is_rolled_back():
    store = MemoryStore()
    store.change_followme("1", lambda _: Followme((A1,)))
    for _ in range(2):
        with pytest.raises(SideNotClearError):
            store.change_followme("1", lambda now: insert(now, (A2,)))
    assert store.followme("1").elements == (A1,)
    store.clear()
    assert store.followme("1") is EMPTY_FOLLOWME
    assert store.customers() == []

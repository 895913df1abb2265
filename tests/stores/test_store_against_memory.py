"""The database store against the memory store: any operations give equal state."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mtt_mock.domain.calls import Call, CallPlan, Leg, Order, TimelineEvent
from mtt_mock.domain.faults import FAULT_MEANINGS, parse_fault
from mtt_mock.domain.followme import EMPTY_FOLLOWME, Element, SideNotClearError, insert
from mtt_mock.domain.memory_store import MemoryStore
from mtt_mock.domain.prompts import Prompt
from mtt_mock.domain.subscribers import Answers, Busy, NeverAnswers, Rejects
from support.profiles import examples

HOSTILE = [
    "883140500000000",
    "a",
    "A",
    "",
    " ",
    "a ",
    "\0",
    "a\0b",
    "\x7f\x1b[0m",
    "имя",
    "ИМЯ",
    "é",
    unicodedata.normalize("NFD", "é"),
    "ﬁ",
    "🙂",
    "🙂" * 60,
    "\u202e",
    "\ufffe\uffff",
    "\\",
    "\\x00",
    "\\u0000",
    "'; DROP TABLE customers; --",
    "%",
    "_",
    "null",
    "sha256:",
    "sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",  # of U+0000
    "x" * 200,
    "x" * 201,
    "x" * 100_000,
    "x" * 100_000 + "y",
]
hostile = st.sampled_from(range(len(HOSTILE))).map(lambda index: HOSTILE[index])
texts = hostile | st.text(max_size=5)
customers = hostile
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
elements = st.builds(
    Element,
    st.sampled_from(["Ringall", "Linear", "text", "file"]),
    st.sampled_from(["A", "B"]),
    st.dictionaries(texts, values, max_size=3),
)
numbers = st.sampled_from(
    ["79000000001", "+79000000001", "79000000002", "7900*", "+7900*", "*", "7900000000?", "79000?*"]
)
asked_numbers = numbers | texts
subscribers = st.sampled_from(
    [Answers(), Answers(0, None, 1.5), Busy(), Busy(2), Rejects(0.1), NeverAnswers()]
)
faults = st.sampled_from(
    [
        *FAULT_MEANINGS,
        "setCallBackFollowme:reset-after@2",
        "*/%D0%B8%2F%00:delay=0.5..2.25*3~0.1#7",
        "start_side_A:event-late=1e-05",
    ]
).map(parse_fault)
amounts = st.decimals(-10_000, 10_000, places=2) | st.sampled_from(
    [Decimal("1E+3"), Decimal("0.00"), Decimal(0), Decimal("-0.000000000000000000000000001")]
)
prompts = st.builds(
    Prompt,
    st.sampled_from(["hello", "hello.wav", "Hello"]) | hostile,
    st.binary(max_size=20),
    st.none() | st.sampled_from(["wav", "mp3"]),
    st.none() | st.integers(0, 10**12),
)
NOW = 1_767_225_600_000


@st.composite
def courses(draw):
    ended = draw(st.integers(0, 40))
    moments = st.integers(0, ended) | st.just(ended)
    happened = sorted(draw(st.lists(moments, max_size=3)))
    what = st.sampled_from(["rings", "answers", "busy", "hangs_up", "released"])
    side = st.sampled_from(["A", "B"])
    return CallPlan(
        tuple(TimelineEvent(at, draw(what), draw(side), draw(texts)) for at in happened),
        draw(st.dictionaries(side, st.builds(Leg, texts, moments, st.none() | moments))),
        ended,
        draw(st.none() | moments),
        draw(st.none() | st.tuples(st.sampled_from(["timeout", "cancel"]), side)),
    )


orders = st.builds(
    Order,
    customers,
    st.lists(elements, max_size=2).map(tuple),
    texts,
    texts,
    st.sampled_from(["A", "B"]),
    st.none() | st.integers(0, 10**10),
    st.booleans(),
    st.none() | texts,
    st.none() | texts,
    texts,
)


class Stores(RuleBasedStateMachine):
    """Applies each operation to both stores and compares the results."""

    dues = Bundle("dues")  # a step that was taken, as each of the two gave it

    def __init__(self, state):
        super().__init__()
        self.memory = MemoryStore()
        self.lease = state.lease
        self.store = state.store
        self.lease.acquire_or_renew()
        # The ids of a used database continue.
        self.generations = self.store.generation - self.memory.generation
        self.faults_made = self.store.faults().made
        self.revision = self.store.revision
        self.seen = self.look(self.store)
        self.generation = self.memory.generation
        self.former = [(store.revision, parts_of(self.look(store))) for store in self.stores]

    @property
    def stores(self):
        return self.memory, self.store

    def teardown(self):
        self.lease.release()

    def both(self, ask):
        """Return the result in memory after comparing it with the database's."""
        expected, found = ask(self.memory), ask(self.store)
        assert found == expected
        return expected

    @rule(
        customer=customers, brought=st.lists(elements, max_size=3), numbers=st.tuples(texts, texts)
    )
    def set(self, customer, brought, numbers):
        def ask(store):
            try:
                return store.change_followme(customer, lambda now: insert(now, brought, *numbers))
            except SideNotClearError as error:
                return str(error)

        self.both(ask)

    @rule(customer=customers)
    def delete(self, customer):
        assert (
            self.both(lambda store: store.change_followme(customer, lambda _: EMPTY_FOLLOWME))
            == EMPTY_FOLLOWME
        )

    @rule(customer=customers, amount=amounts)
    def put_balance(self, customer, amount):
        assert self.both(lambda store: store.change_balance(customer, lambda _: amount)) == amount

    @rule(customer=customers, amount=amounts)
    def add_to_balance(self, customer, amount):
        self.both(lambda store: store.change_balance(customer, lambda now: (now or 0) + amount))

    @rule(customer=customers)
    def a_change_that_fails_changes_nothing(self, customer):
        def fail(_):
            raise ZeroDivisionError

        def ask(store):
            failed = 0
            for change in (store.change_followme, store.change_balance):
                try:
                    change(customer, fail)
                except ZeroDivisionError:
                    failed += 1
            try:
                store.change_faults(fail)
            except ZeroDivisionError:
                failed += 1
            return failed

        assert self.both(ask) == 3

    @rule(customer=customers, prompt=prompts)
    def upload(self, customer, prompt):
        self.both(lambda store: store.put_prompt(customer, prompt))

    @rule(number=asked_numbers, subscriber=subscribers)
    def set_number(self, number, subscriber):
        def ask(store):
            try:
                store.set_subscriber(number, subscriber)
            except ValueError as error:
                return str(error)
            return None

        self.both(ask)

    @rule(number=asked_numbers)
    def unset_number(self, number):
        self.both(lambda store: store.set_subscriber(number, None))

    @rule(number=asked_numbers)
    def find_number(self, number):
        self.both(lambda store: store.subscriber(number))

    @rule(fault=faults)
    def set_fault(self, fault):
        self.both(lambda store: len(store.change_faults(lambda now: now.with_fault(fault)).active))

    @rule(method=st.sampled_from(["setCallBackFollowme", None, "start_side_A"]), customer=customers)
    def trigger(self, method, customer):
        def ask(store):
            triggered = []

            def change(now):
                new, trigger = now.trigger(method, customer)
                triggered[:] = [trigger]
                return new

            store.change_faults(change)
            return triggered

        self.both(ask)

    @rule(order=orders, plan=courses(), at=st.integers(-5, 40), is_late=st.booleans())
    def call(self, order, plan, at, is_late):
        def ask(store):
            generation = store.generation - 1 if is_late else store.generation
            return store.add_call(
                lambda number: Call(str(1_000_000 + number), NOW + at, order, plan), generation
            )

        assert (self.both(ask) is None) is is_late

    @rule(target=dues, seconds=st.integers(-5, 90), is_late=st.booleans())
    def take(self, seconds, is_late):
        taken = [
            store.claim_next(NOW + seconds, store.generation - 1 if is_late else store.generation)
            for store in (self.memory, self.store)
        ]
        assert [*map(bool, taken)] in ([False, False], [True, True])
        if taken[0]:
            assert taken[0][:3] == taken[1][:3]
            assert not is_late
        return taken

    @rule(taken=dues)
    def is_taken(self, taken):
        if taken[0]:
            expected = self.memory.is_in_flight(taken[0])
            assert self.store.is_in_flight(taken[1]) is expected

    @rule(taken=consumes(dues))
    def complete(self, taken):
        if taken[0]:
            expected = self.memory.complete(taken[0])
            assert self.store.complete(taken[1]) is expected

    @rule(pairs=st.lists(dues, max_size=4), cost=amounts | st.none(), keep=st.integers(0, 3))
    def settle(self, pairs, cost, keep):
        def charge(call, balance):
            return balance if cost is None else (balance or 0) - cost * int(call.id)

        pairs = [taken for taken in pairs if taken[0] and taken[0].step.event is None]
        by_generation = {}
        for taken in pairs:
            by_generation.setdefault(taken[0].generation, []).append(taken)
        for same_generation in by_generation.values():
            for store, claims in zip(
                (self.memory, self.store), zip(*same_generation, strict=True), strict=True
            ):
                store.settle(claims, charge, keep)

    @rule(customer=customers)
    def delete_customer(self, customer):
        self.both(lambda store: store.delete_customer(customer))

    @precondition(lambda self: self.memory.calls() or self.memory.known_customers())
    @rule()
    def clear(self):
        self.both(lambda store: store.clear())

    @invariant()
    def they_hold_the_same(self):
        assert self.store.generation - self.memory.generation == self.generations
        states = [self.look(store) for store in self.stores]
        expected, found = states
        assert found == expected
        revision = self.store.revision
        assert [each[:3] for each in self.store.in_flight()] == [
            each[:3] for each in self.memory.in_flight()
        ]
        if found != self.seen or self.memory.generation != self.generation:
            assert revision > self.revision
        assert revision >= self.revision
        self.seen, self.revision, self.generation = found, revision, self.memory.generation
        self.changes_name_the_part_and_the_customer([parts_of(state) for state in states])

    def changes_name_the_part_and_the_customer(self, new_parts):
        """Check what both stores say has changed since the last step."""
        for store, parts, (revision, former) in zip(
            self.stores, new_parts, self.former, strict=True
        ):
            revisions = store.revisions
            for part, value in parts.items():
                assert value == former[part] or revisions[part] > revision
            named = store.changed_customers(revision)
            if named is not None:
                assert [call.id for call in parts["calls"]] == [call.id for call in former["calls"]]
                assert parts["customers"].keys() == former["customers"].keys()
                assert named >= {
                    name
                    for name, value in parts["customers"].items()
                    if value != former["customers"][name]
                }
        self.former = [
            (store.revision, parts) for store, parts in zip(self.stores, new_parts, strict=True)
        ]

    def look(self, store):
        """Return the whole state of a store without its generation."""
        known = store.known_customers()
        made = store.faults()
        offset = self.faults_made if store is self.store else 0
        active = [(one.id - offset, one.fault, one.seen, one.triggered) for one in made.active]
        calls = store.calls()
        return {
            "customers": sorted(store.customers()),
            "known": known,
            "presets": [store.followme(each) for each in known],
            "balances": [str(store.balance(each)) for each in known],
            "prompts": [store.prompts(each) for each in known],
            "heads": [store.prompt_metadata(each) for each in known],
            "directory": store.subscriber_registry(),
            "faults": (active, made.made - offset),
            "calls": calls,
            "each": [store.call(each.id) for each in calls],
            "due": store.next_due(),
            "running": store.running_calls(),
            "room": [store.has_room_for(customer, 2) for customer in known],
        }


def parts_of(state):
    """Return what `look` has read by part, as `Store.revisions` counts its changes."""
    known = zip(state["known"], state["presets"], state["balances"], state["prompts"], strict=True)
    return {
        "customers": {
            name: (*values, [call for call in state["calls"] if call.order.customer == name])
            for name, *values in known
        },
        "calls": state["calls"],
        "faults": state["faults"],
        "subscribers": state["directory"],
    }


def test_a_database_store_matches_the_memory_store(databases):
    run_state_machine_as_test(
        lambda: Stores(databases.fresh()),
        settings=settings(
            max_examples=examples(20 if databases.kind == "sqlite" else 12),
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )


def test_unknown_names_have_no_state(databases):
    store = databases.fresh().store
    for text in HOSTILE:
        assert store.followme(text) == EMPTY_FOLLOWME
        assert (store.balance(text), store.call(text), store.subscriber(text)) == (None, None, None)
        assert (store.prompts(text), store.prompt_metadata(text)) == ([], [])
        store.set_subscriber(text, None)
        store.delete_customer(text)
    assert (store.customers(), store.known_customers(), store.calls()) == ([], [], [])

"""The log of a store's changes: parts, customers, what is no longer known."""

from mtt_mock.domain.changes import ChangeLog


def test_changes_are_counted_by_part():
    log = ChangeLog()
    log.add("customers", "calls", customer="anna")
    log.add("faults")
    assert log.revision == 2
    assert log.revisions == {"customers": 1, "calls": 1, "faults": 2, "subscribers": 0}


def test_the_customers_after_a_revision_are_named():
    log = ChangeLog()
    for customer in ("anna", "boris", "vera", "boris"):
        log.add("customers", customer=customer)
    assert log.customers_since(0) == {"anna", "boris", "vera"}
    assert log.customers_since(2) == {"boris", "vera"}
    assert log.customers_since(4) == frozenset()


def test_a_change_of_several_customers_names_none():
    log = ChangeLog()
    log.add("customers", customer="anna")
    log.add("customers", "calls")
    log.add("customers", customer="boris")
    assert log.customers_since(0) is None
    assert log.customers_since(2) == {"boris"}


def test_faults_and_subscribers_concern_no_customer():
    log = ChangeLog()
    log.add("faults")
    log.add("subscribers")
    assert log.customers_since(0) == frozenset()


def test_dropped_changes_are_not_taken_for_none():
    log = ChangeLog()
    for number in range(1001):
        log.add("customers", customer=str(number))
    assert log.customers_since(0) is None
    assert len(log.customers_since(1) or ()) == 1000

"""The thread that writes the journal: a slow database, failures, close."""

import threading

from mtt_mock.storage.sql import journal_writer
from mtt_mock.storage.sql.journal_writer import JournalWriter
from support.waiting import until_equal


class Record:
    size = 1


def test_a_slow_database_drops_entries_with_one_warning(monkeypatch, caplog):
    monkeypatch.setattr(journal_writer, "MAX_QUEUED_RECORDS", 2)
    started, go_on, written = threading.Event(), threading.Event(), []

    def write(batch):
        started.set()
        go_on.wait(30)
        written.extend(batch)

    writer = JournalWriter(write)
    records = [Record() for _ in range(6)]
    writer.add(records[0])
    assert started.wait(30)
    for record in records[1:]:
        writer.add(record)
    go_on.set()
    writer.close(30)
    assert written == records[:3]
    assert [record.getMessage() for record in caplog.records] == [
        "the journal is missing entries: the database is too slow",
        "the journal is stored again; 3 entries are missing",
    ]


def test_a_batch_that_fails_does_not_end_the_thread(caplog):
    written = []

    def write(batch):
        if not written:
            written.append(None)
            raise ZeroDivisionError
        written.extend(batch)

    writer = JournalWriter(write)
    writer.add(Record())
    writer.flush()
    second = Record()
    writer.add(second)
    writer.close(30)
    until_equal(lambda: written, [None, second])
    assert [record.getMessage() for record in caplog.records] == [
        "the journal could not be written",
        "the journal is missing entries: see above",
        "the journal is stored again; 1 entries are missing",
    ]


def test_a_record_is_written_although_the_thread_just_ended(monkeypatch):
    written = []
    writer = JournalWriter(written.extend)
    first, second = Record(), Record()
    writer.add(first)
    thread = writer._thread
    writer.close(30)
    thread.join(30)
    monkeypatch.setattr(thread, "is_alive", lambda: True)  # as before its last instruction
    writer.add(second)
    writer.flush(5)
    assert written == [first, second]

"""What was asked and what became of it, and the events that were sent."""

from mtt_mock.service.journal.entries import Entries, Entry
from mtt_mock.service.journal.exchange import Exchange, exchange_of
from mtt_mock.service.journal.journal import Journal

__all__ = ["Entries", "Entry", "Exchange", "Journal", "exchange_of"]

"""What was asked and what became of it, and the events that were sent."""

from mtt_mock.journal.exchange import Exchange, exchange_of
from mtt_mock.journal.journal import Entry, Journal

__all__ = ["Entry", "Exchange", "Journal", "exchange_of"]

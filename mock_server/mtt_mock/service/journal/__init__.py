"""The journal: exchanges and deliveries of a fake, with queries and assertions."""

from mtt_mock.service.journal.entries import Entries, Entry
from mtt_mock.service.journal.exchange import Exchange
from mtt_mock.service.journal.journal import Journal

__all__ = ["Entries", "Entry", "Exchange", "Journal"]

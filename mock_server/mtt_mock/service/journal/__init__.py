"""The journal: exchanges and deliveries of a fake, with queries and assertions."""

from mtt_mock.service.journal.entries import (
    MAX_PAGE_BYTES,
    MAX_PIECE_BYTES,
    Entries,
    Entry,
    first_bytes,
)
from mtt_mock.service.journal.exchange import Exchange
from mtt_mock.service.journal.journal import Journal

__all__ = [
    "MAX_PAGE_BYTES",
    "MAX_PIECE_BYTES",
    "Entries",
    "Entry",
    "Exchange",
    "Journal",
    "first_bytes",
]

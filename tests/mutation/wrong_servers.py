"""The catalogue of wrong servers: name -> (the fact that is broken, the change to a fake)."""

import wrong_calls
import wrong_envelopes
import wrong_followmes
from mutators import WRONG_SERVERS

__all__ = ["WRONG_SERVERS", "wrong_calls", "wrong_envelopes", "wrong_followmes"]

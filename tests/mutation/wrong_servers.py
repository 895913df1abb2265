"""The catalogue of wrong servers: name -> (the fact that is broken, the change to a fake)."""

import wrong_calls
import wrong_followmes
import wrong_on_the_wire
from changing import WRONG_SERVERS

__all__ = ["WRONG_SERVERS", "wrong_calls", "wrong_followmes", "wrong_on_the_wire"]

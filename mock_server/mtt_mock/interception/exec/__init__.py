"""A fake with everything around it that an unchanged program needs, and such a program.

``surroundings`` is the fake, its HTTPS and the proxy; ``program`` runs a command in them; ``tally``
sums up what it did.
"""

from mtt_mock.interception.exec.command import NotRunnable, run_program
from mtt_mock.interception.exec.fake_environment import Surroundings, surroundings
from mtt_mock.interception.exec.summary import Tally

__all__ = ["NotRunnable", "Surroundings", "Tally", "run_program", "surroundings"]

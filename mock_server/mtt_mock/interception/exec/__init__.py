"""A fake with everything around it that an unchanged program needs, and such a program.

``surroundings`` is the fake, its HTTPS and the proxy; ``program`` runs a command in them; ``tally``
sums up what it did.
"""

from mtt_mock.interception.exec.command import CommandNotRunnable, run_program
from mtt_mock.interception.exec.fake_environment import FakeEnvironment, surroundings
from mtt_mock.interception.exec.summary import RequestSummary

__all__ = ["CommandNotRunnable", "FakeEnvironment", "RequestSummary", "run_program", "surroundings"]

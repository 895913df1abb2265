"""Runs the command ``mtt-mock`` in this process, for parsing, refusals and output."""

import os
from dataclasses import dataclass

import pytest

from mtt_mock.cli.main import main


@dataclass(frozen=True)
class Result:
    """The outcome of a command, with the names of ``subprocess.CompletedProcess``."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run_main(capfd):
    """Return a function that runs ``mtt-mock`` with arguments, in this process.

    The result has what the processes that it starts print, too.
    """

    def run(*arguments):
        capfd.readouterr()
        try:
            code = main([os.fsdecode(argument) for argument in arguments])
        except SystemExit as end:  # argparse
            code = end.code
        return Result(code, *capfd.readouterr())

    return run

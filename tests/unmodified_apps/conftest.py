"""Commands under ``mtt-mock exec``, which runs in this process."""

import json
import sys

import pytest
from requests_by_commands import ASK


@pytest.fixture
def execute(run_main):
    """Return a function that runs a command under ``mtt-mock exec``, which runs in this process."""
    return lambda *command, options=(): run_main("exec", *options, "--", *command)


@pytest.fixture
def asking(execute):
    """Return a function that runs a command that sends bodies to the fake."""

    def asking(*bodies, options=()):
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        return execute(sys.executable, "-c", ASK, json.dumps(texts), options=options)

    return asking

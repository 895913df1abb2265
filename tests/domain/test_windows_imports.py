"""The modules import where Python lacks what only POSIX systems have, as on Windows."""

import subprocess
import sys

# What other distributions need of POSIX is loaded before it is taken away.
PROGRAM = """
import importlib, pkgutil, signal, sys
import asyncio, filelock, flask, httpx2, hypothesis, platformdirs, pytest, sqlalchemy, uvicorn
import alembic.context, multiprocessing.popen_spawn_posix, werkzeug.serving

sys.platform = "win32"
for name in ("fcntl", "grp", "pwd", "resource", "termios", "uvloop"):
    sys.modules[name] = None
for name in ("SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGCHLD", "pthread_sigmask"):
    delattr(signal, name)

import mtt_client, mtt_contracts, mtt_mock

for package in (mtt_contracts, mtt_client, mtt_mock):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith(".__main__") and ".migrations" not in module.name:
            try:
                importlib.import_module(module.name)
            except ImportError as error:
                print(module.name, error)
"""


def test_no_module_needs_posix_to_be_imported():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("", "")

"""A ``mtt-mock`` process of a test."""

import contextlib
import re
import subprocess
import sys

MTT_MOCK = [sys.executable, "-m", "mtt_mock"]


@contextlib.contextmanager
def serving(*arguments, wait=True, command="serve", until="Ctrl-C"):
    """Run ``mtt-mock serve``; with ``wait``, until its banner is complete."""
    process = subprocess.Popen(
        [*MTT_MOCK, command, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        process.banner = []
        while wait:
            line = process.stdout.readline()
            assert line, process.banner
            process.banner.append(line.rstrip("\n"))
            if line.startswith(until):
                process.url = re.search(r"http://\S+", "\n".join(process.banner)).group()
                break
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()

#!/usr/bin/env bash
# coverage 7.16.0 (PyPI) on CPython 3.11: a program with threads, and an audit hook that waits, as one that writes a log.
#
# Guess before the run: coverage measures each thread; the hook sees its events and changes nothing.
# Behaviour: coverage sets a trace function in each new thread, which is an audit event. CPython lets no second thread
# begin that while the hook of the first one waits: the second raises RuntimeError before its target runs, and the
# program goes on without it. Without coverage all threads run. A hook that does not wait loses a thread now and then,
# as Python may switch threads in it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q coverage==7.16.0
cat >program.py <<'PYTHON'
import sys
import threading
import time


def hook(event, _arguments):
    if event == "sys.settrace":
        time.sleep(0.01)


sys.addaudithook(hook)
ran = []
threads = [threading.Thread(target=ran.append, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all threads ran" if len(ran) == 8 else "threads are missing")
PYTHON
{
    venv/bin/python -c 'import sys; print("CPython %d.%d" % sys.version_info[:2])'
    echo "alone: $(venv/bin/python program.py)"
    echo "under coverage: $(venv/bin/coverage run program.py 2>errors)"
    grep -o 'RuntimeError: .*' errors | sort -u
} | tee seen
diff seen - <<'SEEN'
CPython 3.11
alone: all threads ran
under coverage: threads are missing
RuntimeError: Cannot install a trace function while another trace function is being installed
SEEN

#!/usr/bin/env bash
# rq 3.0.0 with fakeredis 2.41.0 (PyPI): two events of one call, put in a queue with the call's number as `job_id`.
#
# A job with an id of one's own is what one takes so that an event which comes twice is handled once, or so that the
# events of a call are found by its number.
#
# Guess before the run: the second `enqueue` with the same id is refused, or returns the first job, so that one job is
# done, with the first event.
# Behaviour: no error. The queue has an entry for each, but the data of the last job replace those of the others: of
# three events the last one is handled three times, the others never. `enqueue_in` keeps the last one, once.
# `enqueue_many` refuses the same id, and so does `enqueue` with `unique=True`, which the README has for duplicates.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q rq==3.0.0 fakeredis==2.41.0 lupa==2.8  # lupa for the scripts in Lua
cat >events.py <<'PYTHON'
handled = []


def handle(event):
    handled.append(event)
PYTHON
cat >enqueue.py <<'PYTHON'
import logging
from datetime import timedelta

import events
from fakeredis import FakeStrictRedis
from rq import Queue, SimpleWorker
from rq.exceptions import DuplicateJobError

logging.disable()


def enqueue(queue, *names):
    for name in names:
        queue.enqueue(events.handle, name, job_id="call-5")


def enqueue_unique(queue, *names):
    for name in names:
        queue.enqueue(events.handle, name, job_id="call-5", unique=True)


def enqueue_many(queue, *names):
    queue.enqueue_many([Queue.prepare_data(events.handle, (name,), job_id="call-5") for name in names])


def enqueue_in(queue, *names):
    for name in names:
        queue.enqueue_in(timedelta(seconds=-1), events.handle, name, job_id="call-5")


for put, names in (
    (enqueue, ("ringing", "answered", "ended")),
    (enqueue, ("ringing", "ringing")),
    (enqueue_unique, ("ringing", "answered")),
    (enqueue_many, ("ringing", "answered")),
    (enqueue_in, ("ringing", "answered")),
):
    events.handled.clear()
    connection = FakeStrictRedis()
    queue = Queue(connection=connection)
    error = ""
    try:
        put(queue, *names)
    except (ValueError, DuplicateJobError) as raised:
        error = f", {type(raised).__name__}"
    SimpleWorker([queue], connection=connection).work(burst=True, with_scheduler=put is enqueue_in)
    print(f"{put.__name__} {', '.join(names)}: handled {', '.join(events.handled) or 'none'}{error}")
PYTHON
PYTHONPATH=. venv/bin/python enqueue.py | tee output
diff output - <<'EXPECTED'
enqueue ringing, answered, ended: handled ended, ended, ended
enqueue ringing, ringing: handled ringing, ringing
enqueue_unique ringing, answered: handled ringing, DuplicateJobError
enqueue_many ringing, answered: handled none, ValueError
enqueue_in ringing, answered: handled answered
EXPECTED

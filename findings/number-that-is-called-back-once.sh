#!/usr/bin/env bash
# persist-queue 1.1.0 (PyPI): UniqueAckQ and UniqueQ, queues in a file of SQLite which refuse duplicates.
#
# A program puts calls to make into a queue that keeps each waiting call once, takes one, makes it and acknowledges it.
# The README says of a unique queue "duplicate ignored", and of `ack` "mark as completed".
#
# Guess before the run: while a number waits, putting it again changes nothing; once its call was made and acknowledged,
# or given up with ack_failed(), the number can be put again, also by a new process. Two items that Python finds equal
# are duplicates.
# Behaviour: a number that UniqueAckQ has seen once is refused for good: put() returns None, without an error, when
# nothing waits, and after a restart too. clear_acked_data() does not help, as it keeps the latest 1000, and a call that
# failed stays refused even with keep_latest=0. UniqueQ takes the number again. In both, of two equal items both are
# kept, so the call is made twice: the bytes of pickle differ where the same text is one object in one item and two
# objects in the other (a call made in code and the same call read from JSON), or where the names within `params` have
# another order. With the serializer `json` of the same package they are one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check persist-queue==1.1.0
cat >calls.py <<'PYTHON'
"""Puts, takes and acknowledges calls; says what put() returned and what waits then."""
import json

from persistqueue import SQLiteAckQueue, UniqueAckQ, UniqueQ
from persistqueue.serializers import json as json_serializer, pickle as pickle_serializer

NUMBER = "74950000001"


def put(what, queue, item=NUMBER):
    print(f"  {what}: put() returned {queue.put(item)}, waiting {queue.size}")


def life(name, queue_class):
    print(f"{name}:")
    queue = queue_class(name)
    put("first", queue)
    put("while it waits", queue)
    while queue.size:
        queue.ack(queue.get())
    put("after ack", queue)
    while queue.size:
        queue.ack(queue.get())
    queue.close()
    queue = queue_class(name)
    put("after a restart", queue)
    while queue.size:
        queue.ack(queue.get())
    queue.clear_acked_data()
    put("after clear_acked_data()", queue)
    while queue.size:
        queue.ack(queue.get())
    queue.clear_acked_data(keep_latest=0)
    put("after keep_latest=0", queue)
    while queue.size:
        queue.ack_failed(queue.get())
    queue.clear_acked_data(keep_latest=0)
    put("after ack_failed and keep_latest=0", queue)
    queue.clear_acked_data(keep_latest=0, clear_ack_failed=True)
    put("after clear_ack_failed=True", queue)
    queue.close()


life("UniqueAckQ", UniqueAckQ)
life("SQLiteAckQueue", SQLiteAckQueue)

print("UniqueQ:")
queue = UniqueQ("UniqueQ", auto_commit=True)
put("first", queue)
put("while it waits", queue)
queue.get()
put("after get", queue)

made = {"method": "call", "params": {"from": NUMBER, "to": NUMBER}}
read = json.loads(json.dumps(made))
turned = {"method": "call", "params": {"to": NUMBER, "from": NUMBER}}
assert made == read == turned
for queue_class in (UniqueQ, UniqueAckQ):
    for serializer in (pickle_serializer, json_serializer):
        name = f"{queue_class.__name__} with {serializer.__name__.rpartition('.')[2]}"
        queue = queue_class(name, auto_commit=True, serializer=serializer)
        print(f"{name}, equal items:")
        put("made in code", queue, made)
        put("read from JSON", queue, read)
        put("with names in another order", queue, turned)
PYTHON
venv/bin/python calls.py | tee output
diff output - <<'EXPECTED'
UniqueAckQ:
  first: put() returned 1, waiting 1
  while it waits: put() returned None, waiting 1
  after ack: put() returned None, waiting 0
  after a restart: put() returned None, waiting 0
  after clear_acked_data(): put() returned None, waiting 0
  after keep_latest=0: put() returned 2, waiting 1
  after ack_failed and keep_latest=0: put() returned None, waiting 0
  after clear_ack_failed=True: put() returned 3, waiting 1
SQLiteAckQueue:
  first: put() returned 1, waiting 1
  while it waits: put() returned 2, waiting 2
  after ack: put() returned 3, waiting 1
  after a restart: put() returned 4, waiting 1
  after clear_acked_data(): put() returned 5, waiting 1
  after keep_latest=0: put() returned 6, waiting 1
  after ack_failed and keep_latest=0: put() returned 7, waiting 1
  after clear_ack_failed=True: put() returned 8, waiting 2
UniqueQ:
  first: put() returned 1, waiting 1
  while it waits: put() returned None, waiting 1
  after get: put() returned 2, waiting 1
UniqueQ with pickle, equal items:
  made in code: put() returned 1, waiting 1
  read from JSON: put() returned 2, waiting 2
  with names in another order: put() returned 3, waiting 3
UniqueQ with json, equal items:
  made in code: put() returned 1, waiting 1
  read from JSON: put() returned None, waiting 1
  with names in another order: put() returned None, waiting 1
UniqueAckQ with pickle, equal items:
  made in code: put() returned 1, waiting 1
  read from JSON: put() returned 2, waiting 2
  with names in another order: put() returned 3, waiting 3
UniqueAckQ with json, equal items:
  made in code: put() returned 1, waiting 1
  read from JSON: put() returned None, waiting 1
  with names in another order: put() returned None, waiting 1
EXPECTED

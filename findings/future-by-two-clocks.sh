#!/usr/bin/env bash
# pydantic 2.14.4 under time-machine 3.6.0 and freezegun 1.5.5 (PyPI): the time of a callback, which must be in the
# future.
#
# Guess before the run: in a test that sets the clock to 2100, a callback in 2099 is past.
# Behaviour: `datetime.now()` is in 2100, but FutureDatetime accepts 2099 and PastDatetime refuses it, since pydantic's
# compiled core reads the system's clock. A test of an expired callback passes or fails by the day on which it runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pydantic==2.14.4 time-machine==3.6.0 freezegun==1.5.5
cat >clock.py <<'PYTHON'
import datetime

import freezegun
import pydantic
import time_machine

CALLBACK = datetime.datetime(2099, 1, 1)


def accepts(kind):
    try:
        pydantic.TypeAdapter(kind).validate_python(CALLBACK)
    except pydantic.ValidationError:
        return "refuses"
    return "accepts"


def show(name):
    print(f"{name}: now in 2100: {datetime.datetime.now().year == 2100}")
    future, past = accepts(pydantic.FutureDatetime), accepts(pydantic.PastDatetime)
    print(f"{name}: FutureDatetime {future} 2099, PastDatetime {past} it")


with time_machine.travel(datetime.datetime(2100, 1, 1, 12, tzinfo=datetime.UTC)):
    show("time-machine")
with freezegun.freeze_time("2100-01-01 12:00"):
    show("freezegun")
PYTHON
venv/bin/python clock.py | tee output
diff output - <<'EXPECTED'
time-machine: now in 2100: True
time-machine: FutureDatetime accepts 2099, PastDatetime refuses it
freezegun: now in 2100: True
freezegun: FutureDatetime accepts 2099, PastDatetime refuses it
EXPECTED

#!/usr/bin/env bash
# deepdiff 9.1.0, jsondiff 2.2.1, dictdiffer 0.10.0, jycm 1.5.0 and jsonpatch 1.48 (PyPI): what changed between two JSON
# answers in which a number became a boolean.
#
# Guess before the run: all of them report the change, since 1 and true are different JSON.
# Behaviour: to jsondiff, dictdiffer and jycm nothing changed. deepdiff reports the change in an object, but not between
# the elements of an array: there the answer depends on whether the parameters of a method are positional. With
# `ignore_order`, which sounds like less, it reports it there too. jsonpatch reports it everywhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q deepdiff==9.1.0 jsondiff==2.2.1 dictdiffer==0.10.0 jycm==1.5.0 jsonpatch==1.48
cat >compare.py <<'PYTHON'
import json

import deepdiff
import dictdiffer
import jsondiff
import jsonpatch
from jycm.jycm import YouchamaJsonDiffer


def by_jycm(old, new):
    differ = YouchamaJsonDiffer(old, new)
    differ.diff()
    return differ.to_dict(no_pairs=True)


DIFFERS = {
    "jsonpatch": lambda old, new: jsonpatch.make_patch(old, new).patch,
    "deepdiff": deepdiff.DeepDiff,
    "deepdiff, ignore_order": lambda old, new: deepdiff.DeepDiff(old, new, ignore_order=True),
    "jsondiff": jsondiff.diff,
    "dictdiffer": lambda old, new: list(dictdiffer.diff(old, new)),
    "jycm": by_jycm,
}
PAIRS = [
    ('{"params": {"wait": 1}}', '{"params": {"wait": true}}'),
    ('{"params": [1]}', '{"params": [true]}'),
    ('{"params": ["0049", 0]}', '{"params": ["0049", false]}'),
    ('{"params": ["0049", 0]}', '{"params": ["0049", "0"]}'),
]
for old, new in PAIRS:
    print(f"{old} and {new}")
    for name, difference in DIFFERS.items():
        print(f"    {name}: {'changed' if difference(json.loads(old), json.loads(new)) else 'equal'}")
PYTHON
venv/bin/python compare.py | tee output
diff output - <<'EXPECTED'
{"params": {"wait": 1}} and {"params": {"wait": true}}
    jsonpatch: changed
    deepdiff: changed
    deepdiff, ignore_order: changed
    jsondiff: equal
    dictdiffer: equal
    jycm: equal
{"params": [1]} and {"params": [true]}
    jsonpatch: changed
    deepdiff: equal
    deepdiff, ignore_order: changed
    jsondiff: equal
    dictdiffer: equal
    jycm: equal
{"params": ["0049", 0]} and {"params": ["0049", false]}
    jsonpatch: changed
    deepdiff: equal
    deepdiff, ignore_order: changed
    jsondiff: equal
    dictdiffer: equal
    jycm: equal
{"params": ["0049", 0]} and {"params": ["0049", "0"]}
    jsonpatch: changed
    deepdiff: changed
    deepdiff, ignore_order: changed
    jsondiff: changed
    dictdiffer: changed
    jycm: changed
EXPECTED

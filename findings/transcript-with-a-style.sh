#!/usr/bin/env bash
# webvtt-py 0.6.0, pysubs2 1.8.1 and pycaption 2.3.14 (PyPI), node-webvtt 1.9.4, subtitle 4.2.2, subsrt-ts 2.1.2 and
# media-captions 1.0.4 (npm): one cue of a call's transcript, "R&D", in spellings of WebVTT that its syntax allows.
#
# Guess before the run: they all read the cue. Those that strip the tags decode the entities too.
# Behaviour: subtitle refuses the whole file for a STYLE block, a cue's name, or tabs about the arrow, and node-webvtt
# for the block and the tabs. Where lines end in CR alone, pysubs2 gives a cue without text, and subtitle and subsrt-ts
# find no cue. pysubs2 does not know a file that begins with a byte order mark. Of the four that strip `<v Anna>` or
# make `Anna: ` of it, pycaption alone makes `R&D` of `R&amp;D`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q webvtt-py==0.6.0 pysubs2==1.8.1 pycaption==2.3.14
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node-webvtt@1.9.4 subtitle@4.2.2 subsrt-ts@2.1.2 media-captions@1.0.4
cat >texts.py <<'PYTHON'
import json

TEXT = "00:01.000 --> 00:02.000\n<v Anna>R&amp;D\n"
PLAIN = "WEBVTT\n\n" + TEXT
SPELLINGS = {
    "plain": PLAIN,
    "STYLE": "WEBVTT\n\nSTYLE\n::cue { color: red }\n\n" + TEXT,
    "NOTE": "WEBVTT\n\nNOTE made by a machine\n\n" + TEXT,
    "name": "WEBVTT\n\ncall 42\n" + TEXT,
    "tabs": PLAIN.replace(" --> ", "\t-->\t"),
    "CR": PLAIN.replace("\n", "\r"),
    "BOM": "\ufeff" + PLAIN,
}
if __name__ == "__main__":
    print(json.dumps(SPELLINGS))
PYTHON
cat >read.py <<'PYTHON'
import pycaption
import pysubs2
import texts
import webvtt


def by_pycaption(text):
    captions = pycaption.WebVTTReader().read(text)
    return [cue.get_text() for cue in captions.get_captions("en-US")]


READERS = {
    "webvtt-py": lambda text: [cue.text for cue in webvtt.from_string(text)],
    "pysubs2": lambda text: [cue.plaintext for cue in pysubs2.SSAFile.from_string(text)],
    "pycaption": by_pycaption,
}
for name, read in READERS.items():
    for spelling, text in texts.SPELLINGS.items():
        try:
            print(f"{name}: {spelling}: {read(text)}")
        except Exception as error:
            print(f"{name}: {spelling}: {type(error).__name__}")
PYTHON
cat >read.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import { parseText } from "media-captions";
import webvtt from "node-webvtt";
import * as subsrt from "subsrt-ts";
import { parseSync } from "subtitle";

const SPELLINGS = JSON.parse(fs.readFileSync("texts.json"));
const READERS = {
  "node-webvtt": (text) => webvtt.parse(text, { meta: true }).cues.map((cue) => cue.text),
  subtitle: (text) => parseSync(text).filter((node) => node.type === "cue").map((node) => node.data.text),
  "subsrt-ts": (text) => subsrt.parse(text, { format: "vtt" }).filter((cue) => cue.type === "caption").map((cue) => cue.text),
  "media-captions": async (text) => (await parseText(text, { type: "vtt" })).cues.map((cue) => cue.text),
};
for (const [name, read] of Object.entries(READERS)) {
  for (const [spelling, text] of Object.entries(SPELLINGS)) {
    let cues;
    try {
      cues = JSON.stringify(await read(text));
    } catch {
      cues = "Error";
    }
    console.log(`${name}: ${spelling}: ${cues}`);
  }
}
JAVASCRIPT
venv/bin/python texts.py >texts.json
{ venv/bin/python read.py && node read.mjs; } | tee output
diff output - <<'EXPECTED'
webvtt-py: plain: ['R&amp;D']
webvtt-py: STYLE: ['R&amp;D']
webvtt-py: NOTE: ['R&amp;D']
webvtt-py: name: ['R&amp;D']
webvtt-py: tabs: ['R&amp;D']
webvtt-py: CR: ['R&amp;D']
webvtt-py: BOM: ['R&amp;D']
pysubs2: plain: ['R&amp;D']
pysubs2: STYLE: ['R&amp;D']
pysubs2: NOTE: ['R&amp;D']
pysubs2: name: ['R&amp;D']
pysubs2: tabs: ['R&amp;D']
pysubs2: CR: ['']
pysubs2: BOM: FormatAutodetectionError
pycaption: plain: ['Anna: R&D']
pycaption: STYLE: ['Anna: R&D']
pycaption: NOTE: ['Anna: R&D']
pycaption: name: ['Anna: R&D']
pycaption: tabs: ['Anna: R&D']
pycaption: CR: ['Anna: R&D']
pycaption: BOM: ['Anna: R&D']
node-webvtt: plain: ["<v Anna>R&amp;D"]
node-webvtt: STYLE: Error
node-webvtt: NOTE: ["<v Anna>R&amp;D"]
node-webvtt: name: ["<v Anna>R&amp;D"]
node-webvtt: tabs: Error
node-webvtt: CR: ["<v Anna>R&amp;D"]
node-webvtt: BOM: ["<v Anna>R&amp;D"]
subtitle: plain: ["<v Anna>R&amp;D"]
subtitle: STYLE: Error
subtitle: NOTE: ["<v Anna>R&amp;D"]
subtitle: name: Error
subtitle: tabs: Error
subtitle: CR: []
subtitle: BOM: ["<v Anna>R&amp;D"]
subsrt-ts: plain: ["R&amp;D\n"]
subsrt-ts: STYLE: ["R&amp;D\n"]
subsrt-ts: NOTE: ["R&amp;D\n"]
subsrt-ts: name: ["R&amp;D\n"]
subsrt-ts: tabs: ["R&amp;D\n"]
subsrt-ts: CR: []
subsrt-ts: BOM: ["R&amp;D\n"]
media-captions: plain: ["<v Anna>R&amp;D"]
media-captions: STYLE: ["<v Anna>R&amp;D"]
media-captions: NOTE: ["<v Anna>R&amp;D"]
media-captions: name: ["<v Anna>R&amp;D"]
media-captions: tabs: ["<v Anna>R&amp;D"]
media-captions: CR: ["<v Anna>R&amp;D"]
media-captions: BOM: ["<v Anna>R&amp;D"]
EXPECTED

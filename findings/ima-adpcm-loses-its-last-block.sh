#!/usr/bin/env bash
# wavefile 11.0.0 (npm): IMA ADPCM in WAV, as voicemail and old dictation systems store it.
#
# A block of 256 bytes is a header, which holds the first sample, and 504 samples of 4 bits: 505 samples.
#
# Guess before the run: fromIMAADPCM() gives the 8,080 samples of 16 blocks, the same ones as soundfile.
# Behaviour: it gives 8,192. Each block's first sample comes twice, so the sound is stretched by one sample
# a block and drifts; the last block, 63 ms of speech at 8 kHz, is not decoded; zeros fill the rest. The
# same with files that wavefile itself has written. No error, and the header says 505.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" wavefile@11.0.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import sys

import numpy
import soundfile

path = f"{sys.argv[1]}/prompt"
sound = numpy.sin(numpy.arange(8080) * 2 * numpy.pi * 440 / 8000) / 2
soundfile.write(f"{path}.wav", sound, 8000, subtype="IMA_ADPCM")
samples = soundfile.read(f"{path}.wav", dtype="int16")[0]
assert len(samples) == 8080
open(f"{path}.json", "w").write(json.dumps(samples.tolist()))
PYTHON
cat >"$folder/decode.js" <<'JS'
const fs = require("fs");
const { WaveFile } = require("wavefile");
const truth = JSON.parse(fs.readFileSync(`${__dirname}/prompt.json`));
const wave = new WaveFile(fs.readFileSync(`${__dirname}/prompt.wav`));
console.log("samples a block:", wave.fmt.validBitsPerSample);
wave.fromIMAADPCM();
const decoded = [...wave.getSamples(false, Int16Array)];
const same = (one, other) => one.length > 0 && one.every((sample, index) => sample === other[index]);
console.log("samples:", decoded.length);
console.log("sixth block at 5 x 505:", same(truth.slice(2525, 3030), decoded.slice(2525, 3030)));
console.log("sixth block at 5 x 506 + 1:", same(truth.slice(2525, 3030), decoded.slice(2531, 3036)));
console.log("silence after block 15:", decoded.slice(15 * 506).every((sample) => sample === 0));
JS
node "$folder/decode.js" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
samples a block: 505
samples: 8192
sixth block at 5 x 505: false
sixth block at 5 x 506 + 1: true
silence after block 15: true
EXPECTED

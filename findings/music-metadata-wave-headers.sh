#!/usr/bin/env bash
# music-metadata 11.16.1 (npm): two kinds of valid WAV headers.
#
# 24-bit PCM must be written as WAVE_FORMAT_EXTENSIBLE (tag 0xFFFE); what the sound is stands in its
# SubFormat, here that of PCM. RF64 (EBU Tech 3306) is WAV for files beyond 4 GiB, and its "ds64" chunk
# holds the sizes. soundfile writes both, and ffmpeg and SoX play them.
#
# Guess before the run: the codec of the first is "PCM" or "PCM_24". RF64 is read, or refused with the
# UnsupportedFileTypeError that other unknown files get.
# Behaviour: 24-bit PCM is called "non-PCM (65534)", not lossless. RF64 is neither read nor refused: no
# error, no warning, hasAudio false, and no duration; an upload check that waits for an error lets it pass
# and plans with `undefined` seconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 numpy
npm install --silent --no-audit --no-fund --prefix "$folder" music-metadata@11.16.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import numpy
import soundfile

sound = numpy.sin(numpy.arange(24_000) / 3) / 2
soundfile.write(f"{sys.argv[1]}/pcm24.wav", sound, 8000, format="WAVEX", subtype="PCM_24")
soundfile.write(f"{sys.argv[1]}/rf64.wav", sound, 8000, format="RF64", subtype="PCM_16")
PYTHON
cat >"$folder/read.mjs" <<'JS'
import { parseFile } from "music-metadata";
for (const name of ["pcm24.wav", "rf64.wav"]) {
  const { format, quality } = await parseFile(`${import.meta.dirname}/${name}`, { duration: true });
  console.log(name, format.codec, format.lossless, format.duration, format.hasAudio);
  if (name === "rf64.wav") console.log("warnings:", quality.warnings.length);
}
JS
node "$folder/read.mjs" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
pcm24.wav non-PCM (65534) false 3 true
rf64.wav undefined undefined undefined false
warnings: 0
EXPECTED

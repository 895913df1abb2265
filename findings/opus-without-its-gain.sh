#!/usr/bin/env bash
# ogg-opus-decoder 1.7.5 and audio-decode 3.12.0 (npm), soundfile 0.14.0, PyAV 18.1.0: Opus with an output gain.
#
# The header of Ogg Opus has a gain that each decoder has to apply (RFC 7845, section 5.1). Tools set it to make
# recordings equally loud without encoding them again. Here a tone of amplitude 0.25 gets -12 dB and +6 dB.
#
# Guess before the run: all four give 0.06 and 0.5.
# Behaviour: ogg-opus-decoder gives 0.25 whatever the gain, and its result does not tell the gain. A quiet prompt comes
# out four times as loud. audio-decode, soundfile and PyAV apply it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent ogg-opus-decoder@1.7.5 audio-decode@3.12.0 >/dev/null 2>&1
python3 -m venv venv
venv/bin/pip install -q soundfile==0.14.0 av==18.1.0 numpy
cat >run.py <<'PYTHON'
import struct
from pathlib import Path

import av
import numpy
import soundfile


def page_checksum(page):
    remainder = 0
    for byte in page:
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x04C11DB7 if remainder & 0x80000000 else 0)) & 0xFFFFFFFF
    return remainder


tone = numpy.sin(numpy.arange(48_000) * 2 * numpy.pi * 440 / 48_000) / 4
soundfile.write("tone.ogg", tone, 48_000, format="OGG", subtype="OPUS")
content = Path("tone.ogg").read_bytes()
page_end = content.index(b"OggS", 4)
for decibels in (0, -12, 6):
    changed = bytearray(content)
    struct.pack_into("<h", changed, content.index(b"OpusHead") + 16, decibels * 256)
    struct.pack_into("<I", changed, 22, 0)
    struct.pack_into("<I", changed, 22, page_checksum(changed[:page_end]))
    path = Path(f"{decibels}.opus")
    path.write_bytes(changed)
    with av.open(path) as container:
        frames = numpy.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
    for name, samples in (("soundfile", soundfile.read(path)[0]), ("PyAV", frames)):
        print(f"{decibels} dB, {name}: {numpy.abs(samples[4000:-4000]).max():.2f}")
PYTHON
cat >run.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import decode from "audio-decode";
import { OggOpusDecoder } from "ogg-opus-decoder";

const loudest = (samples) => Math.max(...samples.slice(4000, -4000)).toFixed(2);
for (const decibels of [0, -12, 6]) {
  const content = new Uint8Array(readFileSync(`${decibels}.opus`));
  const decoder = new OggOpusDecoder();
  await decoder.ready;
  console.log(`${decibels} dB, ogg-opus-decoder: ${loudest((await decoder.decodeFile(content)).channelData[0])}`);
  console.log(`${decibels} dB, audio-decode: ${loudest((await decode(content)).channelData[0])}`);
}
JAVASCRIPT
{ venv/bin/python run.py; node run.mjs; } | tee output
diff output - <<'EXPECTED'
0 dB, soundfile: 0.25
0 dB, PyAV: 0.25
-12 dB, soundfile: 0.06
-12 dB, PyAV: 0.06
6 dB, soundfile: 0.50
6 dB, PyAV: 0.50
0 dB, ogg-opus-decoder: 0.25
0 dB, audio-decode: 0.25
-12 dB, ogg-opus-decoder: 0.25
-12 dB, audio-decode: 0.06
6 dB, ogg-opus-decoder: 0.25
6 dB, audio-decode: 0.50
EXPECTED

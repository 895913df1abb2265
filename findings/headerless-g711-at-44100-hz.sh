#!/usr/bin/env bash
# PyAV 18.1.0 (ffmpeg): headerless telephone prompts, opened by their extension.
#
# Prompts of telephone systems have no header: .ul (mu-law), .al (A-law), .sln (16 bit), .g722. Each of them has
# one rate in telephony: 8 kHz, and 16 kHz for G.722.
#
# Guess before the run: ffmpeg takes that rate for all four, so that 3 s are 3 s.
# Behaviour: .sln has 8 kHz and .g722 16 kHz, but .ul and .al are taken for 44.1 kHz. 3 s of them last 0.544 s,
# and a program that converts them gets chipmunk speech, without a warning. `options={"sample_rate": "8000"}` is needed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q av==18.1.0
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys

import av

SECONDS = 3
BYTES_A_SECOND = {"ul": 8000, "al": 8000, "sln": 16_000, "g722": 8000}

for extension, size in BYTES_A_SECOND.items():
    path = f"{sys.argv[1]}/prompt.{extension}"
    with open(path, "wb") as file:
        file.write(bytes([0x55]) * size * SECONDS)
    for options in ({}, {"sample_rate": "8000"}) if extension in ("ul", "al") else ({},):
        with av.open(path, options=options) as container:
            stream = container.streams.audio[0]
            samples = sum(frame.samples for frame in container.decode(stream))
            print(extension, options, stream.rate, "Hz", round(samples / stream.rate, 3), "s")
PYTHON
diff "$folder/output" - <<'EXPECTED'
ul {} 44100 Hz 0.544 s
ul {'sample_rate': '8000'} 8000 Hz 3.0 s
al {} 44100 Hz 0.544 s
al {'sample_rate': '8000'} 8000 Hz 3.0 s
sln {} 8000 Hz 3.0 s
g722 {} 16000 Hz 3.0 s
EXPECTED

#!/usr/bin/env bash
# tinytag 2.3.2 and soundfile 0.14.0: a FLAC file whose header does not tell its length.
#
# FLAC's header counts samples in 36 bits, and 0 means "unknown". Encoders that write to a pipe leave 0
# there (flac -c, ffmpeg -f flac -), and players play such files to their end.
#
# Guess before the run: both libraries say "unknown" (None or -1), or count the frames: 3.0 s. Reading
# gives all 24,000 samples. `flac -t` accepts the file and ffmpeg decodes 24,000 samples.
# Behaviour: tinytag says 0.0 s, the length of an empty file. soundfile says 2^63-1 frames; it reads the
# first 16,000 samples in blocks of 8,000, and raises LibsndfileError instead of giving the last 8,000.
# A program that trusts the length plans with 0 s or with an eternity; one that reads loses the end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q tinytag==2.3.2 soundfile==0.14.0 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys

import numpy
import soundfile
from tinytag import TinyTag

path = f"{sys.argv[1]}/prompt.flac"
soundfile.write(path, numpy.sin(numpy.arange(24_000) / 3) / 2, 8000)
content = bytearray(open(path, "rb").read())
content[21] &= 0xF0  # the upper 4 of the 36 bits
content[22:26] = bytes(4)
content[26:42] = bytes(16)  # the checksum of the sound, unknown in a pipe too
open(path, "wb").write(content)
print("tinytag.duration", TinyTag.get(path).duration)
with soundfile.SoundFile(path) as file:
    print("soundfile.frames", file.frames)
    for _ in range(3):
        try:
            print("soundfile.read", len(file.read(8000)))
        except soundfile.LibsndfileError as error:
            print("soundfile.read", type(error).__name__)
PYTHON
diff "$folder/output" - <<'EXPECTED'
tinytag.duration 0.0
soundfile.frames 9223372036854775807
soundfile.read 8000
soundfile.read 8000
soundfile.read LibsndfileError
EXPECTED

#!/usr/bin/env bash
# soundfile 0.14.0, PyAV 18.1.0, mutagen 1.48.1, tinytag 2.3.2: two Ogg files, one behind the other.
#
# Ogg is made to be chained: `cat a.ogg b.ogg` is a valid file (RFC 3533, section 4), as radio streams and recorders
# that start again write it. Here the first has 2 s and the second 1 s, so that the sum is 3 s.
#
# Guess before the run: all say and read 3 s, of Opus and Vorbis alike.
# Behaviour: soundfile, mutagen and tinytag say 2 s, and soundfile ends reading there, without an error. PyAV says 1 s,
# the length of the last part, but decodes all 3. So a prompt has three lengths, and half the programs lose its end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 av==18.1.0 mutagen==1.48.1 tinytag==2.3.2 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys
from pathlib import Path

import av
import mutagen
import numpy
import soundfile
from tinytag import TinyTag

folder = Path(sys.argv[1])

for codec in ("VORBIS", "OPUS"):
    chain = folder / f"{codec}.ogg"
    parts = []
    for seconds in (2, 1):
        part = folder / f"{codec}-{seconds}.ogg"
        tone = numpy.sin(numpy.arange(seconds * 48_000) * 2 * numpy.pi * 440 / 48_000) / 2
        soundfile.write(part, tone, 48_000, format="OGG", subtype=codec)
        parts.append(part.read_bytes())
    chain.write_bytes(b"".join(parts))
    with av.open(chain) as container:
        stream = container.streams.audio[0]
        decoded = sum(frame.samples for frame in container.decode(stream)) / stream.rate
        said = container.duration / 1_000_000
    samples, rate = soundfile.read(chain)
    print(codec, "PyAV says", round(said, 1), "decodes", round(decoded, 1))
    print(codec, "soundfile says", soundfile.info(chain).duration, "reads", len(samples) / rate)
    print(codec, "mutagen says", round(mutagen.File(chain).info.length, 1), "tinytag", round(TinyTag.get(chain).duration, 1))
PYTHON
diff "$folder/output" - <<'EXPECTED'
VORBIS PyAV says 1.0 decodes 3.0
VORBIS soundfile says 2.0 reads 2.0
VORBIS mutagen says 2.0 tinytag 2.0
OPUS PyAV says 1.0 decodes 3.0
OPUS soundfile says 2.0 reads 2.0
OPUS mutagen says 2.0 tinytag 2.0
EXPECTED

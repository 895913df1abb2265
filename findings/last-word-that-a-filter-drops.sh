#!/usr/bin/env bash
# ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1, PyPI): filters that clean speech, on a prompt of 8 kHz and 3 s with a word in its
# last 0.2 s.
#
# Guess before the run: the prompt stays 3 s long, and the word is where it was, or the filter makes the prompt longer.
# Behaviour: these filters delay the sound and drop as much of its end. afftdn and adrc move the word by 25 ms, and
# dialoguenhance drops all but its first 8 ms. superequalizer and afftfilt work in windows of a fixed number of samples,
# which last half a second at 8 kHz, so the word is lost. The length is 3 s in each case, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q imageio-ffmpeg==0.8.1
cat >filter.py <<'PYTHON'
import array
import math
import subprocess

import imageio_ffmpeg

RATE, START, SECONDS, LOUD = 8000, 2.8, 3, 2000
word = (int(8000 * math.sin(2 * math.pi * 1000 * index / RATE)) for index in range(round((SECONDS - START) * RATE)))
prompt = array.array("h", [0] * round(START * RATE) + list(word))
RAW = ["-f", "s16le", "-ar", str(RATE), "-ac", "1"]
for name in ("anull", "dynaudnorm", "afftdn", "adrc", "dialoguenhance", "superequalizer", "afftfilt"):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *RAW, "-i", "-", "-af", name, *RAW, "-"]
    done = subprocess.run(command, input=prompt.tobytes(), check=True, capture_output=True)
    samples = array.array("h", done.stdout)
    loud = [index / RATE for index, sample in enumerate(samples) if abs(sample) > LOUD]
    place = f"word from {loud[0]:.2f} s" if loud else "no word"
    print(f"{name}: {len(samples) / RATE:.2f} s, {place}, {len(done.stderr)} errors")
PYTHON
venv/bin/python filter.py | tee output
diff output - <<'EXPECTED'
anull: 3.00 s, word from 2.80 s, 0 errors
dynaudnorm: 3.00 s, word from 2.80 s, 0 errors
afftdn: 3.00 s, word from 2.83 s, 0 errors
adrc: 3.00 s, word from 2.82 s, 0 errors
dialoguenhance: 3.00 s, word from 2.99 s, 0 errors
superequalizer: 3.00 s, no word, 0 errors
afftfilt: 3.00 s, no word, 0 errors
EXPECTED

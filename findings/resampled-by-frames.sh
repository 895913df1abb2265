#!/usr/bin/env bash
# samplerate 0.2.4, soxr 1.1.0 and Python 3.11's audioop (later: audioop-lts 0.2.2): 3 s of 8 kHz to 16 kHz, in frames of 20 ms.
#
# A call comes in frames of 160 samples. Each library has a class or a state to resample a stream so, and a flag for
# its end.
#
# Guess before the run: each frame gives some 320 samples, and with the last frame 48,000 have come.
# Behaviour: samplerate loses the end. Its streaming class gives 47,712 samples (best) with `end_of_input=True`, and
# nothing more for an empty frame afterwards: a frame's answer has no room for more than the frame's share. One call
# with all samples gives 48,000. soxr gives them all, but nothing for five frames, and then 1516 or more at once: bursts of
# 95 ms, also with "LQ", only "QQ" goes frame by frame. audioop gives 47,999.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q samplerate==0.2.4 soxr==1.1.0 numpy "audioop-lts==0.2.2; python_version >= '3.13'"
"$folder/venv/bin/python" -W ignore - <<'PYTHON' | tee "$folder/output"
import audioop

import numpy
import samplerate
import soxr

tone = (numpy.sin(numpy.arange(24_000) * 2 * numpy.pi * 440 / 8000) / 2).astype(numpy.float32)
frames = tone.reshape(-1, 160)


def show(name, lengths, *after):
    print(name, "->", sum(lengths), "samples, first frames", lengths[:6], *after)


for converter in ("sinc_best", "sinc_fastest"):
    stream = samplerate.Resampler(converter, 1)
    lengths = [len(stream.process(frame, 2.0, end_of_input=place == 149)) for place, frame in enumerate(frames)]
    left = len(stream.process(tone[:0], 2.0, end_of_input=True))
    show(f"samplerate {converter}", lengths, f"left {left}, at once {len(samplerate.resample(tone, 2.0, converter))}")
for quality in ("VHQ", "LQ", "QQ"):
    stream = soxr.ResampleStream(8000, 16_000, 1, quality=quality)
    show(f"soxr {quality}", [len(stream.resample_chunk(frame, last=place == 149)) for place, frame in enumerate(frames)])
state, lengths = None, []
for frame in frames:
    samples, state = audioop.ratecv((frame * 32_767).astype(numpy.int16).tobytes(), 2, 1, 8000, 16_000, state)
    lengths.append(len(samples) // 2)
show("audioop", lengths)
PYTHON
diff "$folder/output" - <<'EXPECTED'
samplerate sinc_best -> 47712 samples, first frames [32, 320, 320, 320, 320, 320] left 0, at once 48000
samplerate sinc_fastest -> 47960 samples, first frames [280, 320, 320, 320, 320, 320] left 0, at once 48000
soxr VHQ -> 48000 samples, first frames [0, 0, 0, 0, 0, 1516]
soxr LQ -> 48000 samples, first frames [0, 0, 0, 940, 0, 0]
soxr QQ -> 48000 samples, first frames [316, 320, 320, 320, 320, 320]
audioop -> 47999 samples, first frames [319, 320, 320, 320, 320, 320]
EXPECTED

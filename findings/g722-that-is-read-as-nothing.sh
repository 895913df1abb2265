#!/usr/bin/env bash
# miniaudio 1.71: G.722 in WAV, the wideband codec of SIP telephones.
#
# ffmpeg and PyAV write it with format tag 0x028F, 16 kHz, 4 bits a sample.
#
# Guess before the run: 3.0 s, or DecodeError as for GSM in WAV, which miniaudio does not know either.
# Behaviour: get_file_info() says 1.5 s, and decode_file() returns no sample at all, both without an error.
# A program that refuses what raises accepts the file and plays silence of no length.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q miniaudio==1.71 av==18.1.0 soundfile==0.14.0 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys

import av
import miniaudio
import numpy
import soundfile

path = f"{sys.argv[1]}/prompt.wav"
samples = (numpy.sin(numpy.arange(48_000) / 6) * 8000).astype("int16")
with av.open(path, "w", format="wav") as container:
    stream = container.add_stream("g722", rate=16_000, layout="mono")
    for start in range(0, 48_000, 320):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 320], "s16", "mono")
        frame.sample_rate, frame.pts = 16_000, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
with av.open(path) as container:
    print("PyAV decodes", sum(frame.samples for frame in container.decode(audio=0)), "samples")
print("miniaudio says", miniaudio.get_file_info(path).duration, "s")
print("miniaudio decodes", len(miniaudio.decode_file(path, nchannels=1, sample_rate=16_000).samples))

soundfile.write(path, samples / 32768, 8000, subtype="GSM610")
try:
    miniaudio.decode_file(path)
except miniaudio.DecodeError as error:
    print("miniaudio on GSM:", type(error).__name__)
PYTHON
diff "$folder/output" - <<'EXPECTED'
PyAV decodes 48000 samples
miniaudio says 1.5 s
miniaudio decodes 0
miniaudio on GSM: DecodeError
EXPECTED

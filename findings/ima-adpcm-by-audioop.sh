#!/usr/bin/env bash
# Python 3.11's audioop (later: audioop-lts 0.2.2): its "Intel/DVI ADPCM" beside the IMA ADPCM of WAV files.
#
# The documentation calls the two names of the algorithm equal. A block of such a WAV file begins with a sample and
# a step, which are the state that `adpcm2lin` takes. ffmpeg, by PyAV 18.1.0, writes the file and decodes it for comparison.
#
# Guess before the run: `adpcm2lin` of a block with the state of its head gives ffmpeg's samples.
# Behaviour: it gives noise as loud as the tone, without an error. audioop takes the upper four bits of a byte first,
# WAV files have the lower four first. With the halves of each byte exchanged all samples are equal to the bit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q av==18.1.0 numpy "audioop-lts==0.2.2; python_version >= '3.13'"
"$folder/venv/bin/python" -W ignore - "$folder/tone.wav" <<'PYTHON' | tee "$folder/output"
import audioop
import struct
import sys

import av
import numpy

tone = (16_000 * numpy.sin(numpy.arange(8000) * 2 * numpy.pi * 440 / 8000)).astype(numpy.int16)
with av.open(sys.argv[1], "w") as container:
    stream = container.add_stream("adpcm_ima_wav", rate=8000, layout="mono")
    stream.codec_context.format = "s16p"
    for start in range(0, 8000, 2041):
        frame = av.AudioFrame.from_ndarray(tone[start : start + 2041].reshape(1, -1), format="s16p", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
with av.open(sys.argv[1]) as container:
    expected = numpy.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)]).astype(int)

data = open(sys.argv[1], "rb").read()
(length,) = struct.unpack_from("<H", data, 32)
block = data[data.index(b"data") + 8 :][:length]
state = struct.unpack_from("<hB", block)
swapped = bytes((byte >> 4 | byte << 4) & 255 for byte in block[4:])
for name, halves in (("as in the file", block[4:]), ("halves exchanged", swapped)):
    samples = numpy.frombuffer(audioop.adpcm2lin(halves, 2, state)[0], numpy.int16)
    error = numpy.abs(samples - expected[1 : 1 + len(samples)]).max()
    loudest = numpy.abs(expected).max()
    print(name, "->", len(samples), "samples, error above half of the tone:", bool(error > loudest / 2), "equal:", bool(error == 0))
PYTHON
diff "$folder/output" - <<'EXPECTED'
as in the file -> 2040 samples, error above half of the tone: True equal: False
halves exchanged -> 2040 samples, error above half of the tone: False equal: True
EXPECTED

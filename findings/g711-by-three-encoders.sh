#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile), PyAV 18.1.0 (ffmpeg) and Python 3.11's audioop (later: audioop-lts 0.2.2): encoders of G.711.
#
# G.711 has 256 bytes, and a decoder turns each of them into the same sample everywhere. All 65,536 samples of 16 bits
# are encoded by each of the three, and judged by audioop's decoder.
#
# Guess before the run: the three give the same bytes, except for samples half way between two values.
# Behaviour: no two of them agree. audioop and soundfile cut off the lowest bits before they encode, so
# for some 500 to 900 samples they choose the neighbour of the nearest value, up to 262 farther from the sample than
# needed. PyAV is at most 6 farther. A quiet tone of 20 of 32,768 has in mu-law other bytes from soundfile (28 %), in
# A-law other bytes from each, so prompts cannot be compared byte by byte with what another tool makes of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 av==18.1.0 numpy "audioop-lts==0.2.2; python_version >= '3.13'"
"$folder/venv/bin/python" -W ignore - <<'PYTHON' | tee "$folder/output"
import audioop
import io

import av
import numpy
import soundfile


def by_av(samples, law):
    encoder = av.CodecContext.create(f"pcm_{law}", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 8000, "mono", "s16"
    frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
    frame.sample_rate = 8000
    return b"".join(bytes(packet) for part in (frame, None) for packet in encoder.encode(part))


def by_soundfile(samples, law):
    file = io.BytesIO()
    soundfile.write(file, samples, 8000, format="RAW", subtype=law.replace("m", "").upper())
    return file.getvalue()


def by_audioop(samples, law):
    return getattr(audioop, f"lin2{law.replace('m', '')}")(samples.tobytes(), 2)


encoders = {"audioop": by_audioop, "soundfile": by_soundfile, "PyAV": by_av}
every = numpy.arange(-32768, 32768).astype(numpy.int16)
quiet = (20 * numpy.sin(numpy.arange(8000) * 2 * numpy.pi * 440 / 8000)).astype(numpy.int16)
for law in ("mulaw", "alaw"):

    def decoded(data, law=law):
        samples = getattr(audioop, f"{law.replace('m', '')}2lin")(bytes(data), 2)
        return numpy.frombuffer(samples, numpy.int16).astype(int)

    nearest = numpy.abs(every.astype(int)[:, None] - decoded(range(256))[None, :]).min(axis=1)
    tones = {}
    for name, encode in encoders.items():
        farther = numpy.abs(decoded(encode(every, law)) - every) - nearest
        print(f"{law} {name}: {(farther > 0).sum()} samples not at the nearest value, at most {farther.max()} farther")
        tones[name] = numpy.frombuffer(encode(quiet, law), numpy.uint8)
    pairs = (("audioop", "soundfile"), ("audioop", "PyAV"), ("soundfile", "PyAV"))
    print(f"{law} quiet tone, different bytes of 8000:", {f"{a}/{b}": int((tones[a] != tones[b]).sum()) for a, b in pairs})
PYTHON
diff "$folder/output" - <<'EXPECTED'
mulaw audioop: 889 samples not at the nearest value, at most 262 farther
mulaw soundfile: 508 samples not at the nearest value, at most 256 farther
mulaw PyAV: 380 samples not at the nearest value, at most 6 farther
mulaw quiet tone, different bytes of 8000: {'audioop/soundfile': 2240, 'audioop/PyAV': 0, 'soundfile/PyAV': 2240}
alaw audioop: 498 samples not at the nearest value, at most 256 farther
alaw soundfile: 504 samples not at the nearest value, at most 256 farther
alaw PyAV: 381 samples not at the nearest value, at most 6 farther
alaw quiet tone, different bytes of 8000: {'audioop/soundfile': 240, 'audioop/PyAV': 800, 'soundfile/PyAV': 560}
EXPECTED

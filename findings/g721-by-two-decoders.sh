#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile) and PyAV 18.1.0 (ffmpeg): G.721 in AU, 32 kbit/s as DECT telephones have it.
#
# G.721 (now part of G.726) is defined bit by bit, so that any decoder gives the same samples. Both read AU
# with encoding 23, and both say 3.0 s of 8 kHz mono.
#
# Guess before the run: PyAV decodes what soundfile has written, to nearly the same samples.
# Behaviour: soundfile reads its own file back with 45 dB between a 440 Hz tone and its error. PyAV gives
# the same number of samples, but a tone half a sample late and louder, with 22 dB: audibly rough. Swapping
# the two samples of a byte makes it worse, so the order is not the reason. A-law and IMA
# ADPCM of the two are equal to the bit. Which of the two keeps to the standard was not decided here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 av==18.1.0 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys

import av
import numpy
import soundfile

STEP = 2 * numpy.pi * 440 / 8000
tone = numpy.sin(numpy.arange(24_000) * STEP) / 2


def by_av(path):
    with av.open(path) as container:
        return numpy.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def above_error(samples):
    place = numpy.arange(2000, 22_000)
    waves = numpy.stack([numpy.sin(place * STEP), numpy.cos(place * STEP)], axis=1)
    fitted = waves @ numpy.linalg.lstsq(waves, samples[place].astype(float), rcond=None)[0]
    return 10 * numpy.log10((fitted**2).mean() / ((samples[place] - fitted) ** 2).mean())


for container, subtype in (("WAV", "ALAW"), ("WAV", "IMA_ADPCM"), ("AU", "G721_32")):
    path = f"{sys.argv[1]}/tone.{container.lower()}"
    soundfile.write(path, tone, 8000, format=container, subtype=subtype)
    own, other = soundfile.read(path, dtype="int16")[0], by_av(path)
    print(subtype, "as many samples:", len(own) == len(other), "equal:", numpy.array_equal(own, other))
print("G721_32: soundfile above 40 dB:", above_error(own) > 40, "PyAV below 25 dB:", above_error(other) < 25)
PYTHON
diff "$folder/output" - <<'EXPECTED'
ALAW as many samples: True equal: True
IMA_ADPCM as many samples: True equal: True
G721_32 as many samples: True equal: False
G721_32: soundfile above 40 dB: True PyAV below 25 dB: True
EXPECTED

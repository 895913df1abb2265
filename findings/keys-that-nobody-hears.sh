#!/usr/bin/env bash
# dtmf 1.1.0 and dtmf-tone-pure 0.1.0 (PyPI, generators of telephone keys); judges: spandsp 0.0.6 (Debian 12, the
# detector of several PBXs) and PyDTMF 1.0.0 (PyPI).
#
# A key is a sum of two sines, which may be off by 1.5 % (ITU-T Q.24); two keys are apart by a pause of 40 ms or more.
# All tones have 8000 Hz, where no sample rate is stated.
#
# Guess before the run: both judges read the keys of both generators.
# Behaviour: dtmf repeats one period of each sine, rounded up to whole samples, so that 697 Hz become 667 Hz, and 1336
# and 1477 Hz the same 1333 Hz. spandsp hears no key at all, in the default length of 40 ms or in 100 ms. At 48 kHz it
# hears eleven of the sixteen keys.
# dtmf-tone-pure makes pauses of 10 ms, so equal keys in a row become one: 9115544 is read as 9154, a wrong PIN without
# an error. Both judges read all keys of plain sines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
python3 -m venv venv
venv/bin/pip install -q dtmf==1.1.0 dtmf-tone-pure==0.1.0 pydtmf==1.0.0 numpy==2.4.6 scipy==1.17.1
apt-get -qq download libspandsp2=0.0.6+dfsg-2+b1 libtiff6 libdeflate0 libjbig0 libjpeg62-turbo liblerc4 liblzma5 \
    libwebp7 libzstd1 zlib1g 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
cat >run.py <<'PYTHON'
import ctypes
import io
import wave
from pathlib import Path

import numpy
from dtmf import generate, parse
from dtmf._generator import GenerationParams  # exported nowhere else
from dtmf_tone_pure import FREQ_TABLE, DTMFTone
from PyDTMF import from_pcm
from scipy.signal import resample_poly

[library] = Path("root").rglob("libspandsp.so.2")
spandsp = ctypes.CDLL(str(library))
spandsp.dtmf_rx_init.restype = ctypes.c_void_p
spandsp.dtmf_rx_init.argtypes = [ctypes.c_void_p] * 3
spandsp.dtmf_rx.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
spandsp.dtmf_rx_get.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int]
every = "1234567890*#ABCD"


def heard(sound):
    samples = numpy.append(numpy.asarray(sound), numpy.zeros(800)).astype(numpy.int16)
    state = spandsp.dtmf_rx_init(None, None, None)
    spandsp.dtmf_rx(state, samples.tobytes(), len(samples))
    keys = ctypes.create_string_buffer(129)
    spandsp.dtmf_rx_get(state, keys, 128)
    return f"spandsp {keys.value.decode()!r}, PyDTMF {from_pcm(samples.tolist(), sample_rate=8000)[0]!r}"


def sines(keys, length):
    time = numpy.arange(8 * length) / 8000
    for key in keys:
        yield from sum(8000 * numpy.sin(2 * numpy.pi * frequency * time) for frequency in FREQ_TABLE[key])
        yield from numpy.zeros(8 * length)


def by_dtmf(keys, length, rate=8000):
    params = GenerationParams(mark_duration=length / 1000, space_duration=length / 1000)
    return numpy.array([8000 * sample for sample in generate(parse(keys), params, rate)])


def by_tone_pure(keys):
    with wave.open(io.BytesIO(DTMFTone().tones(keys))) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2")


for length in (40, 100):
    print(f"sines of {length} ms:", heard(list(sines(every, length))))
    print(f"dtmf, {length} ms:", heard(by_dtmf(every, length)))
print("dtmf at 48 kHz:", heard(resample_poly(by_dtmf(every, 100, 48000), 1, 6)))
for key in "123":
    spectrum = numpy.abs(numpy.fft.rfft(by_dtmf(key, 1000)[:8000]))
    print(f"dtmf, key {key}: {spectrum[:1000].argmax()} and {1000 + spectrum[1000:2000].argmax()} Hz")
print("dtmf-tone-pure:", heard(by_tone_pure(every)))
print("sines, 9115544:", heard(list(sines("9115544", 60))))
print("dtmf-tone-pure, 9115544:", heard(by_tone_pure("9115544")))
PYTHON
LD_LIBRARY_PATH=$(dirname "$(find "$folder/root" -name libspandsp.so.2)") venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
sines of 40 ms: spandsp '1234567890*#ABCD', PyDTMF '1234567890*#ABCD'
dtmf, 40 ms: spandsp '', PyDTMF '22A'
sines of 100 ms: spandsp '1234567890*#ABCD', PyDTMF '1234567890*#ABCD'
dtmf, 100 ms: spandsp '', PyDTMF '22A'
dtmf at 48 kHz: spandsp '1234567890*', PyDTMF '1234567890*#ABCD'
dtmf, key 1: 667 and 1143 Hz
dtmf, key 2: 667 and 1333 Hz
dtmf, key 3: 667 and 1333 Hz
dtmf-tone-pure: spandsp '1234567890*#ABCD', PyDTMF '1234567890*#ABCD'
sines, 9115544: spandsp '9115544', PyDTMF '9115544'
dtmf-tone-pure, 9115544: spandsp '9154', PyDTMF '9154'
EXPECTED

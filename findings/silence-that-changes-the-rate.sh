#!/usr/bin/env bash
# pydub 0.25.1, beside soxr 1.1.0 (PyPI): a prompt for the telephone, 8 kHz, made of silence and speech.
#
# Guess before the run: silence or a tone and a prompt of 8 kHz make one of 8 kHz, and what 8 kHz cannot hold is gone.
# Behaviour: `AudioSegment.silent` has 11025 Hz and a generated tone 44100 Hz, and the sum takes the higher rate, so a
# second of silence before the prompt gives a file that a PBX refuses or plays at the wrong speed. `set_frame_rate` has
# no filter: a tone of 6 kHz, where the s of speech is, comes back as one of 2 kHz, as loud as before. soxr removes it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pydub==0.25.1 soxr==1.1.0 numpy
cat >prompt.py <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import numpy
import soxr
from pydub import AudioSegment
from pydub.generators import Sine


def hertz(samples):
    return round(int(numpy.argmax(numpy.abs(numpy.fft.rfft(samples)))) * 8000 / len(samples))


def loudness(samples):
    return round(20 * numpy.log10(max(float(numpy.abs(samples).max()), 1) / 32768))


prompt = AudioSegment(bytes(16000), sample_width=2, frame_rate=8000, channels=1)
print("silence and a prompt of 8 kHz:", (AudioSegment.silent(1000) + prompt).frame_rate)
print("a tone and a prompt of 8 kHz:", (Sine(400).to_audio_segment(500) + prompt).frame_rate)
print("a prompt laid over silence:", AudioSegment.silent(3000).overlay(prompt).frame_rate)
tone = Sine(6000, sample_rate=16000).to_audio_segment(1000, volume=-12)
print(f"6 kHz at 16 kHz: {loudness(numpy.array(tone.get_array_of_samples()))} dB")
by_pydub = numpy.array(tone.set_frame_rate(8000).get_array_of_samples())
print(f"pydub: {hertz(by_pydub)} Hz, {loudness(by_pydub)} dB")
by_soxr = soxr.resample(numpy.array(tone.get_array_of_samples(), dtype="int16"), 16000, 8000)
print(f"soxr: below -60 dB: {loudness(by_soxr[1000:-1000]) < -60}")
PYTHON
venv/bin/python prompt.py | tee output
diff output - <<'EXPECTED'
silence and a prompt of 8 kHz: 11025
a tone and a prompt of 8 kHz: 44100
a prompt laid over silence: 11025
6 kHz at 16 kHz: -12 dB
pydub: 2000 Hz, -12 dB
soxr: below -60 dB: True
EXPECTED

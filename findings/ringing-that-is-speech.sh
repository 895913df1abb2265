#!/usr/bin/env bash
# webrtcvad-wheels 2.0.14.post1 (PyPI), WebRTC's voice activity detector, at 8 kHz: tones that a telephone line has.
#
# Its mode 3 is the strictest. The numbers are the share of frames of 20 ms that it takes for speech, in 3 s of a tone:
# 425 Hz is the ringing in Europe and Russia, 440 Hz a part of North America's, 2100 Hz the answer of a fax.
#
# Guess before the run: in mode 3 no tone is speech; if some are, then the loud ones.
# Behaviour: it depends on the loudness, and not upwards. Ringing of amplitude 10000 is speech from end to end, of 3000
# and 20000 it is not. A tone of 554 Hz is speech only if it is quiet. A program that talks when it hears speech talks
# into the ringing on one line, and not on another.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q webrtcvad-wheels==2.0.14.post1 numpy
cat >run.py <<'PYTHON'
import numpy
import webrtcvad

AMPLITUDES = (1000, 3000, 10_000, 20_000)
time = numpy.arange(24_000) / 8000


def speech(samples):
    detector = webrtcvad.Vad(3)
    frames = samples.astype("<i2").reshape(-1, 160)
    return round(100 * sum(detector.is_speech(frame.tobytes(), 8000) for frame in frames) / len(frames))


print("amplitude", *AMPLITUDES)
print("silence", f"{speech(numpy.zeros(24_000))} %")
for hertz in (425, 440, 554, 2100):
    tone = numpy.sin(2 * numpy.pi * hertz * time)
    print(f"{hertz} Hz", *(f"{speech(amplitude * tone)} %" for amplitude in AMPLITUDES))
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
amplitude 1000 3000 10000 20000
silence 0 %
425 Hz 0 % 3 % 100 % 0 %
440 Hz 0 % 3 % 100 % 0 %
554 Hz 100 % 100 % 3 % 0 %
2100 Hz 3 % 100 % 100 % 4 %
EXPECTED

#!/usr/bin/env bash
# soundfile 0.14.0, PyAV 18.1.0, ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1; all PyPI) and Python 3.11's audioop (later:
# audioop-lts 0.2.2): 3 s of zeros, as A-law and as mu-law.
#
# Guess before the run: zeros come back as zeros, and a detector of silence finds 3 s, whatever the law.
# Behaviour: A-law has no zero. Its bytes for silence decode to 8 of 32768 in each of the decoders, so a recording of
# nothing has samples that are not zero, a constant offset, and no silence at -80 dB. In mu-law it is silent. A test
# that a muted side is silent passes in America's law and fails in Europe's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q soundfile==0.14.0 av==18.1.0 imageio-ffmpeg==0.8.1 numpy \
    'audioop-lts==0.2.2; python_version >= "3.13"'
cat >run.py <<'PYTHON'
import re
import subprocess
import warnings

import av
import imageio_ffmpeg
import numpy
import soundfile

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

for codec, encode, decode in (
    ("PCM_16", None, None),
    ("ALAW", audioop.lin2alaw, audioop.alaw2lin),
    ("ULAW", audioop.lin2ulaw, audioop.ulaw2lin),
):
    path = f"{codec}.wav"
    soundfile.write(path, numpy.zeros(24_000, "int16"), 8000, subtype=codec)
    decoded = {"soundfile": soundfile.read(path, dtype="int16")[0]}
    with av.open(path) as container:
        frames = [frame.to_ndarray().ravel() for frame in container.decode(audio=0)]
        decoded["PyAV"] = numpy.concatenate(frames)
    if encode:
        decoded["audioop"] = numpy.frombuffer(decode(encode(bytes(48_000), 2), 2), "int16")
    for name, samples in decoded.items():
        print(codec, name, sorted(set(samples.tolist())))
    for threshold in (-60, -80):
        detector = ("-af", f"silencedetect=noise={threshold}dB", "-f", "null", "-")
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-i", path, *detector]
        log = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        print(codec, f"silencedetect at {threshold} dB:", re.findall(r"silence_duration: ([\d.]+)", log))
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
PCM_16 soundfile [0]
PCM_16 PyAV [0]
PCM_16 silencedetect at -60 dB: ['3']
PCM_16 silencedetect at -80 dB: ['3']
ALAW soundfile [8]
ALAW PyAV [8]
ALAW audioop [8]
ALAW silencedetect at -60 dB: ['3']
ALAW silencedetect at -80 dB: []
ULAW soundfile [0]
ULAW PyAV [0]
ULAW audioop [0]
ULAW silencedetect at -60 dB: ['3']
ULAW silencedetect at -80 dB: ['3']
EXPECTED

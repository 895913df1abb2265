#!/usr/bin/env bash
# pydub 0.25.1: G.711 and ADPCM in WAV, the formats of telephone prompts.
#
# G.711 stores a sample in 8 bits, but logarithmically: it has the range of 13 linear bits, so decoders
# give 16-bit samples. IMA ADPCM stores 4 bits a sample and decodes to 16 as well. pydub leaves decoding to
# ffmpeg, which can read both.
#
# Guess before the run: from_file() gives 16-bit samples of both, and a quiet tone stays a tone.
# Behaviour: pydub asks ffmpeg for samples as wide as the *stored* ones. A-law becomes 8-bit linear sound,
# so a tone at -50 dB (amplitude 104 of 32768, well within A-law) becomes a row of 0 and -1 of 128, whose
# error is larger than the tone. For ADPCM pydub asks for a 4-bit PCM that does not exist, and
# raises CouldntDecodeError for a file that ffmpeg reads.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pydub==0.25.1 soundfile==0.14.0 numpy
"$folder/venv/bin/python" -c 'import audioop' 2>/dev/null ||
    "$folder/venv/bin/pip" install -q audioop-lts==0.2.2
npm install --silent --no-audit --no-fund --prefix "$folder" \
    @ffmpeg-installer/ffmpeg@1.1.0 @ffprobe-installer/ffprobe@2.1.2
for program in ffmpeg ffprobe; do
    cp "$(find "$folder/node_modules" -path "*-installer/*/$program" -type f | head -n 1)" "$folder/venv/bin/"
done
PATH="$folder/venv/bin:$PATH" "$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON' | tee "$folder/output"
import subprocess
import sys

import numpy
import soundfile
from pydub import AudioSegment
from pydub.exceptions import CouldntDecodeError

truth = 104 * numpy.sin(numpy.arange(24_000) * 2 * numpy.pi * 440 / 8000)
path = f"{sys.argv[1]}/prompt.wav"


def above_error(decoded):
    return 10 * numpy.log10((truth**2).mean() / ((decoded - truth) ** 2).mean())


soundfile.write(path, truth / 32768, 8000, subtype="ALAW")
decoded = subprocess.run(
    ["ffmpeg", "-v", "error", "-i", path, "-f", "s16le", "-"], capture_output=True, check=True
)
print("ffmpeg, A-law: tone above error:", above_error(numpy.frombuffer(decoded.stdout, "<i2")) > 15)
sound = AudioSegment.from_file(path)
samples = numpy.array(sound.get_array_of_samples()) * 256.0
print("pydub, A-law: bytes a sample:", sound.sample_width)
print("pydub, A-law: tone above error:", above_error(samples) > 5)

soundfile.write(path, truth / 32768, 8000, subtype="IMA_ADPCM")
subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-f", "null", "-"], check=True)
try:
    print("pydub, ADPCM:", AudioSegment.from_file(path).sample_width)
except CouldntDecodeError as error:
    print("pydub, ADPCM:", type(error).__name__)
PYTHON
diff "$folder/output" - <<'EXPECTED'
ffmpeg, A-law: tone above error: True
pydub, A-law: bytes a sample: 1
pydub, A-law: tone above error: False
pydub, ADPCM: CouldntDecodeError
EXPECTED

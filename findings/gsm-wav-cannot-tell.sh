#!/usr/bin/env bash
# soundfile 0.14.0 (libsndfile): a GSM file in WAV can be read, but not asked for its position.
#
# GSM in WAV (WAV49, the small prompts of PBXs) has blocks of one size: 65 bytes are 320 samples. So the
# place of any block is known.
#
# Guess before the run: seek() works to whole blocks; tell() works in any case, as it moves nothing.
# Behaviour: seekable() is False, and tell() raises LibsndfileError "Seek attempted on unseekable file
# type" on a file that was just opened: it is a seek by 0. The same sound as PCM does both.
# Who writes "if file.tell() != wanted: file.seek(wanted)" fails at the first block of such a file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q soundfile==0.14.0 numpy
"$folder/venv/bin/python" - "$folder" <<'PYTHON' | tee "$folder/output"
import sys

import numpy
import soundfile

for subtype in ("PCM_16", "GSM610"):
    path = f"{sys.argv[1]}/{subtype}.wav"
    soundfile.write(path, numpy.sin(numpy.arange(24_000) / 3) / 2, 8000, subtype=subtype)
    with soundfile.SoundFile(path) as file:
        print(subtype, "seekable", file.seekable())
        try:
            print(subtype, "tell", file.tell())
        except soundfile.LibsndfileError as error:
            print(subtype, "tell", type(error).__name__)
PYTHON
diff "$folder/output" - <<'EXPECTED'
PCM_16 seekable True
PCM_16 tell 0
GSM610 seekable False
GSM610 tell LibsndfileError
EXPECTED

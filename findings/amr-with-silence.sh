#!/usr/bin/env bash
# PyAV 18.1.0 (FFmpeg's own decoder): AMR of a telephone that sends no frames of speech while its user is silent.
#
# An AMR file (RFC 4867, section 5) has a frame for each 20 ms. With discontinuous transmission, which telephones use as
# a rule, silence is a SID frame of 6 bytes and NO_DATA frames of 1 byte. Here 1 s of speech, 1 s of silence, 1 s of speech.
#
# Guess before the run: PyAV says and decodes 3 s, with comfort noise or zeros in the middle.
# Behaviour: decoding ends after 1 s with an error, a different one for SID and for NO_DATA. The duration, which is
# taken from the size of the frames so far, is 3.1 s for 3 s of speech, and up to 3.8 s with silence.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q av==18.1.0
"$folder/venv/bin/python" - "$folder/call.amr" <<'PYTHON' | tee "$folder/output"
import sys
from pathlib import Path

import av

SPEECH = bytes([7 << 3 | 4]) + bytes(31)  # mode 7, 12.2 kbit/s
SID = bytes([8 << 3 | 4]) + bytes(5)
NO_DATA = bytes([15 << 3 | 4])

path = Path(sys.argv[1])
for name, middle in (("speech", SPEECH * 50), ("NO_DATA", NO_DATA * 50), ("SID", (SID + NO_DATA * 7) * 6 + NO_DATA * 2)):
    path.write_bytes(b"#!AMR\n" + SPEECH * 50 + middle + SPEECH * 50)
    decoded, end = 0, "no error"
    with av.open(path) as container:
        said = container.duration / 1_000_000
        try:
            for frame in container.decode(audio=0):
                decoded += frame.samples
        except av.FFmpegError as error:
            end = type(error).__name__
    print(f"{name}: says {said:.1f} s, decodes {decoded / 8000:.1f} s, {end}")
PYTHON
diff "$folder/output" - <<'EXPECTED'
speech: says 3.1 s, decodes 3.0 s, no error
NO_DATA: says 3.8 s, decodes 1.0 s, InvalidDataError
SID: says 3.6 s, decodes 1.0 s, PatchWelcomeError
EXPECTED

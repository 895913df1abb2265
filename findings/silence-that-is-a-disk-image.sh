#!/usr/bin/env bash
# filetype 1.2.0, puremagic 1.30 and magika 1.0.3 (PyPI), file-type 21.3.4 (npm): what a prompt for telephones is, told
# from its bytes, as upload forms check it. ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1, PyPI) makes the MP3 files.
#
# Guess before the run: MP3 of 8 kHz is MP3, as that of 44.1 kHz is: both begin with the same 11 bits. Headerless G.711
# is unknown.
# Behaviour: filetype does not know MP3 of 8 kHz. puremagic knows none below 44.1 kHz. Silence in G.711 is an ISO 9660
# image to magika, with a score of 1.0 (rounded). In mu-law it is MP3 to file-type and a CD to puremagic.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q filetype==1.2.0 puremagic==1.30 magika==1.0.3 imageio-ffmpeg==0.8.1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund file-type@21.3.4
cat >detect.mjs <<'JAVASCRIPT'
import { fileTypeFromFile } from "file-type";
const type = await fileTypeFromFile(process.argv[2]);
console.log(type ? type.mime : "unknown");
JAVASCRIPT
cat >detect.py <<'PYTHON'
import subprocess
from pathlib import Path

import filetype
import imageio_ffmpeg
import magika
import puremagic

SECONDS, RATE = 3, 8000
for rate in (44100, 16000, 8000):
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", f"sine=440:r={rate}:d={SECONDS}"]
    subprocess.run([*command, "-c:a", "libmp3lame", "-id3v2_version", "0", f"tone of {rate} Hz.mp3"], check=True)
Path("silence.alaw").write_bytes(b"\xd5" * SECONDS * RATE)
Path("silence.ulaw").write_bytes(b"\xff" * SECONDS * RATE)
by_magika = magika.Magika()


def by_puremagic(content):
    try:
        best = puremagic.magic_string(content)[0]
    except puremagic.PureError:
        return "unknown"
    return best.mime_type or best.name


for path in sorted(Path().glob("tone*.mp3")) + sorted(Path().glob("silence*")):
    content = path.read_bytes()
    kind, guess = filetype.guess(content), by_magika.identify_bytes(content)
    command = ["node", "detect.mjs", str(path)]
    by_file_type = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    print(f"{path}: filetype {kind.mime if kind else 'unknown'}, puremagic {by_puremagic(content)}")
    print(f"    file-type {by_file_type}, magika {guess.output.mime_type} {guess.score:.1f}")
PYTHON
venv/bin/python detect.py | tee output
diff output - <<'EXPECTED'
tone of 16000 Hz.mp3: filetype audio/mpeg, puremagic unknown
    file-type audio/mpeg, magika audio/mpeg 1.0
tone of 44100 Hz.mp3: filetype audio/mpeg, puremagic audio/mpeg
    file-type audio/mpeg, magika audio/mpeg 1.0
tone of 8000 Hz.mp3: filetype unknown, puremagic unknown
    file-type audio/mpeg, magika audio/mpeg 1.0
silence.alaw: filetype unknown, puremagic unknown
    file-type unknown, magika application/x-iso9660-image 1.0
silence.ulaw: filetype unknown, puremagic CloneCD Sub Channel File
    file-type audio/mpeg, magika application/x-iso9660-image 1.0
EXPECTED

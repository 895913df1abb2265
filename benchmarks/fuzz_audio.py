"""Changes bytes of real sound files at random, and measures and decodes the results.

    python benchmarks/fuzz_audio.py [--seconds 60] [--seed N]

The files are those of ``prompt_formats.py``, so ffmpeg and SoX must be installed. An exception, an
impossible length or a file that takes more than ``MAX_FILE_SECONDS`` of CPU time ends the run with
the file in the temporary folder. Prints the seed, the inputs, and the slowest file.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mtt_mock.domain.prompts import EXTENSIONS
from mtt_mock.service.media.audio import MAX_AUDIO_SECONDS, detect_audio
from mtt_mock.service.media.decoding import decoder_of
from prompt_formats import make, recipes, sources

MAX_FILE_SECONDS = 0.5  # of a loaded machine; prompt_formats.py measures the 0.1 s
SPECIAL_BYTES = (0, 1, 2, 127, 128, 254, 255)
NAMES = ("", *(f"p.{extension}" for extension in sorted(EXTENSIONS)))


def real_files(folder: Path) -> list[bytes]:
    """Make a short file of each recipe whose program is installed."""
    made, files = sources(folder, 1), []
    for recipe in recipes():
        try:
            files.append(make(recipe, folder, made).read_bytes())
        except (OSError, subprocess.CalledProcessError):
            continue
    return [content for content in files if content]


def changed(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` with bytes changed, added and cut, most of them near the beginning."""
    changed = bytearray(content)
    for _ in range(chance.randrange(1, 16)):
        end = len(changed) if chance.random() < 0.3 else min(len(changed), 256)
        if not end:
            break
        position, way = chance.randrange(end), chance.random()
        if way < 0.6:
            changed[position] = chance.choice((*SPECIAL_BYTES, chance.randrange(256)))
        elif way < 0.75:
            changed[position:position] = chance.randbytes(chance.randrange(1, 9))
        elif way < 0.9:
            del changed[position : position + chance.randrange(1, 9)]
        elif way < 0.95:
            del changed[chance.randrange(len(changed)) :]
        else:
            part = changed[position : position + chance.randrange(1, 400)]
            changed[position:position] = part * chance.randrange(1, 20)
    return bytes(changed)


def check(content: bytes, name: str, chance: random.Random) -> None:
    """Measure and decode ``content``."""
    audio = detect_audio(content, name)
    assert str(audio)
    assert audio.milliseconds is None or 0 <= audio.milliseconds <= MAX_AUDIO_SECONDS * 1000
    decode = decoder_of(content, audio)
    if decode is not None:
        assert len(decode(chance.randrange(20_000), chance.randrange(2000))) % 2 == 0


def main() -> int:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        files = real_files(Path(name))
    inputs, slowest, slowest_kind = 0, 0.0, ""
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        content, file_name = changed(chance.choice(files), chance), chance.choice(NAMES)
        started = time.process_time()
        try:
            check(content, file_name, chance)
            seconds = time.process_time() - started
            assert seconds < MAX_FILE_SECONDS, f"{seconds:.2f} s"
        except Exception:
            path = Path(tempfile.mkdtemp()) / (file_name or "noname")
            path.write_bytes(content)
            print(f"failed after {inputs} inputs: {path}")
            raise
        inputs += 1
        if seconds > slowest:
            slowest, slowest_kind = seconds, f"{file_name or 'no name'}, {len(content)} bytes"
    print(
        f"{inputs} inputs from {len(files)} files, slowest {slowest * 1000:.1f} ms ({slowest_kind})"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

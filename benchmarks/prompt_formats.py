"""Measures sound files of the usual makers and compares their lengths with the decoded truth.

    python benchmarks/prompt_formats.py [--all] [--asterisk [FOLDER]] [--hostile]

Needs ffmpeg, SoX and, for more rows, lame, opusenc, oggenc, speexenc, flac, espeak-ng, flite and
Debian's asterisk-core-sounds-ru-* packages. A row whose program is missing is left out and said.
The truth is the number of samples that ffmpeg decodes (SoX for .vox). Of M4A it is the length in
the edit list, which players use and ffmpeg's decoder does not; of fragments with an edit list, which
ffprobe leaves out, the length of the source. Of formats that Debian has no
encoder for, the files are frames written by hand from the standards.

``--hostile`` measures truncated files, sizes that lie, noise of 10 MiB and archives, and prints the
slowest. It fails if one takes more than ``MAX_HOSTILE_SECONDS`` of CPU time.
"""

from __future__ import annotations

# ruff: noqa: C901, E501, PLR0912, PLR0915, RUF001 -- a table of commands
import argparse
import io
import random
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from mtt_mock.domain.prompts import EXTENSIONS
from mtt_mock.service.media.audio import detect_audio

TOLERANCE = 0.05  # seconds
SECONDS = (3, 12)
MAX_HOSTILE_SECONDS = 0.1  # CPU time of one file
NOISE_BYTES = 10 * 1024 * 1024
ASTERISK = Path("/usr/share/asterisk/sounds")
RAW = {  # how ffmpeg is told what a headerless file holds
    "ulaw": "-f mulaw -ar 8000", "ul": "-f mulaw -ar 8000", "alaw": "-f alaw -ar 8000",
    "al": "-f alaw -ar 8000", "sln": "-f s16le -ar 8000", "sln16": "-f s16le -ar 16000",
    "sln48": "-f s16le -ar 48000", "gsm": "-f gsm -ar 8000", "g722": "-f g722", "g729": "-f g729",
    "g726-32": "-f g726le -code_size 4 -ar 8000",
}  # fmt: skip


class Recipe(NamedTuple):
    """One way to make a file: ``{wav}`` is 16 kHz PCM, ``{wav8}`` 8 kHz, ``{out}`` the result."""

    label: str
    name: str
    command: str
    decode: str = ""


FF = "ffmpeg -v error -y -i {wav}"
FF8 = "ffmpeg -v error -y -i {wav8}"
RAW8 = "sox {wav8} -t raw - |"
PIPED = "- | cat >{out}"
PCM16 = "signed-integer -b 16"
FLAC_RAW = (
    "--force-raw-format --endian=little --sign=signed --channels=1 --bps=16 --sample-rate=8000"
)
TAGS = {
    "LIST": b"LIST" + struct.pack("<I", 62) + b"INFO" + b"x" * 58,
    "XMP": b"_PMX" + struct.pack("<I", 4096) + b"x" * 4096,
    "id3": b"id3 " + struct.pack("<I", 8192) + b"x" * 8192,
}


# fmt: off
def recipes() -> Iterator[Recipe]:
    """Yield the recipes."""
    for codec in ("u8", "s16le", "s24le", "s32le", "f32le", "f64le"):
        yield Recipe(f"ffmpeg WAV PCM {codec}", "p.wav", f"{FF} -c:a pcm_{codec} {{out}}")
    for codec in ("pcm_alaw", "pcm_mulaw", "adpcm_ima_wav", "adpcm_ms", "adpcm_yamaha", "libmp3lame", "ac3", "wmav2"):
        for source, label in ((FF8, "8 kHz"), (FF, "16 kHz")):
            made = f"{source} -c:a {codec} {'-ar 32000' if codec == 'ac3' else ''}"
            yield Recipe(f"ffmpeg WAV {codec} {label}", "p.wav", f"{made} {{out}}")
            yield Recipe(f"ffmpeg WAV {codec} {label} pipe", "p.wav", f"{made} -f wav {PIPED}")
    yield Recipe("ffmpeg WAV G.723.1", "p.wav", f"{FF8} -c:a g723_1 -b:a 6300 {{out}}")
    yield Recipe("ffmpeg WAV G.722", "p.wav", f"{FF} -c:a g722 -ar 16000 {{out}}")
    yield Recipe("ffmpeg WAV G.726", "p.wav", f"{FF8} -c:a g726 -ar 8000 -b:a 32k {{out}}")
    yield Recipe("ffmpeg WAV PCM pipe", "p.wav", f"{FF} -f wav {PIPED}")
    yield Recipe("ffmpeg WAV PCM stereo 44.1", "p.wav", f"{FF} -ar 44100 -ac 2 {{out}}")
    yield Recipe("ffmpeg WAV PCM 5.1 48", "p.wav", f"{FF} -ar 48000 -ac 6 {{out}}")
    yield Recipe("ffmpeg WAV IMA stereo", "p.wav", f"{FF} -ac 2 -c:a adpcm_ima_wav {{out}}")
    yield Recipe("ffmpeg WAV MS stereo", "p.wav", f"{FF} -ac 2 -c:a adpcm_ms {{out}}")
    yield Recipe("ffmpeg WAV with tags", "p.wav", f"{FF} -metadata title=Prompt -metadata artist=data {{out}}")
    yield Recipe("ffmpeg RF64", "p.wav", f"{FF} -rf64 always {{out}}")
    yield Recipe("ffmpeg RF64 BWF", "p.wav", f"{FF} -rf64 always -write_bext 1 -metadata description=x {{out}}")
    yield Recipe("ffmpeg W64", "p.w64", f"{FF} {{out}}")
    yield Recipe("ffmpeg W64 A-law", "p.w64", f"{FF8} -c:a pcm_alaw {{out}}")
    for encoding in (PCM16, "signed-integer -b 24", "unsigned-integer -b 8", "floating-point -b 32", "a-law", "u-law", "gsm-full-rate", "ima-adpcm", "ms-adpcm"):
        yield Recipe(f"SoX WAV {encoding}", "p.wav", f"sox {{wav8}} -e {encoding} {{out}}")
        yield Recipe(f"SoX WAV {encoding} pipe", "p.wav", f"sox {{wav8}} -e {encoding} -t wav {PIPED}")
    for encoding in (PCM16, "a-law", "gsm-full-rate"):
        yield Recipe(f"SoX WAV {encoding} raw pipe", "p.wav", f"{RAW8} sox -t raw -r 8000 -e signed -b 16 -c 1 - -e {encoding} -t wav {PIPED}")
    for encoding in ("ima-adpcm", "ms-adpcm", PCM16):
        yield Recipe(f"SoX WAV {encoding} stereo", "p.wav", f"sox {{wav}} -c 2 -e {encoding} {{out}}")
    yield Recipe("SoX WAV RIFX", "p.wav", "sox {wav8} -B {out}")
    yield Recipe("SoX WAV odd", "p.wav", "sox {wav8} -e a-law {out} trim 0 2.000125")
    yield Recipe("espeak-ng --stdout", "p.wav", "espeak-ng -v ru --stdout 'Здравствуйте, соединяем вас с оператором' >{out}")
    yield Recipe("espeak-ng -w", "p.wav", "espeak-ng -v en -w {out} 'Please hold the line'")
    yield Recipe("flite", "p.wav", "flite -t 'Please hold the line' -o {out}")
    for name, tag in TAGS.items():
        for codec in (PCM16, "a-law", "gsm-full-rate", "ima-adpcm"):
            yield Recipe(f"WAV {codec} + {name}", f"p.wav+{tag.hex()}", f"sox {{wav8}} -e {codec} {{out}}")
            yield Recipe(f"WAV {codec} no fact + {name}", f"p.wav-{tag.hex()}", f"sox {{wav8}} -e {codec} {{out}}")
    for ending in ("gsm", "ul", "al"):
        yield Recipe(f"SoX .{ending}", f"p.{ending}", f"sox {{wav8}} -t {ending} {{out}}")
    yield Recipe("SoX .ulaw", "p.ulaw", "sox {wav8} -t ul {out}")
    yield Recipe("SoX .alaw", "p.alaw", "sox {wav8} -t al {out}")
    yield Recipe("SoX .sln", "p.sln", "sox {wav8} -t raw -e signed -b 16 {out}")
    yield Recipe("SoX .sln16", "p.sln16", "sox {wav} -t raw -e signed -b 16 {out}")
    yield Recipe("SoX .sln48", "p.sln48", "sox {wav} -r 48000 -t raw -e signed -b 16 {out}")
    yield Recipe("SoX .vox", "p.vox", "sox {wav8} -t vox {out}", "sox")
    yield Recipe("ffmpeg .g722", "p.g722", f"{FF} -ar 16000 -f g722 {{out}}")
    yield Recipe("ffmpeg .g726-32", "p.g726-32", f"{FF8} -c:a g726le -b:a 32k -f g726le {{out}}")
    for codec in ("pcm_mulaw", "pcm_alaw", "pcm_s16be", "pcm_s24be", "pcm_f32be"):
        yield Recipe(f"ffmpeg AU {codec}", "p.au", f"{FF8} -c:a {codec} {{out}}")
        yield Recipe(f"ffmpeg AU {codec} pipe", "p.au", f"{FF8} -c:a {codec} -f au {PIPED}")
    yield Recipe("SoX AU mu-law", "p.au", "sox {wav8} -e u-law {out}")
    yield Recipe("SoX AU pipe", "p.au", f"{RAW8} sox -t raw -r 8000 -e signed -b 16 -c 1 - -t au {PIPED}")
    for codec in ("pcm_s16be", "pcm_s24be", "pcm_alaw", "pcm_mulaw", "pcm_s16le"):
        yield Recipe(f"ffmpeg AIFF {codec}", "p.aiff", f"{FF8} -c:a {codec} {{out}}")
    yield Recipe("SoX AIFF", "p.aiff", "sox {wav} {out}")
    yield Recipe("SoX AIFF-C", "p.aifc", "sox {wav} {out}")
    for rate in (8000, 16000, 22050, 24000, 44100):
        made = f"{FF} -ar {rate} {'-ac 2' if rate == 44100 else ''}"
        for label, extra in (("", ""), (" VBR", " -q:a 5"), (" no Xing", " -write_xing 0"), (" VBR no Xing", " -q:a 5 -write_xing 0")):
            yield Recipe(f"ffmpeg MP3 {rate}{label}", "p.mp3", f"{made}{extra} {{out}}")
    yield Recipe("ffmpeg MP3 pipe", "p.mp3", f"{FF} -f mp3 {PIPED}")
    for options in ("", " -V5", " -t"):
        yield Recipe(f"lame{options}", "p.mp3", f"lame --quiet{options} {{wav}} {{out}}")
    for codec, ending in (("libopus", "opus"), ("libvorbis", "ogg"), ("libspeex", "spx"), ("flac", "oga")):
        yield Recipe(f"ffmpeg Ogg {codec}", f"p.{ending}", f"{FF} -c:a {codec} -f ogg {{out}}")
        yield Recipe(f"ffmpeg Ogg {codec} pipe", f"p.{ending}", f"{FF} -c:a {codec} -f ogg {PIPED}")
    yield Recipe("opusenc", "p.opus", "opusenc --quiet {wav} {out}")
    yield Recipe("oggenc", "p.ogg", "oggenc --quiet -o {out} {wav}")
    yield Recipe("speexenc", "p.spx", "speexenc {wav8} {out} >/dev/null 2>&1")
    yield Recipe("flac", "p.flac", "flac --silent -f -o {out} {wav}")
    yield Recipe("flac --ogg", "p.oga", "flac --silent --ogg -f -o {out} {wav}")
    yield Recipe("flac to a pipe", "p.flac", "flac --silent -c {wav} | cat >{out}")
    yield Recipe("flac of raw pipe", "p.flac", f"{RAW8} flac --silent {FLAC_RAW} -c {PIPED}")
    yield Recipe("ffmpeg FLAC", "p.flac", f"{FF} {{out}}")
    yield Recipe("ffmpeg FLAC pipe", "p.flac", f"{FF} -f flac {PIPED}")
    yield Recipe("ffmpeg FLAC 44.1 stereo pipe", "p.flac", f"{FF} -ar 44100 -ac 2 -f flac {PIPED}")
    for rate in (8000, 44100):
        yield Recipe(f"ffmpeg ADTS {rate}", "p.aac", f"{FF} -ar {rate} {{out}}")
        yield Recipe(f"ffmpeg M4A {rate}", "p.m4a", f"{FF} -ar {rate} {{out}}")
    yield Recipe("ffmpeg M4A ALAC", "p.m4a", f"{FF} -c:a alac {{out}}")
    yield Recipe("ffmpeg M4A fragmented pipe", "p.m4a", f"{FF} -movflags frag_keyframe+empty_moov -f mp4 {PIPED}")
    yield Recipe("SoX AMR-NB", "p.amr", "sox {wav8} -t amr-nb {out}")
    yield Recipe("SoX AMR-WB", "p.awb", "sox {wav} -t amr-wb {out}")
    yield Recipe("chained opus", "p.opus", "opusenc --quiet {wav} {out} && opusenc --quiet {wav8} 2.opus && cat 2.opus >>{out}")
    yield Recipe("chained ogg", "p.ogg", "oggenc --quiet -o {out} {wav} && oggenc --quiet -o 2.ogg {wav8} && cat 2.ogg >>{out}")
    for options, decode in (("empty_moov -frag_duration 500000", ""), ("empty_moov+delay_moov", "source"), ("dash", "")):
        yield Recipe(f"ffmpeg M4A {options}", "p.m4a", f"{FF} -movflags {options} -f mp4 {{out}}", decode)
    for codec in ("pcm_s16be", "pcm_alaw", "alac", "libopus"):
        yield Recipe(f"ffmpeg CAF {codec}", "p.caf", f"{FF} -c:a {codec} -f caf {{out}}")
    for codec, ending in (("libopus", "webm"), ("libvorbis", "webm"), ("pcm_s16le", "mka")):
        yield Recipe(f"ffmpeg WebM {codec}", f"p.{ending}", f"{FF} -c:a {codec} {{out}}")
    yield Recipe("ffmpeg WebM pipe", "p.webm", f"{FF} -c:a libopus -f webm {PIPED}")
    yield Recipe("ffmpeg CAF pipe", "p.caf", f"{FF} -c:a pcm_s16be -f caf {PIPED}")
# fmt: on


def frames_by_hand(seconds: int) -> Iterator[tuple[str, str, bytes]]:
    """Yield label, name and content of formats without an encoder here; each frame has 20 ms.

    AMR-WB: 3GPP TS 26.201, table 2; RFC 4867, section 5. G.729: 10 bytes are 10 ms. Siren: 32 kbit/s
    (Siren7) and 48 kbit/s (Siren14), as Asterisk stores them.
    """
    count = seconds * 50
    for mode, size in ((0, 18), (2, 33), (8, 61), (9, 6), (15, 1)):
        frame = bytes([mode << 3 | 4]) + bytes(size - 1)
        yield f"AMR-WB mode {mode} by hand", "p.awb", b"#!AMR-WB\n" + frame * count
    yield "G.729 by hand", "p.g729", bytes(20) * count
    yield "Siren7 by hand", "p.siren7", bytes(80) * count
    yield "Siren14 by hand", "p.siren14", bytes(120) * count


def hostile(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str, bytes]]:
    """Yield label, name and content of files that are broken on purpose."""
    chance = random.Random(17)
    noise = chance.randbytes(NOISE_BYTES)
    heads = set()
    for name, content in files:
        heads.add(content[:64])
        for share in range(0, 100, 10):
            yield "truncated", name, content[: len(content) * share // 100]
        for field in range(0, 64, 2):  # every size, whatever its place and width
            for value in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\x01"):
                yield "sizes that lie", name, content[:field] + value + content[field + 4 :]
    for head in sorted(heads):
        yield "noise behind a header", "p.wav", head + noise
        yield "zeros behind a header", "p.wav", head + bytes(NOISE_BYTES)
        # Chunks, pages, frames and boxes without end, and such beyond the end.
        for length in (8, 16, 24):
            part = head[-length:] or b"x"
            yield "a header again and again", "p.wav", head + part * (NOISE_BYTES // len(part))
        yield "a header again and again", "p.wav", head * (NOISE_BYTES // max(len(head), 1))
    for extension in sorted(EXTENSIONS):
        yield "noise", f"p.{extension}", noise
        yield "zeros", f"p.{extension}", bytes(NOISE_BYTES)
        for kind, content in archives(noise[:1_000_000]):
            yield kind, f"p.{extension}", content


def archives(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield ``content`` in archives."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("p.wav", content)
    yield "zip", file.getvalue()
    for mode in ("w:", "w:gz", "w:bz2", "w:xz"):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=mode) as archive:
            entry = tarfile.TarInfo("p.wav")
            entry.size = 100_000
            archive.addfile(entry, io.BytesIO(content[:100_000]))
        yield f"tar {mode[2:]}", file.getvalue()


def measure_hostile(files: list[tuple[str, bytes]]) -> bool:
    """Print how long hostile files take; return whether each stays within the limit."""
    slowest: dict[str, tuple[float, str, str]] = {}
    count = 0
    for label, name, content in hostile(files):
        started = time.process_time()
        audio = detect_audio(content, name)
        seconds = time.process_time() - started
        count += 1
        slowest[label] = max(
            slowest.get(label, (0.0, "", "")), (seconds, name, f"{len(content)} bytes: {audio}")
        )
    for label, (seconds, name, text) in sorted(slowest.items(), key=lambda row: -row[1][0]):
        print(f"hostile: {label:26}{seconds * 1000:7.1f} ms at most, {name}, {text}")
    worst = max(seconds for seconds, _, _ in slowest.values())
    print(f"{count} hostile files, slowest {worst * 1000:.1f} ms, no exception")
    return worst <= MAX_HOSTILE_SECONDS


def programs(command: str) -> set[str]:
    """Return the programs of a shell command."""
    return {part.split()[0] for part in command.split("|")}


def truth(path: Path, recipe: Recipe, seconds: float) -> float:
    """Return the decoded length of a file made of ``seconds`` of sound."""
    if recipe.decode == "source":
        return seconds
    if recipe.decode == "sox":
        text = subprocess.run(
            ["sox", str(path), "-n", "stat"], capture_output=True, text=True, check=True
        ).stderr
        return float(text.split("Length (seconds):")[1].split()[0])
    if path.suffix == ".m4a":
        probe = f"ffprobe -v error -show_entries format=duration -of csv=p=0 {path}"
        return float(subprocess.run(probe.split(), capture_output=True, check=True).stdout)
    raw = RAW.get(path.suffix[1:], "")
    probe = f"ffmpeg -v error {raw} -i {path} -ac 1 -ar 48000 -f s16le -"
    done = subprocess.run(probe.split(), capture_output=True, check=False)
    return len(done.stdout) / 2 / 48_000


def append_tag(path: Path, tag: bytes, *, without_fact: bool) -> None:
    """Append a chunk behind ``data``, with the size in the header raised."""
    content = path.read_bytes()
    fact = content.find(b"fact", 12, 100)
    if without_fact and fact > 0:
        content = content[:fact] + content[fact + 12 :]
    content += b"\0" * (len(content) % 2) + tag
    path.write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])


def make(recipe: Recipe, folder: Path, sources: dict[str, Path]) -> Path:
    """Make the file of ``recipe``."""
    name, _, tag = (
        recipe.name.replace("+", " +")
        .replace("-", " -", int(".wav-" in recipe.name))
        .partition(" ")
    )
    out = folder / name
    out.unlink(missing_ok=True)
    subprocess.run(
        recipe.command.format(out=out, **sources),
        shell=True,
        check=True,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    if tag:
        append_tag(out, bytes.fromhex(tag[1:]), without_fact=tag.startswith("-"))
    return out


def sources(folder: Path, seconds: int) -> dict[str, Path]:
    """Make speech-like sound at 16 and 8 kHz."""
    made = {}
    for key, rate in (("wav", 16000), ("wav8", 8000)):
        made[key] = folder / f"source{rate}.wav"
        command = f"ffmpeg -v error -y -f lavfi -i aevalsrc=0.3*sin(2*PI*(300+200*sin(3*t))*t):s={rate}:d={seconds} {made[key]}"
        subprocess.run(command.split(), check=True)
    return made


def asterisk(folder: Path) -> bool:
    """Compare the lengths of Debian's prompts with what ffmpeg decodes; return if all are right."""
    is_right = True
    for language in sorted(path for path in folder.glob("*") if path.is_dir()):
        for suffix in (".wav", ".gsm", ".g722", ".alaw"):
            of_format = list(language.rglob(f"*{suffix}"))
            worst, slowest = 0.0, 0.0
            for path in of_format:
                content = path.read_bytes()
                if not content:  # ru_RU_f_IvrvoiceRU/is.gsm and is.g722; an upload of it is refused
                    print(f"{path.name} is empty")
                    continue
                started = time.perf_counter()
                audio = detect_audio(content, path.name)
                slowest = max(slowest, time.perf_counter() - started)
                real = truth(path, Recipe("", path.name, ""), 0)
                worst = max(
                    worst,
                    99 if audio.milliseconds is None else abs(audio.milliseconds / 1000 - real),
                )
            if of_format:
                print(
                    f"{language.name}{suffix}: {len(of_format)} prompts, worst {worst * 1000:.1f} ms off, slowest {slowest * 1000:.1f} ms"
                )
                is_right = is_right and worst <= TOLERANCE
    return is_right


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="print right rows too")
    parser.add_argument(
        "--asterisk",
        nargs="?",
        type=Path,
        const=ASTERISK,
        help="also decode every prompt of Debian's Asterisk packages, in this folder",
    )
    parser.add_argument("--hostile", action="store_true", help="also measure hostile files")
    options = parser.parse_args()
    for program, flag in (
        ("ffmpeg", "-version"),
        ("sox", "--version"),
        ("lame", "--version"),
        ("opusenc", "-V"),
        ("flac", "--version"),
        ("espeak-ng", "--version"),
    ):
        if shutil.which(program):
            done = subprocess.run([program, flag], capture_output=True, text=True, check=False)
            print((done.stdout or done.stderr).splitlines()[0])
    counts = {"OK": 0, "unknown": 0, "WRONG": 0}
    files: list[tuple[str, bytes]] = []

    def compare(label: str, path: Path, real: float) -> None:
        content = path.read_bytes()
        if all(name != path.name or len(known) != len(content) for name, known in files):
            files.append((path.name, content))
        started = time.process_time()
        audio = detect_audio(content, path.name)
        took = time.process_time() - started
        seen = None if audio.milliseconds is None else audio.milliseconds / 1000
        is_right = seen is not None and abs(seen - real) <= TOLERANCE
        verdict = "OK" if is_right else "unknown" if seen is None else "WRONG"
        counts[verdict] += 1
        if options.all or verdict != "OK":
            print(
                f"{verdict:8}{label:40}{real:10.3f}{'-' if seen is None else seen:>10}  {took * 1000:6.1f} ms  {audio}"
            )

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for seconds in SECONDS:
            made = sources(folder, seconds)
            for recipe in recipes():
                missing = [
                    program for program in programs(recipe.command) if not shutil.which(program)
                ]
                try:
                    path = None if missing else make(recipe, folder, made)
                except subprocess.CalledProcessError:
                    path = None
                if path is None:
                    print(
                        f"{recipe.label}: not made ({', '.join(missing) or 'the program failed'})"
                    )
                else:
                    compare(recipe.label, path, truth(path, recipe, seconds))
            for label, file_name, content in frames_by_hand(seconds):
                path = folder / file_name
                path.write_bytes(content)
                compare(label, path, seconds)
    is_right = not options.asterisk or asterisk(options.asterisk)
    print(
        f"{sum(counts.values())} files: {counts['OK']} right, {counts['unknown']} unknown, {counts['WRONG']} wrong"
    )
    is_fast = not options.hostile or measure_hostile(files)
    return 0 if not counts["WRONG"] and is_fast and is_right else 1


if __name__ == "__main__":
    sys.exit(main())

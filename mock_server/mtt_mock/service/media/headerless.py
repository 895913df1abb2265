"""Headerless telephony formats, detected by the extension of the file's name."""

from __future__ import annotations

from typing import NamedTuple

from mtt_mock.service.media.measured import Measured, SampleLayout

_GSM_FRAME_BYTES, _GSM_FRAME_SAMPLES, _GSM_MAGIC = 33, 160, 0xD
# Content of other kinds under any name.
_OTHER_CONTENT = (
    b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ", b"Rar!", b"%PDF",
    b"\x7fELF",    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"<!DOCTYPE", b"<html", b"<?xml", b'{"',
)  # fmt: skip


class HeaderlessFormat(NamedTuple):
    """A headerless format: ``frame_bytes`` hold ``frame_samples``."""

    kind: str
    codec: str
    rate: int
    frame_bytes: int
    frame_samples: int
    encoding: str = ""

    def measure(self, content: bytes) -> Measured:
        """Return the length that the number of bytes gives."""
        samples = len(content) // self.frame_bytes * self.frame_samples
        layout = SampleLayout(self.encoding, 0, len(content)) if self.encoding else None
        return Measured(self.codec, self.rate, 1, samples, layout)


# https://docs.asterisk.org/Configuration/Dialplan/ calls them formats; FreeSWITCH names files by
# the RTP encoding (PCMU, PCMA, L16).
_ULAW = HeaderlessFormat("ulaw", "mu-law", 8000, 1, 1, "ulaw")
_ALAW = HeaderlessFormat("alaw", "A-law", 8000, 1, 1, "alaw")
_GSM = HeaderlessFormat("gsm", "GSM 06.10", 8000, _GSM_FRAME_BYTES, _GSM_FRAME_SAMPLES)
_FORMATS = {
    **dict.fromkeys(("ulaw", "ul", "mulaw", "mu", "ulw", "pcmu"), _ULAW),
    **dict.fromkeys(("alaw", "al", "alw", "pcma"), _ALAW),
    "gsm": _GSM,
    "g722": HeaderlessFormat("g722", "G.722", 16_000, 1, 2),
    "g729": HeaderlessFormat("g729", "G.729", 8000, 10, 80),
    "ilbc": HeaderlessFormat("ilbc", "iLBC", 8000, 50, 240),  # Asterisk's frames of 30 ms
    "siren7": HeaderlessFormat("siren7", "Siren7", 16_000, 80, 320),
    "siren14": HeaderlessFormat("siren14", "Siren14", 32_000, 120, 640),
    # 6 kHz files have the same name, and no header holds the rate.
    "vox": HeaderlessFormat("vox", "Dialogic ADPCM (taken as 8 kHz)", 8000, 1, 2),
    "raw": HeaderlessFormat("sln", "PCM 16 bit (taken as 8 kHz)", 8000, 2, 1, "s16le"),
    **{
        f"g726-{rate}": HeaderlessFormat(
            f"g726-{rate}", f"G.726 {rate} kbit/s", 8000, rate // 8, 8
        )
        for rate in (16, 24, 32, 40)
    },
    **{
        name: HeaderlessFormat("sln", "PCM 16 bit", rate, 2, 1, "s16le")
        for name, rate in {
            "sln": 8000, "slin": 8000, "l16": 8000, "sln8": 8000, "sln12": 12_000,
            "sln16": 16_000, "sln24": 24_000, "sln32": 32_000, "sln44": 44_100,
            "sln48": 48_000, "sln96": 96_000, "sln192": 192_000,
        }.items()
    },
}  # fmt: skip


def find_format(content: bytes, name: str) -> HeaderlessFormat | None:
    """Return the format for the extension of ``name``; ``None`` for other content."""
    known = _FORMATS.get(name.rpartition(".")[2].lower()) if "." in name else None
    if known is None or len(content) < known.frame_bytes:
        return None
    if content.startswith(_OTHER_CONTENT) or content[257:262] == b"ustar" or is_form(content):
        return None
    if known is _GSM and not _is_gsm(content):
        return None
    return known


def is_form(content: bytes) -> bool:
    """Return whether ``content`` is a multipart form, which contains a file."""
    return content.startswith(b"--") and b"Content-Disposition:" in content[:1000]


def _is_gsm(content: bytes) -> bool:
    """Return whether the first frames begin with the four bits that every GSM frame begins with."""
    starts = range(0, min(len(content), 10 * _GSM_FRAME_BYTES), _GSM_FRAME_BYTES)
    return all(content[start] >> 4 == _GSM_MAGIC for start in starts)

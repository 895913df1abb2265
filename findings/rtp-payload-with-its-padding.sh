#!/usr/bin/env bash
# dpkt 1.9.8, scapy 2.8.0, aiortc 1.16.0: the payload of one RTP packet with 160 bytes of A-law.
#
# An RTP packet may list contributing sources (CC), carry a header extension (X) and end with padding (P), whose
# last byte is its length (RFC 3550, section 5.1). None of them belongs to the payload.
#
# Guess before the run: `data` of dpkt and the last layer of scapy are the 160 bytes in each case.
# Behaviour: dpkt leaves the extension in front of the payload (168 bytes) and the padding behind it (164). scapy
# splits the extension off and leaves the padding (164). A recording made of such payloads has a click in each
# packet. aiortc's own parser returns 160 bytes each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q dpkt==1.9.8 scapy==2.8.0 aiortc==1.16.0
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import struct

import dpkt
from aiortc.rtp import HeaderExtensionsMap, RtpPacket
from scapy.layers.rtp import RTP
from scapy.packet import Packet

PAYLOAD = bytes([0xD5]) * 160
EXTENSION = struct.pack(">HH", 0xBEDE, 1) + b"\x10\xaa\x00\x00"
PADDING = b"\x00\x00\x00\x04"


def packet(sources=0, extension=b"", padding=b""):
    first = 0x80 | (0x20 if padding else 0) | (0x10 if extension else 0) | sources
    head = struct.pack(">BBHII", first, 8, 7, 160, 0x1234) + b"\x00\x00\x00\x01" * sources
    return head + extension + PAYLOAD + padding


def last_layer(layer: Packet) -> bytes:
    while layer.payload:
        layer = layer.payload
    return bytes(layer)


for name, sent in {
    "plain": packet(),
    "sources": packet(sources=2),
    "extension": packet(extension=EXTENSION),
    "padding": packet(padding=PADDING),
}.items():
    own = RtpPacket.parse(sent, HeaderExtensionsMap()).payload
    print(name, "dpkt", len(dpkt.rtp.RTP(sent).data), "scapy", len(last_layer(RTP(sent))), "aiortc", len(own))
PYTHON
diff "$folder/output" - <<'EXPECTED'
plain dpkt 160 scapy 160 aiortc 160
sources dpkt 160 scapy 160 aiortc 160
extension dpkt 168 scapy 160 aiortc 160
padding dpkt 164 scapy 164 aiortc 160
EXPECTED

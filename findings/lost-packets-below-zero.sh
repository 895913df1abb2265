#!/usr/bin/env bash
# rtp.js 0.15.5 and werift-rtp 0.8.9 (npm), scapy 2.8.0 and aiortc 1.16.0 (PyPI): RTCP reports, from which the quality
# of calls is watched.
#
# RFC 3550: the cumulative number of packets lost is a signed number of 24 bits, below zero after duplicates. RTCP goes
# out in compound packets: a report first, then a description of the source, and a BYE at the end of the call.
#
# Guess before the run: all read -1, 5000 and 70000 lost packets, and all parts of a compound packet.
# Behaviour: rtp.js keeps 12 of the 24 bits, so 5000 lost packets are 904 and 70000 are 368. werift-rtp and scapy read
# -1 as 16777215. scapy reads the first part of a compound packet only and leaves the others as raw bytes. werift-rtp
# leaves out the BYE. aiortc reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rtp.js@0.15.5 werift-rtp@0.8.9
python3 -m venv venv
venv/bin/pip install -q scapy==2.8.0 aiortc==1.16.0
cat >packets.py <<'PYTHON'
import struct
import subprocess

from aiortc.rtp import RtcpPacket
from scapy.contrib.rtcp import RTCP


def packet(kind, count, body):
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body


def report(lost):
    block = struct.pack("!IB3sIIII", 2, 5, lost.to_bytes(3, "big", signed=True), 70000, 10, 0, 0)
    return packet(201, 1, struct.pack("!I", 1) + block)


description = packet(202, 1, struct.pack("!IBB5sB", 1, 1, 5, b"a@pbx", 0))
bye = packet(203, 1, struct.pack("!I", 1))
for lost in (-1, 5000, 70000):
    compound = report(lost) + description + bye
    parts = RtcpPacket.parse(compound)
    print(f"{lost}: aiortc {parts[0].reports[0].packets_lost}, {len(parts)} parts")
    layer = RTCP(compound)
    parts = [part for part in layer.layers() if part is RTCP]
    print(f"{lost}: scapy {layer.report_blocks[0].cumulative_lost}, {len(parts)} parts", flush=True)
    subprocess.run(["node", "packets.mjs", str(lost), compound.hex()], check=True)
PYTHON
cat >packets.mjs <<'JAVASCRIPT'
import rtp from "rtp.js";
import { RtcpPacketConverter } from "werift-rtp";

const [lost, text] = process.argv.slice(2);
const bytes = Buffer.from(text, "hex");
const compound = new rtp.packets.CompoundPacket(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
const parts = compound.getPackets();
console.log(`${lost}: rtp.js ${parts[0].getReports()[0].getTotalLost()}, ${parts.length} parts`);
const others = RtcpPacketConverter.deSerialize(bytes);
console.log(`${lost}: werift-rtp ${others[0].reports[0].packetsLost}, ${others.length} parts`);
JAVASCRIPT
venv/bin/python packets.py | tee output
diff output - <<'EXPECTED'
-1: aiortc -1, 3 parts
-1: scapy 16777215, 1 parts
-1: rtp.js 4095, 3 parts
-1: werift-rtp 16777215, 2 parts
5000: aiortc 5000, 3 parts
5000: scapy 5000, 1 parts
5000: rtp.js 904, 3 parts
5000: werift-rtp 5000, 2 parts
70000: aiortc 70000, 3 parts
70000: scapy 70000, 1 parts
70000: rtp.js 368, 3 parts
70000: werift-rtp 70000, 2 parts
EXPECTED

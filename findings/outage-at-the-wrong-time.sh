#!/usr/bin/env bash
# werift-rtp 0.8.9 and werift 0.25.2 (npm): speech by SRTP, as all of WebRTC is sent; pylibsrtp 1.0.0 (PyPI) sends it.
#
# The 16-bit sequence number of RTP starts again after 22 minutes of speech, or after a minute of video with 1000
# packets a second. How often it did is part of what a packet is encrypted with, and is not sent: a receiver takes the
# count that brings the number next to the highest one that it has (RFC 3711, 3.3.1), so 30000 lost packets do no harm.
#
# Guess before the run: after an outage of two or twelve seconds each packet is decrypted, wherever the outage was.
# Behaviour: if the number started again meanwhile, no packet is decrypted for the rest of the call. Each one is refused
# as not authentic, since both count a start only at the number 0 itself, or from one of the last 100 to one of the
# first 100. The same outage ten seconds earlier does no harm, and libsrtp itself decrypts it all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pylibsrtp==1.0.0
npm install --silent --no-audit --no-fund --ignore-scripts werift-rtp@0.8.9 werift@0.25.2
cat >send.py <<'PYTHON'
import struct

from pylibsrtp import Policy, Session

KEY = bytes(range(16)) + bytes(range(14))  # key and salt, of no use elsewhere
FIRST, COUNT = 64000, 5000
# (first number that is lost, packets that are lost): a packet is 20 ms
OUTAGES = [(64500, 600), (65500, 1), (65500, 50), (65500, 100), (65500, 150), (65200, 600), (64900, 636), (65536, 600)]


def packet(number):
    return struct.pack("!BBHII", 128, 0, number % 2**16, 160 * number % 2**32, 1) + bytes([number % 256]) * 160


sender = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_OUTBOUND))
sent = [sender.protect(packet(number)) for number in range(FIRST, FIRST + COUNT)]
for start, length in OUTAGES:
    start -= FIRST
    came = sent[:start] + sent[start + length :]
    with open(f"outage-{start + FIRST}-{length}", "wb") as file:
        for data in came:
            file.write(len(data).to_bytes(2, "big") + data)
    receiver = Session(Policy(key=KEY, ssrc_type=Policy.SSRC_ANY_INBOUND))
    texts = [receiver.unprotect(data) for data in came]
    print(start + FIRST, length, len(came) - start, sum(len(text) == 172 for text in texts[start:]))
PYTHON
cat >receive.mjs <<'JS'
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const bytes = (count) => Buffer.from(Array.from({ length: count }, (_, index) => index));
const keys = {
    localMasterKey: bytes(16), localMasterSalt: bytes(14), remoteMasterKey: bytes(16), remoteMasterSalt: bytes(14),
};

function* packets(file) {
    for (let data = readFileSync(file), at = 0; at < data.length; at += 2 + data.readUInt16BE(at))
        yield data.subarray(at + 2, at + 2 + data.readUInt16BE(at));
}

for (const line of readFileSync("sent", "utf8").trim().split("\n")) {
    const [start, lost, after, decrypted] = line.split(" ").map(Number);
    console.log(`numbers ${start} to ${start + lost - 1} are lost (65536 is 0 again), ${lost * 20} ms;`);
    console.log(`  of ${after} packets after it, libsrtp decrypts ${decrypted}`);
    for (const name of ["werift-rtp", "werift"]) {
        const { SrtpSession } = require(name);
        const session = new SrtpSession({ keys, profile: 1 });
        let came = 0, good = 0;
        const errors = new Set();
        for (const packet of packets(`outage-${start}-${lost}`)) {
            came++;
            const number = packet.readUInt16BE(2);
            try {
                const text = session.decrypt(packet);
                if (text.length != 172 || text[171] != number % 256) throw new Error("wrong text");
                if (came > start - 64000) good++;
            } catch (error) {
                errors.add(error.message);
            }
        }
        console.log(`  ${name} ${good}`, ...errors);
    }
}
JS
venv/bin/python send.py >sent
node receive.mjs | tee output
diff output - <<'EXPECTED'
numbers 64500 to 65099 are lost (65536 is 0 again), 12000 ms;
  of 3900 packets after it, libsrtp decrypts 3900
  werift-rtp 3900
  werift 3900
numbers 65500 to 65500 are lost (65536 is 0 again), 20 ms;
  of 3499 packets after it, libsrtp decrypts 3499
  werift-rtp 3499
  werift 3499
numbers 65500 to 65549 are lost (65536 is 0 again), 1000 ms;
  of 3450 packets after it, libsrtp decrypts 3450
  werift-rtp 3450
  werift 3450
numbers 65500 to 65599 are lost (65536 is 0 again), 2000 ms;
  of 3400 packets after it, libsrtp decrypts 3400
  werift-rtp 3400
  werift 3400
numbers 65500 to 65649 are lost (65536 is 0 again), 3000 ms;
  of 3350 packets after it, libsrtp decrypts 3350
  werift-rtp 0 Failed to authenticate SRTP packet
  werift 0 Failed to authenticate SRTP packet
numbers 65200 to 65799 are lost (65536 is 0 again), 12000 ms;
  of 3200 packets after it, libsrtp decrypts 3200
  werift-rtp 0 Failed to authenticate SRTP packet
  werift 0 Failed to authenticate SRTP packet
numbers 64900 to 65535 are lost (65536 is 0 again), 12720 ms;
  of 3464 packets after it, libsrtp decrypts 3464
  werift-rtp 3464
  werift 3464
numbers 65536 to 66135 are lost (65536 is 0 again), 12000 ms;
  of 2864 packets after it, libsrtp decrypts 2864
  werift-rtp 0 Failed to authenticate SRTP packet
  werift 0 Failed to authenticate SRTP packet
EXPECTED

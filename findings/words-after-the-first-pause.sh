#!/usr/bin/env bash
# opensip 0.2.1 and rfcvoip 2.10.3 (PyPI): SIP phones for Python; here how they hear speech by RTP, G.711 of 20 ms.
#
# A sender that has nothing to say may send nothing, and goes on with the next sequence number and a later timestamp
# (RFC 3550, 5.1; RFC 3551, 4.1). And no two clocks agree: two good ones may differ by 100 in a million.
#
# Expected: speech after a pause is heard as speech before it; a call of 10 minutes with a sender whose
# clock is 100 in a million slow has 60 ms of silence put in, in small pieces.
# Behaviour: of four words between two sessions of opensip only the first is heard. While nothing comes, it counts each
# 20 ms as a lost packet, and takes all that comes afterwards for late: from the first pause of 60 ms nothing is heard
# for the rest of the call. By a slow clock it ends after 8 minutes and 20 seconds, and where another source takes over
# with lower numbers: RTPSession calls push() and pop_pcm() of its buffer, as here, and never the buffer's reset().
# rfcvoip, read each 20 ms with `blocking=False`, is deaf as soon as a slow clock made packets 10 ms late, after 100 s;
# it counts what it could not give as read. aiortp 0.8.0, and pyVoIP 1.6.8 that rfcvoip comes from, hear it all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiortp==0.8.0 opensip==0.2.1 pyVoIP==1.6.8 rfcvoip==2.10.3
cat >run.py <<'PYTHON'
import asyncio
import struct

import pyVoIP.RTP
import rfcvoip.RTP
from aiortp.codecs import get_codec
from aiortp.playout import AdaptivePlayout
from opensip.jitter import JitterBuffer
from opensip.rtp import RTPSession

WORD = (1000).to_bytes(2, "little") * 160
ENCODED = get_codec(0).encode(WORD)


async def four_words():
    heard = []
    caller = RTPSession(local_addr=("127.0.0.1", 0))
    callee = RTPSession(local_addr=("127.0.0.1", 0), on_pcm=heard.append)
    await callee.start()
    await caller.start()
    caller.set_remote(callee.local_addr)
    for number in range(1, 5):
        heard.clear()
        caller.write_pcm(WORD * 50)
        await asyncio.sleep(1.5)
        print(f"word {number} of 1 s:", "heard" if any(any(frame) for frame in heard) else "not heard")
    await caller.stop()
    await callee.stop()
    print("at least 150 packets came too late for it:", callee.stats["jitter"]["late"] >= 150)


class Opensip:
    def __init__(self):
        self.buffer = JitterBuffer()

    def put(self, now, source, sequence, timestamp):
        self.buffer.push(sequence, WORD, rtp_timestamp=timestamp, arrival_time=now)

    def get(self, now):
        frame = self.buffer.pop_pcm()
        return frame is not None and any(frame)


class Rfcvoip:
    module = rfcvoip.RTP

    def __init__(self):
        send_and_receive = self.module.TransmitType.SENDRECV
        types = {0: self.module.PayloadType.PCMU}
        self.client = self.module.RTPClient(types, "127.0.0.1", 0, "127.0.0.1", 9, send_and_receive)

    def put(self, now, source, sequence, timestamp):
        self.client.parse_packet(struct.pack("!BBHII", 128, 0, sequence, timestamp, source) + ENCODED)

    def get(self, now):
        return self.client.read(160, blocking=False).count(128) < 160


class Pyvoip(Rfcvoip):
    module = pyVoIP.RTP


class Aiortp:
    def __init__(self):
        self.now = 0
        self.playout = AdaptivePlayout(get_codec(0), now=lambda: self.now)
        self.source = None

    def put(self, now, source, sequence, timestamp):
        self.now = now
        if source != self.source:
            self.source = source
            self.playout.reset()
        self.playout.put(timestamp, ENCODED)

    def get(self, now):
        self.now = now
        frame = self.playout.tick()
        return frame is not None and any(frame[0])


def listen(receiver, packets):
    """How many seconds are heard, and when the last of them."""
    packet = next(packets)
    heard, last, tick = 0, 0, 0
    while packet:
        now = 0.01 + 0.02 * tick
        tick += 1
        while packet and packet[0] <= now:
            receiver.put(*packet)
            packet = next(packets, None)
        if receiver.get(now):
            heard += 1
            last = now
    return heard * 0.02, last


def packets(seconds, pause=0.0, slow=0.0, sources=1):
    count = seconds * 50
    for number in range(count):
        later = number >= count // 2
        at = 0.02 * number * (1 + slow) + (pause if later else 0)
        source = int(later and sources > 1)
        yield at, source, (5000 - 4000 * source + number) % 2**16, 160 * number + int(8000 * (pause if later else 0))


asyncio.run(four_words())
for title, options in {
    "a call of 20 s": {"seconds": 20},
    "with a pause of 40 ms after 10 s": {"seconds": 20, "pause": 0.04},
    "with a pause of 60 ms after 10 s": {"seconds": 20, "pause": 0.06},
    "with a pause of 2 s after 10 s": {"seconds": 20, "pause": 2},
    "with another source after 10 s": {"seconds": 20, "sources": 2},
    "a call of 10 minutes by a clock that is 100 in a million slow": {"seconds": 600, "slow": 0.0001},
}.items():
    print(title)
    for receiver in (Opensip(), Rfcvoip(), Aiortp(), Pyvoip()):
        heard, last = listen(receiver, packets(**options))
        print(f"  {type(receiver).__name__.lower()}: {heard:.2f} s are heard, the last at {last:.2f} s")
PYTHON
venv/bin/python -W ignore run.py | tee output
diff output - <<'EXPECTED'
word 1 of 1 s: heard
word 2 of 1 s: not heard
word 3 of 1 s: not heard
word 4 of 1 s: not heard
at least 150 packets came too late for it: True
a call of 20 s
  opensip: 19.96 s are heard, the last at 19.99 s
  rfcvoip: 20.00 s are heard, the last at 19.99 s
  aiortp: 19.98 s are heard, the last at 19.99 s
  pyvoip: 20.00 s are heard, the last at 19.99 s
with a pause of 40 ms after 10 s
  opensip: 20.00 s are heard, the last at 20.03 s
  rfcvoip: 20.00 s are heard, the last at 20.03 s
  aiortp: 20.02 s are heard, the last at 20.03 s
  pyvoip: 20.00 s are heard, the last at 20.03 s
with a pause of 60 ms after 10 s
  opensip: 10.00 s are heard, the last at 10.03 s
  rfcvoip: 20.00 s are heard, the last at 20.05 s
  aiortp: 20.04 s are heard, the last at 20.05 s
  pyvoip: 20.00 s are heard, the last at 20.05 s
with a pause of 2 s after 10 s
  opensip: 10.00 s are heard, the last at 10.03 s
  rfcvoip: 20.00 s are heard, the last at 21.99 s
  aiortp: 20.02 s are heard, the last at 21.99 s
  pyvoip: 20.00 s are heard, the last at 21.99 s
with another source after 10 s
  opensip: 10.00 s are heard, the last at 10.03 s
  rfcvoip: 20.00 s are heard, the last at 19.99 s
  aiortp: 19.96 s are heard, the last at 19.99 s
  pyvoip: 20.00 s are heard, the last at 19.99 s
a call of 10 minutes by a clock that is 100 in a million slow
  opensip: 500.02 s are heard, the last at 500.05 s
  rfcvoip: 100.02 s are heard, the last at 100.01 s
  aiortp: 599.74 s are heard, the last at 600.05 s
  pyvoip: 600.00 s are heard, the last at 600.05 s
EXPECTED

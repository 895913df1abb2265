#!/usr/bin/env bash
# aiortp 0.8.0, pyVoIP 1.6.8, rfcvoip 2.10.3 and dtmf-py 0.1.3 (PyPI): keys of a telephone in RTP (RFC 4733).
#
# A key is sent as a row of packets with one timestamp, its start, and the end is sent three times, so that a lost
# packet loses no key. A packet that is the first of its key has the marker bit.
#
# Guess before the run: each receiver hears the PIN 1234 of each sender, whichever packet is lost.
# Behaviour: pyVoIP and rfcvoip look at the marker only, so one lost packet of 36 or 40 loses a key: 134 is heard for
# 1234, without an error. aiortp waits for the end, and hears all keys. Its own send_dtmf(), called without a timestamp,
# gives every key the timestamp 0, so that the other aiortp hears only the first: 1 for 1234. It sets the marker at the
# first packet of the end. dtmf-py sends the end twice, and states that a key starts 20 ms after the one before, which
# lasts 180 ms.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiortp==0.8.0 pyVoIP==1.6.8 rfcvoip==2.10.3 dtmf-py==0.1.3 \
    "audioop-lts==0.2.2; python_version >= '3.13'"
cat >run.py <<'PYTHON'
import asyncio
import random

import aiortp
import pyVoIP.RTP
import rfcvoip.RTP
from aiortp.dtmf import DtmfReceiver
from aiortp.packet import RtpPacket
from dtmf_py import DTMF


class Packets(asyncio.DatagramProtocol, list):
    def datagram_received(self, data, address):
        if data[1] & 127 == 101:
            self.append(data)


async def by_aiortp(*options):
    transport, packets = await asyncio.get_running_loop().create_datagram_endpoint(Packets, ("127.0.0.1", 0))
    session = await aiortp.RTPSession.create(("127.0.0.1", 0), transport.get_extra_info("sockname"), 0)
    for key, option in zip("1234", options):
        session.send_dtmf(key, **option)
    async with asyncio.timeout(10):
        while len(packets) < 40:
            await asyncio.sleep(0.01)
    await session.close()
    transport.close()
    return packets


def to_aiortp(packets):
    keys = []
    receiver = DtmfReceiver(lambda key, duration: keys.append(key))
    for packet in packets:
        receiver.handle_packet(RtpPacket.parse(packet))
    return "".join(keys)


def to_client(module, packets):
    keys = []
    types = {0: module.PayloadType.PCMU, 101: module.PayloadType.EVENT}
    client = module.RTPClient(types, "127.0.0.1", 0, "127.0.0.1", 9, module.TransmitType.SENDRECV, dtmf=keys.append)
    for packet in packets:
        client.parse_packet(packet)
    return "".join(keys)


receivers = {
    "aiortp": to_aiortp,
    "pyVoIP": lambda packets: to_client(pyVoIP.RTP, packets),
    "rfcvoip": lambda packets: to_client(rfcvoip.RTP, packets),
}
random.seed(1)  # dtmf-py takes the first sequence number from here
senders = {
    "aiortp": asyncio.run(by_aiortp(*({"timestamp": 1600 * number} for number in range(4)))),
    "aiortp, no timestamps": asyncio.run(by_aiortp({}, {}, {}, {})),
    "dtmf-py": DTMF.make_numbers_packets("1234"),
}
for sender, packets in senders.items():
    print(f"{sender}:", len(packets), "packets")
    shown = packets[: len(packets) // 4 + 1]
    print("  marker at", [number for number, packet in enumerate(shown) if packet[1] & 128])
    print("  end at", [number for number, packet in enumerate(shown) if packet[13] & 128])
    print("  timestamps", sorted({int.from_bytes(packet[4:8], "big") for packet in packets}))
    for receiver, hear in receivers.items():
        lossy = sorted({hear(packets[:lost] + packets[lost + 1 :]) for lost in range(len(packets))})
        print(f"  {receiver} hears {hear(packets)}; with one packet lost {' or '.join(lossy)}")
PYTHON
venv/bin/python -W ignore run.py | tee output
diff output - <<'EXPECTED'
aiortp: 40 packets
  marker at [7]
  end at [7, 8, 9]
  timestamps [0, 1600, 3200, 4800]
  aiortp hears 1234; with one packet lost 1234
  pyVoIP hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
  rfcvoip hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
aiortp, no timestamps: 40 packets
  marker at [7]
  end at [7, 8, 9]
  timestamps [0]
  aiortp hears 1; with one packet lost 1
  pyVoIP hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
  rfcvoip hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
dtmf-py: 36 packets
  marker at [0, 9]
  end at [7, 8]
  timestamps [1, 161, 321, 481]
  aiortp hears 1234; with one packet lost 1234
  pyVoIP hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
  rfcvoip hears 1234; with one packet lost 123 or 1234 or 124 or 134 or 234
EXPECTED

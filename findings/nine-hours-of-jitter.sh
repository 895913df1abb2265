#!/usr/bin/env bash
# aiortc 1.16.0, aiortp 0.8.0, rtpkit 0.3.0, opensip 0.2.1 (PyPI): what they say of a stream whose counters start again.
#
# The timestamp of RTP has 32 bits and begins anywhere, the sequence number has 16: the timestamp passes its end in one
# of 25 calls of an hour with Opus, the sequence number in each call of 22 minutes. Here speech comes evenly, a packet
# each 20 ms, and no packet is lost. RFC 3550 counts the jitter in 32 bits (A.8), and has receivers report the sequence
# number together with how often it started again (6.4.1).
#
# Guess before the run: neither is seen in the statistics, as with sip-doctor 0.8.0.
# Behaviour: at the packet where the timestamp starts again, all four say a jitter of 9.3 hours, aiortc and aiortp also
# to the peer, by RTCP; it takes 270 packets to come below 1 ms again. Where the sequence number starts again, aiortc
# tells the peer 0 after 65535, as if 65535 packets were taken back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiortc==1.16.0 aiortp==0.8.0 opensip==0.2.1 rtpkit==0.3.0 sip-doctor==0.8.0
cat >run.py <<'PYTHON'
import asyncio
import struct

import aiortp
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack, RTCRtpReceiver
from aiortc.rtp import RtcpPacket, RtpPacket
from opensip.jitter import JitterBuffer
from rtpkit import RtpStreamTracker, parse_rtp
from sipdoctor.rtp import RtpStream


class Peer(asyncio.DatagramProtocol):
    """The sender, as far as it gets reports; to aiortc also the connection that is set up."""

    state = "connected"
    _stats_id = "transport"

    def __init__(self):
        self.reports = asyncio.Queue()

    def _register_rtp_receiver(self, *_):
        pass

    _unregister_rtp_receiver = _register_rtp_receiver

    async def _send_rtp(self, data):
        self.datagram_received(data, None)

    def datagram_received(self, data, _):
        for packet in RtcpPacket.parse(data):
            for report in getattr(packet, "reports", []):
                self.reports.put_nowait(report)

    async def report(self):
        await asyncio.sleep(0.05)
        while not self.reports.empty():
            self.reports.get_nowait()  # it may have been made before the last packet
        report = await self.reports.get()
        return report.jitter, report.highest_sequence


async def by_aiortc(stream):
    peer = Peer()
    receiver = RTCRtpReceiver("audio", peer)
    receiver._track = RemoteStreamTrack(kind="audio")
    receiver._set_rtcp_ssrc(2)
    codec = RTCRtpCodecParameters(mimeType="audio/PCMU", clockRate=8000, channels=1, payloadType=0)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[codec]))
    for data in stream:
        await asyncio.sleep(0.02)
        await receiver._handle_rtp_packet(RtpPacket.parse(data), arrival_time_ms=0)
    report = await peer.report()
    await receiver.stop()
    return report


async def by_aiortp(stream):
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(Peer, ("127.0.0.1", 0))
    sender = ("127.0.0.1", transport.get_extra_info("sockname")[1] - 1)  # reports go to the next port
    session = await aiortp.RTPSession.create(("127.0.0.1", 0), sender, 0, rtcp_interval=0.5)
    for data in stream:
        await asyncio.sleep(0.02)
        session._handle_rtp(data, sender)
    report = await peer.report()
    await session.close()
    transport.close()
    return report


async def by_rtpkit(stream):
    tracker = RtpStreamTracker()
    for number, data in enumerate(stream):
        tracker.observe(parse_rtp(data), 0.02 * number, 8000)
    stats = tracker.stats(1)
    return stats.jitter, stats.highest_extended_sequence


async def by_opensip(stream):
    buffer = JitterBuffer()
    for number, data in enumerate(stream):
        sequence, timestamp = struct.unpack("!HI", data[2:8])
        buffer.push(sequence, data[12:], rtp_timestamp=timestamp, arrival_time=0.02 * number)
    return buffer.jitter_ms * 8, "-"


async def by_sip_doctor(stream):
    state = RtpStream("127.0.0.1", 1, "127.0.0.1", 2, 1, 0)
    for number, data in enumerate(stream):
        state.add(0.02 * number, data)
    return state.jitter, state.max_seq


def packet(sequence, timestamp):
    return struct.pack("!BBHII", 128, 0, sequence % 2**16, timestamp % 2**32, 1) + bytes([255]) * 160


async def main():
    streams = {
        "nothing starts again": (1000, 16000),
        "the timestamp starts again": (1000, -49 * 160),
        "the sequence number starts again": (-49, 16000),
    }
    for title, (sequence, timestamp) in streams.items():
        stream = [packet(sequence + number, timestamp + 160 * number) for number in range(50)]
        print(f"{title}:")
        for receive in (by_aiortc, by_aiortp, by_rtpkit, by_opensip, by_sip_doctor):
            jitter, highest = await receive(stream)
            print(f"  {receive.__name__[3:]}: jitter of {jitter / 8000 / 3600:.1f} hours, highest number {highest}")
    for count in (1, 101, 201, 271):
        stream = [packet(1000 + number, (number - 49) * 160) for number in range(49 + count)]
        jitter, _ = await by_rtpkit(stream)
        print(f"rtpkit, {count - 1} packets later: {jitter / 8000:.4g} s")


asyncio.run(main())
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
nothing starts again:
  aiortc: jitter of 0.0 hours, highest number 1049
  aiortp: jitter of 0.0 hours, highest number 1049
  rtpkit: jitter of 0.0 hours, highest number 1049
  opensip: jitter of 0.0 hours, highest number -
  sip_doctor: jitter of 0.0 hours, highest number 1049
the timestamp starts again:
  aiortc: jitter of 9.3 hours, highest number 1049
  aiortp: jitter of 9.3 hours, highest number 1049
  rtpkit: jitter of 9.3 hours, highest number 1049
  opensip: jitter of 9.3 hours, highest number -
  sip_doctor: jitter of 0.0 hours, highest number 1049
the sequence number starts again:
  aiortc: jitter of 0.0 hours, highest number 0
  aiortp: jitter of 0.0 hours, highest number 65536
  rtpkit: jitter of 0.0 hours, highest number 65536
  opensip: jitter of 0.0 hours, highest number -
  sip_doctor: jitter of 0.0 hours, highest number 65536
rtpkit, 0 packets later: 3.355e+04 s
rtpkit, 100 packets later: 52.83 s
rtpkit, 200 packets later: 0.08318 s
rtpkit, 270 packets later: 0.0009078 s
EXPECTED

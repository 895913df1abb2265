#!/usr/bin/env bash
# aiortp 0.8.0 (PyPI): speech by RTP with G.722, the codec of 16 kHz that nearly every desk telephone has.
#
# G.722 is sampled at 16 kHz, but its RTP timestamps count at 8 kHz, by an old mistake that became the rule (RFC 3551,
# 4.5.2): 160 for a packet of 20 ms. The package's own G722Codec says so.
#
# Expected: `send_audio_pcm_auto`, which counts the timestamps itself, goes on by 160, as the session has
# `clock_rate=8000`.
# Behaviour: it goes on by 320. rfcvoip 2.10.3 puts 20 ms of silence behind each 20 ms of speech, so that 4 s of it last
# 8 s, and so they do by the time stamps that aiortc 1.16.0 gives its frames. sip-doctor 0.8.0 says a jitter of 20 ms of
# packets that come evenly. With `send_audio_pcm` and timestamps that go on by 160 all is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiortc==1.16.0 aiortp==0.8.0 g722==1.2.8 rfcvoip==2.10.3 sip-doctor==0.8.0
cat >run.py <<'PYTHON'
import asyncio
import math
import struct

import aiortp
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack, RTCRtpReceiver
from aiortc.rtp import RtpPacket
from rfcvoip.RTP import PayloadType, RTPClient, TransmitType
from sipdoctor.rtp import RtpStream

COUNT = 200  # packets of 20 ms
TONE = [int(8000 * math.sin(math.pi * number / 8)) for number in range(320 * COUNT)]
FRAMES = [struct.pack("<320h", *TONE[320 * number : 320 * number + 320]) for number in range(COUNT)]


class Packets(asyncio.DatagramProtocol, list):
    def datagram_received(self, data, _):
        self.append(data)


class Transport:
    """What the receiver of aiortc asks of a connection that is set up."""

    state = "connected"
    _stats_id = "transport"

    def _register_rtp_receiver(self, *_):
        pass

    _unregister_rtp_receiver = _register_rtp_receiver

    async def _send_rtp(self, _):
        pass


async def send(by_itself):
    loop = asyncio.get_running_loop()
    transport, packets = await loop.create_datagram_endpoint(Packets, ("127.0.0.1", 0))
    address = transport.get_extra_info("sockname")
    session = await aiortp.RTPSession.create(
        ("127.0.0.1", 0), address, 9, codec=aiortp.get_codec(9), clock_rate=8000
    )
    for number, frame in enumerate(FRAMES):
        if by_itself:
            session.send_audio_pcm_auto(frame)
        else:
            session.send_audio_pcm(frame, 160 * number)
        while len(packets) <= number:
            await asyncio.sleep(0)
    await session.close()
    transport.close()
    return packets


async def to_aiortc(packets):
    receiver = RTCRtpReceiver("audio", Transport())
    track = receiver._track = RemoteStreamTrack(kind="audio")
    codec = RTCRtpCodecParameters(mimeType="audio/G722", clockRate=8000, channels=1, payloadType=9)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[codec]))
    for data in packets:
        await receiver._handle_rtp_packet(RtpPacket.parse(data), arrival_time_ms=0)
    await receiver.stop()
    times = []
    try:
        while True:
            frame = await asyncio.wait_for(track.recv(), 5)
            times.append(frame.pts * frame.time_base)
    except MediaStreamError:
        return float((times[-1] - times[0]) / (len(times) - 1))


def to_sip_doctor(packets):
    stream = RtpStream("127.0.0.1", 1, "127.0.0.1", 2, 1, 0)
    for number, data in enumerate(packets):
        stream.add(0.02 * number, data)
    return stream.jitter_ms


def to_rfcvoip(packets):
    client = RTPClient({9: PayloadType.G722}, "127.0.0.1", 0, "127.0.0.1", 9, TransmitType.SENDRECV)
    for data in packets:
        client.parse_packet(data)
    frames = [client.read(320, blocking=False) for _ in range(2 * COUNT)]  # 8 bits a sample, at 16 kHz
    return "".join("#" if max(frame) - min(frame) > 30 else "." for frame in frames).rstrip(".")


for title, by_itself in {"send_audio_pcm": False, "send_audio_pcm_auto": True}.items():
    packets = asyncio.run(send(by_itself))
    times = [int.from_bytes(data[4:8], "big") for data in packets]
    print(f"{title}: timestamps go on by", *{(later - time) % 2**32 for time, later in zip(times, times[1:])})
    print(f"  aiortc: a frame each {asyncio.run(to_aiortc(packets)):.3f} s")
    print(f"  sip-doctor: a jitter of {to_sip_doctor(packets):.1f} ms")
    heard = to_rfcvoip(packets)
    print(f"  rfcvoip: {len(heard) * 0.02:.2f} s, {heard[:60]}")
PYTHON
venv/bin/python -W ignore run.py | tee output
diff output - <<'EXPECTED'
send_audio_pcm: timestamps go on by 160
  aiortc: a frame each 0.020 s
  sip-doctor: a jitter of 0.0 ms
  rfcvoip: 4.00 s, ############################################################
send_audio_pcm_auto: timestamps go on by 320
  aiortc: a frame each 0.040 s
  sip-doctor: a jitter of 20.0 ms
  rfcvoip: 7.98 s, #.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.#.
EXPECTED

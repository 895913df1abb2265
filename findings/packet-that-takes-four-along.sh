#!/usr/bin/env bash
# aiortc 1.16.0 and aiortp 0.8.0 (PyPI): speech by RTP, of which one packet is lost.
#
# A packet of G.711 holds 20 ms of speech, and needs no other packet to be decoded. A receiver holds back some packets,
# in case they come in another order: here four, which are 80 ms.
#
# Guess before the run: of a lost packet 20 ms are missing, and the speech goes on with the delay that it had.
# Behaviour: 100 ms are missing. Both receivers wait for the lost packet until their buffer of 16 is full, and then drop
# the four good packets before it as well. The delay, 4 packets until then, is 14 for the rest of the call: 280 ms.
# Where packets are lost one by one, each takes its four along. aiortp has `skip_audio_gaps=True`, with which the
# good packets are heard in time; aiortc has no such option.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q aiortc==1.16.0 aiortp==0.8.0
cat >run.py <<'PYTHON'
import asyncio

import aiortp
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtcrtpreceiver import RemoteStreamTrack, RTCRtpReceiver
from aiortc.rtp import RtpPacket


class Transport:
    """What the receiver of aiortc asks of a connection that is set up."""

    state = "connected"
    _stats_id = "transport"

    def _register_rtp_receiver(self, *_):
        pass

    _unregister_rtp_receiver = _register_rtp_receiver

    async def _send_rtp(self, _):
        pass


def packets(numbers):
    for number in numbers:
        packet = RtpPacket(payload_type=0, sequence_number=number, timestamp=160 * number, ssrc=1)
        packet.payload = bytes([255]) * 160
        yield packet


async def by_aiortc(numbers):
    receiver = RTCRtpReceiver("audio", Transport())
    track = receiver._track = RemoteStreamTrack(kind="audio")
    codec = RTCRtpCodecParameters(mimeType="audio/PCMU", clockRate=8000, channels=1, payloadType=0)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[codec]))
    for packet in packets(numbers):
        await receiver._handle_rtp_packet(packet, arrival_time_ms=0)
    await receiver.stop()  # the decoder goes through what it has before it ends
    heard = []
    try:
        while True:
            heard.append((await asyncio.wait_for(track.recv(), 1)).pts // 160)
    except (MediaStreamError, TimeoutError):
        return heard


async def by_aiortp(numbers, **options):
    heard = []
    session = await aiortp.RTPSession.create(("127.0.0.1", 0), ("127.0.0.1", 9), 0, **options)
    session.on_audio = lambda payload, timestamp: heard.append(timestamp // 160)
    for packet in packets(numbers):
        session._handle_rtp(packet.serialize(), ("127.0.0.1", 9))
    await session.close()
    return heard


async def main():
    receivers = {
        "aiortc": by_aiortc,
        "aiortp": by_aiortp,
        "aiortp, skip_audio_gaps": lambda numbers: by_aiortp(numbers, skip_audio_gaps=True),
    }
    for lost in ([], [30], [30, 60, 90]):
        numbers = [number for number in range(120) if number not in lost]
        for name, receive in receivers.items():
            heard = await receive(numbers)
            missing = sorted(set(range(heard[-1])) - set(heard))
            print(f"lost {lost}, {name}: missing {missing},\n  at the end {119 - heard[-1]} packets late")


asyncio.run(main())
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
lost [], aiortc: missing [],
  at the end 4 packets late
lost [], aiortp: missing [],
  at the end 4 packets late
lost [], aiortp, skip_audio_gaps: missing [],
  at the end 4 packets late
lost [30], aiortc: missing [26, 27, 28, 29, 30],
  at the end 14 packets late
lost [30], aiortp: missing [26, 27, 28, 29, 30],
  at the end 14 packets late
lost [30], aiortp, skip_audio_gaps: missing [],
  at the end 4 packets late
lost [30, 60, 90], aiortc: missing [26, 27, 28, 29, 30, 56, 57, 58, 59, 60, 86, 87, 88, 89, 90],
  at the end 14 packets late
lost [30, 60, 90], aiortp: missing [26, 27, 28, 29, 30, 56, 57, 58, 59, 60, 86, 87, 88, 89, 90],
  at the end 14 packets late
lost [30, 60, 90], aiortp, skip_audio_gaps: missing [],
  at the end 4 packets late
EXPECTED

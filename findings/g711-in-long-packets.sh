#!/usr/bin/env bash
# ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1, PyPI) and GStreamer 1.22.0 (Debian 12): G.711 of a file, sent by RTP.
#
# Telephones send 20 ms of speech in a packet, which is RFC 3551's default for PCMU and PCMA, and an SDP states another
# duration as `a=ptime`. A duration is the step of the timestamps; 8 of them are one millisecond.
#
# Guess before the run: both send packets of 20 ms, or ffmpeg's SDP says how long they are.
# Behaviour: ffmpeg sends packets of 64 ms, and its SDP states no duration. GStreamer fills packets up to the MTU: 173.5
# and 82.5 ms by turns. A lost packet is then a lost syllable. With `asetnsamples=160` ffmpeg sends 20 ms, with
# `max-ptime=20000000` GStreamer sends 20 ms at most.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
python3 -m venv venv
venv/bin/pip install -q imageio-ffmpeg==0.8.1
apt-get -qq download gstreamer1.0-tools=1.22.0-2+deb12u1 libgstreamer1.0-0=1.22.0-2+deb12u1 \
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good libgstreamer-plugins-base1.0-0 \
    liborc-0.4-0 libdw1 libunwind8 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
cat >run.py <<'PYTHON'
import math
import os
import re
import socket
import struct
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg

[libraries] = {path.parent for path in Path("root").resolve().rglob("libgstreamer-1.0.so.0")}
environment = os.environ | {
    "LD_LIBRARY_PATH": str(libraries),
    "GST_PLUGIN_SYSTEM_PATH_1_0": str(libraries / "gstreamer-1.0"),
    "GST_PLUGIN_SCANNER": str(libraries / "gstreamer1.0/gstreamer-1.0/gst-plugin-scanner"),
    "GST_REGISTRY": str(Path("registry.bin").resolve()),
}
with wave.open("tone.wav", "wb") as file:
    file.setparams((1, 2, 8000, 0, "NONE", None))
    file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(n / 4))) for n in range(24_000)))


def durations(*command):
    """Return the SDP, if any, and the different durations of the packets but the last, in milliseconds."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        port = str(receiver.getsockname()[1])
        sender = [argument.replace("PORT", port) for argument in command]
        sdp = subprocess.run(sender, env=environment, capture_output=True, check=True, text=True).stdout
        receiver.settimeout(1)
        times = []
        try:
            while True:
                packet = receiver.recv(2048)
                if packet[1] & 127 == 0:  # PCMU; RTCP has other types
                    times.append(struct.unpack(">I", packet[4:8])[0])
        except TimeoutError:
            pass
    return sdp, sorted({(later - earlier) / 8 for earlier, later in zip(times, times[1:])})


ffmpeg = (imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-re", "-i", "tone.wav")
for options in ((), ("-af", "asetnsamples=160")):
    sdp, milliseconds = durations(*ffmpeg, *options, "-c:a", "pcm_mulaw", "-f", "rtp", "rtp://127.0.0.1:PORT")
    print("ffmpeg", *options, milliseconds, "ptime in the SDP:", re.findall("ptime.*", sdp))
source = ("root/usr/bin/gst-launch-1.0", "-q", "filesrc", "location=tone.wav", "!", "wavparse", "!", "mulawenc", "!")
for options in ((), ("max-ptime=20000000",)):
    _, milliseconds = durations(*source, "rtppcmupay", *options, "!", "udpsink", "host=127.0.0.1", "port=PORT")
    print("GStreamer", *options, milliseconds)
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
ffmpeg [64.0] ptime in the SDP: []
ffmpeg -af asetnsamples=160 [20.0] ptime in the SDP: []
GStreamer [82.5, 173.5]
GStreamer max-ptime=20000000 [16.0, 20.0]
EXPECTED

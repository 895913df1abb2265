#!/usr/bin/env bash
# aiortc 1.16.0: the session description of a SIP telephone.
#
# Static payload types need no rtpmap (RFC 3551, table 4): 0 is PCMU, 8 PCMA, 18 G.729. Telephones and gateways
# leave it out, and add `a=fmtp:18 annexb=no` for G.729.
#
# Guess before the run: `SessionDescription.parse` finds PCMU and PCMA in `m=audio 4000 RTP/AVP 0 8`.
# Behaviour: the media has no codec at all, without an error; only types with an rtpmap are found. With the fmtp
# line of type 18 the parser raises StopIteration, so `map(SessionDescription.parse, offers)` ends at that offer
# and drops the rest, without an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiortc==1.16.0
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
from aiortc.sdp import SessionDescription

SESSION = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"]

for lines in (
    ["m=audio 4000 RTP/AVP 0 8"],
    ["m=audio 4000 RTP/AVP 0 8", "a=rtpmap:8 PCMA/8000"],
    ["m=audio 4000 RTP/AVP 0 18", "a=fmtp:18 annexb=no"],
):
    try:
        [media] = SessionDescription.parse("\r\n".join([*SESSION, *lines, ""])).media
        print(lines, media.fmt, [codec.mimeType for codec in media.rtp.codecs])
    except StopIteration as error:
        print(lines, repr(error))

TEXTS = ["\r\n".join([*SESSION, "m=audio 4000 RTP/AVP 18", *more, ""]) for more in ([], ["a=fmtp:18 annexb=no"], [])]
print("parsed by map:", len(list(map(SessionDescription.parse, TEXTS))), "of", len(TEXTS))
PYTHON
diff "$folder/output" - <<'EXPECTED'
['m=audio 4000 RTP/AVP 0 8'] [0, 8] []
['m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:8 PCMA/8000'] [0, 8] ['audio/PCMA']
['m=audio 4000 RTP/AVP 0 18', 'a=fmtp:18 annexb=no'] StopIteration()
parsed by map: 1 of 3
EXPECTED

#!/usr/bin/env bash
# aiosipua 0.7.1: SIP addresses without angle brackets, and G.729 without rtpmap.
#
# Without `<>`, parameters behind an address belong to the header and not to the URI (RFC 3261, section 20). Gateways
# send `Contact: sip:100@…;expires=60` so.
#
# Guess before the run: `parse_address` puts `expires` where it puts it with brackets; `parse_sdp`, which knows the
# static payload types, keeps their fmtp.
# Behaviour: `tag` is a parameter of the header either way, but `expires` and `q` become parameters of the URI, so the
# registration's own lifetime is not seen. Static type 18 is named G729, but its `annexb=no` is kept only with an
# rtpmap; without it the default, yes, seems to hold. Escaped quotes of a display name stay escaped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiosipua==0.7.1
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
from aiosipua import parse_address, parse_sdp

for text in (
    "<sip:100@127.0.0.1>;expires=60",
    "sip:100@127.0.0.1;expires=60",
    "sip:100@127.0.0.1;q=0.7",
    "sip:100@127.0.0.1;tag=a",
):
    address = parse_address(text)
    print(text, "header", dict(address.params), "URI", dict(address.uri.params))
print("name:", parse_address(r'"Jane \"JD\" Doe" <sip:100@127.0.0.1>').display_name)

SESSION = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", "m=audio 4000 RTP/AVP 18"]
for lines in (["a=rtpmap:18 G729/8000", "a=fmtp:18 annexb=no"], ["a=fmtp:18 annexb=no"]):
    [codec] = parse_sdp("\r\n".join([*SESSION, *lines, ""])).media[0].codecs
    print(lines, codec.encoding_name, codec.fmtp)
PYTHON
diff "$folder/output" - <<'EXPECTED'
<sip:100@127.0.0.1>;expires=60 header {'expires': '60'} URI {}
sip:100@127.0.0.1;expires=60 header {} URI {'expires': '60'}
sip:100@127.0.0.1;q=0.7 header {} URI {'q': '0.7'}
sip:100@127.0.0.1;tag=a header {'tag': 'a'} URI {}
name: Jane \"JD\" Doe
['a=rtpmap:18 G729/8000', 'a=fmtp:18 annexb=no'] G729 annexb=no
['a=fmtp:18 annexb=no'] G729 None
EXPECTED

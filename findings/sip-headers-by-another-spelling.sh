#!/usr/bin/env bash
# pyVoIP 1.6.8: one INVITE, with its headers spelled in ways that SIP calls equal.
#
# SIP has compact names (`f` is From), needs no space behind the colon, and lets a header go on in the next
# line (RFC 3261, section 7.3). Telephones use all three.
#
# Guess before the run: `SIPMessage` reads the same From and Call-ID from each spelling.
# Behaviour: with compact names the message has no From and no Via, without an error. Without a space, or with a folded
# Subject, reading ends in IndexError. A display name keeps its closing quote: `Jane" `.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q pyVoIP==1.6.8
"$folder/venv/bin/python" - <<'PYTHON' | tee "$folder/output"
import pyVoIP.VoIP  # first: pyVoIP.SIP alone cannot be imported
from pyVoIP.SIP import SIPMessage

FIRST = "INVITE sip:79000000001@127.0.0.1 SIP/2.0"
PLAIN = {
    "via": "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1",
    "from": 'From: "Jane" <sip:100@127.0.0.1>;tag=a',
    "to": "To: <sip:79000000001@127.0.0.1>",
    "id": "Call-ID: 1@127.0.0.1",
    "cseq": "CSeq: 1 INVITE",
}
COMPACT = {"via": PLAIN["via"].replace("Via", "v"), "from": PLAIN["from"].replace("From", "f")}

for name, changed in {
    "plain": {},
    "compact": COMPACT,
    "no space": {"id": "Call-ID:1@127.0.0.1"},
    "folded": {"subject": "Subject: first\r\n second"},
}.items():
    text = "\r\n".join([FIRST, *(PLAIN | changed).values(), "Content-Length: 0", "", ""])
    try:
        headers = SIPMessage(text.encode()).headers
    except IndexError as error:
        print(name, repr(error))
        continue
    print(name, "From:", (headers.get("From") or {}).get("caller"), "Via:", len(headers["Via"]))
PYTHON
diff "$folder/output" - <<'EXPECTED'
plain From: Jane"  Via: 1
compact From: None Via: 0
no space IndexError('list index out of range')
folded IndexError('list index out of range')
EXPECTED

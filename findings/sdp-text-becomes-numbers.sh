#!/usr/bin/env bash
# sdp-transform 3.0.0 (npm): texts of a session description that consist of digits.
#
# A SIP gateway that offers one codec writes "m=audio 49170 RTP/AVP 8"; the user name in "o=" is often the
# caller's number; an ICE user fragment may be digits only.
#
# Guess before the run: payloads, username, iceUfrag and the session's name are texts, as the README shows
# payloads ("0 96").
# Behaviour: whatever looks like an integer without a leading zero becomes a number. With one codec
# `payloads` is a number and `payloads.split(" ")` raises TypeError, with two it is a text. A caller in
# international form is a number, in national form (with the trunk's 0) a text. ICE user fragments are
# numbers by chance, so a comparison with the text in a STUN packet fails for a few calls only.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" sdp-transform@3.0.0
cat >"$folder/parse.js" <<'JS'
const { parse } = require("sdp-transform");
const offer = (username, payloads, fragment) => parse([
  "v=0", `o=${username} 1 1 IN IP4 127.0.0.1`, "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
  `m=audio 49170 RTP/AVP ${payloads}`, "a=rtpmap:8 PCMA/8000", `a=ice-ufrag:${fragment}`, "",
].join("\r\n"));
for (const values of [["79000009001", "8", "4321"], ["09000009001", "8 0", "a321"]]) {
  const { origin, media } = offer(...values);
  const parsed = [origin.username, media[0].payloads, media[0].iceUfrag];
  console.log(values.map((value, index) => `${value}: ${typeof parsed[index]}`).join(", "));
}
JS
node "$folder/parse.js" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
79000009001: number, 8: number, 4321: number
09000009001: string, 8 0: string, a321: string
EXPECTED

#!/usr/bin/env bash
# pion sdp 3.0.6-1 (Debian 12, Go), aiortc 1.16.0 (PyPI), sdp 3.2.2 and sdp-transform 3.0.0 (npm): SDP of a fax by T.38.
#
# A telephone adapter offers `m=image … udptl t38` (RFC 6466) beside its audio. One that cannot send a fax now
# gives it port 0. A peer that knows no T.38 answers with port 0, and the call stays an audio call.
#
# Guess before the run: all of them read the audio, and name the other media or leave it out.
# Behaviour: pion and aiortc refuse the whole description, audio included, also where the fax has port 0. pion knows no
# `image`; aiortc expects a protocol in capitals and raises an AssertionError without a text. Both read a chat by MSRP.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -qq download golang-github-pion-sdp-dev=3.0.6-1 golang-github-pion-randutil-dev 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
mkdir -p go/src/run
cp -r root/usr/share/gocode/src/github.com go/src/
npm init -y >/dev/null
npm install --silent --no-audit --no-fund sdp@3.2.2 sdp-transform@3.0.0
python3 -m venv venv
venv/bin/pip install -q aiortc==1.16.0
cat >make.py <<'PYTHON'
from pathlib import Path

head = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"]
media = {
    "audio": ["m=audio 4000 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"],
    "fax": ["m=image 5000 udptl t38", "a=T38FaxVersion:0"],
    "no-fax": ["m=image 0 udptl t38"],
    "chat": ["m=message 7394 TCP/MSRP *"],
}
for names in ("audio", "audio fax", "audio no-fax", "audio chat"):
    lines = head + [line for name in names.split() for line in media[name]]
    Path(f"{names}.sdp").write_bytes("".join(f"{line}\r\n" for line in lines).encode())
PYTHON
cat >go/src/run/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/pion/sdp"
)

func main() {
	for _, path := range os.Args[1:] {
		text, _ := os.ReadFile(path)
		var description sdp.SessionDescription
		if err := description.Unmarshal(text); err != nil {
			fmt.Println("pion,", path, err)
			continue
		}
		fmt.Println("pion,", path, len(description.MediaDescriptions))
	}
}
GO
cat >run.py <<'PYTHON'
import sys
from pathlib import Path

from aiortc.sdp import SessionDescription

for path in sys.argv[1:]:
    try:
        outcome = len(SessionDescription.parse(Path(path).read_bytes().decode()).media)
    except AssertionError as error:
        outcome = repr(error)
    print("aiortc,", path, outcome)
PYTHON
cat >run.cjs <<'JAVASCRIPT'
const { readFileSync } = require("node:fs");
const sdp = require("sdp");
const { parse } = require("sdp-transform");

for (const path of process.argv.slice(2)) {
  const text = readFileSync(path, "latin1");
  console.log("sdp,", path, sdp.splitSections(text).slice(1).filter((media) => sdp.parseMLine(media)).length);
  console.log("sdp-transform,", path, parse(text).media.length);
}
JAVASCRIPT
python3 make.py
{
    GOPATH=$folder/go GO111MODULE=off GOCACHE=$folder/cache go run run *.sdp
    venv/bin/python run.py *.sdp
    node run.cjs *.sdp
} | tee output
diff output - <<'EXPECTED'
pion, audio chat.sdp 2
pion, audio fax.sdp sdp: invalid value `image`
pion, audio no-fax.sdp sdp: invalid value `image`
pion, audio.sdp 1
aiortc, audio chat.sdp 2
aiortc, audio fax.sdp AssertionError()
aiortc, audio no-fax.sdp AssertionError()
aiortc, audio.sdp 1
sdp, audio chat.sdp 2
sdp-transform, audio chat.sdp 2
sdp, audio fax.sdp 2
sdp-transform, audio fax.sdp 2
sdp, audio no-fax.sdp 2
sdp-transform, audio no-fax.sdp 2
sdp, audio.sdp 1
sdp-transform, audio.sdp 1
EXPECTED

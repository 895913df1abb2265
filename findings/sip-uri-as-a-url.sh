#!/usr/bin/env bash
# yarl 1.25.1, urllib3 2.8.0, furl 2.1.4, purl 1.6 and boltons 26.2.0 (PyPI), urijs 1.19.11 (npm): parsers of URLs, and
# the URIs of telephones, which RFC 3986 covers as well: a tel URI with an extension, a SIP URI of the user `a@b`, and
# one with a space in a header.
#
# Guess before the run: an unchanged URI is written as it was read.
# Behaviour: purl loses the scheme and what follows the semicolon, so the extension is gone. urllib3 adds `///`. yarl,
# furl and boltons, and urijs when it normalizes, write `a@b@pbx`, where a SIP parser refuses the second `@` or takes
# another host. furl and urijs write the space as `+`, which is a plus sign in SIP, and boltons leaves it unescaped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q yarl==1.25.1 urllib3==2.8.0 furl==2.1.4 purl==1.6 boltons==26.2.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund urijs@1.19.11
cat >write.py <<'PYTHON'
import boltons.urlutils
import furl
import purl
import urllib3
import yarl

WRITERS = {
    "yarl": lambda uri: str(yarl.URL(uri)),
    "urllib3": lambda uri: urllib3.util.parse_url(uri).url,
    "furl": lambda uri: furl.furl(uri).url,
    "purl": lambda uri: purl.URL(uri).as_string(),
    "boltons": lambda uri: boltons.urlutils.URL(uri).to_text(),
}
for name, write in WRITERS.items():
    for uri in ("tel:+7-495-100-10-10;ext=123", "sip:a%40b@pbx", "sip:100@pbx?subject=a%20b"):
        print(f"{name}: {uri} -> {write(uri)}")
PYTHON
cat >write.cjs <<'JAVASCRIPT'
const URI = require("urijs");
for (const uri of ["tel:+7-495-100-10-10;ext=123", "sip:a%40b@pbx", "sip:100@pbx?subject=a%20b"]) {
  console.log(`urijs: ${uri} -> ${URI(uri).normalize()}`);
}
JAVASCRIPT
{ venv/bin/python write.py && node write.cjs; } | tee output
diff output - <<'EXPECTED'
yarl: tel:+7-495-100-10-10;ext=123 -> tel:+7-495-100-10-10;ext=123
yarl: sip:a%40b@pbx -> sip:a@b@pbx
yarl: sip:100@pbx?subject=a%20b -> sip:100@pbx?subject=a%20b
urllib3: tel:+7-495-100-10-10;ext=123 -> tel:///+7-495-100-10-10;ext=123
urllib3: sip:a%40b@pbx -> sip:///a%40b@pbx
urllib3: sip:100@pbx?subject=a%20b -> sip:///100@pbx?subject=a%20b
furl: tel:+7-495-100-10-10;ext=123 -> tel:+7-495-100-10-10;ext=123
furl: sip:a%40b@pbx -> sip:a@b@pbx
furl: sip:100@pbx?subject=a%20b -> sip:100@pbx?subject=a+b
purl: tel:+7-495-100-10-10;ext=123 -> +7-495-100-10-10
purl: sip:a%40b@pbx -> a%40b@pbx
purl: sip:100@pbx?subject=a%20b -> 100@pbx?subject=a%20b
boltons: tel:+7-495-100-10-10;ext=123 -> tel:+7-495-100-10-10;ext=123
boltons: sip:a%40b@pbx -> sip:a@b@pbx
boltons: sip:100@pbx?subject=a%20b -> sip:100@pbx?subject=a b
urijs: tel:+7-495-100-10-10;ext=123 -> tel:+7-495-100-10-10;ext=123
urijs: sip:a%40b@pbx -> sip:a@b@pbx
urijs: sip:100@pbx?subject=a%20b -> sip:100@pbx?subject=a+b
EXPECTED

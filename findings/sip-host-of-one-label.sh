#!/usr/bin/env bash
# drachtio-srf 5.0.29 (npm): `parseUri` of addresses that the RFCs have as forms of SIP and tel URIs.
#
# Guess before the run: the parts of each URI come out right: host, port, parameters, and the context of a local number.
# Behaviour: if the host has no dot and the URI no port, the parameters become part of the host: `pbx;lr`, as in the
# Record-Route of a proxy in a local network. A tel URI loses its `phone-context` where that is a number, and
# the parameters behind it, so 1001010 of Moscow is 1001010 of anywhere. A port that is not given is NaN, and a URI
# whose scheme is in capitals is undefined.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent drachtio-srf@5.0.29 >/dev/null 2>&1
cat >run.cjs <<'JAVASCRIPT'
const { parseUri } = require("drachtio-srf");

for (const uri of ["sip:100@pbx.example;lr", "sip:100@pbx;lr", "sip:100@pbx:5060;lr", "sip:100@localhost;transport=tcp"]) {
  const { host, port, params } = parseUri(uri);
  console.log(uri, "->", host, port, JSON.stringify(params));
}
for (const context of ["mtt.example", "+7495", "+7495;ext=12"]) {
  const { number, context: found, params } = parseUri(`tel:1001010;phone-context=${context}`);
  console.log("tel", context, "->", number, found, JSON.stringify(params));
}
console.log("SIP", "->", parseUri("SIP:100@pbx.example"));
process.exit(0);
JAVASCRIPT
node run.cjs | tee output
diff output - <<'EXPECTED'
sip:100@pbx.example;lr -> pbx.example NaN {"lr":null}
sip:100@pbx;lr -> pbx;lr NaN {}
sip:100@pbx:5060;lr -> pbx 5060 {"lr":null}
sip:100@localhost;transport=tcp -> localhost;transport=tcp NaN {}
tel mtt.example -> 1001010 mtt.example {"phone-context":"mtt.example"}
tel +7495 -> 1001010 null {}
tel +7495;ext=12 -> 1001010 null {}
SIP -> undefined
EXPECTED

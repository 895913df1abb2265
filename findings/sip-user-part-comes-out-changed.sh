#!/usr/bin/env bash
# jssip 3.13.8 and sip.js 0.21.2 (npm): the user part of a SIP URI, read and written again.
#
# A short number is only unique with its context, so RFC 3966 writes it as `1234;phone-context=mtt.example`,
# and RFC 3261 (19.1.6) puts that into a SIP URI as it is: `;` and `=` may stand in the user part. It also
# says that a reserved character and its %HH are two different things. A password stands after a colon.
#
# Guess before the run: String(parse(uri)) is an equal URI, user is the number, and the password is apart.
# Behaviour: both write `1234%3Bphone-context%3Dmtt.example`, which a gateway takes for a user with a strange
# name, not for a number with a context. `user` holds `login:password` as one text, so what shows or logs
# the caller shows the password.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" jssip@3.13.8 sip.js@0.21.2
cat >"$folder/parse.mjs" <<'JS'
import { createRequire } from "module";
import { Grammar } from "sip.js";
const { URI } = createRequire(import.meta.url)("jssip");
for (const [name, parse] of [["jssip", (uri) => URI.parse(uri)], ["sip.js", (uri) => Grammar.URIParse(uri)]]) {
  const number = parse("sip:1234;phone-context=mtt.example@mtt.example;user=phone");
  console.log(name, number.user, String(number));
  console.log(name, "user:", parse("sip:anna:secret@mtt.example").user);
}
process.exit(0);
JS
node "$folder/parse.mjs" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
jssip 1234;phone-context=mtt.example sip:1234%3Bphone-context%3Dmtt.example@mtt.example;user=phone
jssip user: anna:secret
sip.js 1234;phone-context=mtt.example sip:1234%3Bphone-context%3Dmtt.example@mtt.example;user=phone
sip.js user: anna:secret
EXPECTED

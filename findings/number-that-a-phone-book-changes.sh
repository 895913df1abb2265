#!/usr/bin/env bash
# Five readers and writers of phone books (vCard): vobject 0.9.9 (PyPI), ical.js 2.2.1, vcf 2.1.2, vcard-parser 1.0.0
# and vcard4 4.0.5 (npm).
#
# A program which calls back takes the number out of a vCard, or reads a vCard and writes it again. In a text `,`
# (pause) and `;` (wait) are written `\,` and `\;`; TEL of vCard 4.0 is a text unless it says VALUE=uri (RFC 6350,
# 6.4.1). Section 3.4 can be read so that a URI has such escapes too, but the RFC's own examples (`geo:37.3,-122.0`,
# `data:image/jpeg;base64,...`) have none, and RFC 2426 (3.0) and vCard 2.1 know `\,` in neither a URI nor a number.
#
# Guess before the run: each library gives each number as it stands in the card, and writes it so that the others read
# the same one. An old library perhaps loses a TYPE, or does not know vCard 4.0 and raises an error.
# Behaviour: vobject cuts off what follows a comma, without an error: of the sound of a name (all of its data), of a SIP
# address in 3.0, and of a pause with an extension in 2.1, whose types it drops too. It writes a backslash
# before the `;ext=12` of a URI, and ical.js, vcf and vcard4 read that as a part of the number; as vobject removes its
# own backslash, a test with vobject alone does not see it. ical.js reads TEL of 4.0 without VALUE as a URI, so "wait,
# 12" gets a backslash, and two when it is written again; from a URI it drops VALUE=uri. vcf leaves backslashes in, and
# ends the parameters at a colon within quotes, as vcard-parser does, so a part of a label becomes the number.
# vcard-parser also cuts a URI in two. vcard4 forgets all TYPE but the last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check vobject==0.9.9 python-dateutil==2.9.0.post0 \
  pytz==2025.2 six==1.17.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ical.js@2.2.1 vcf@2.1.2 vcard-parser@1.0.0 vcard4@4.0.5

cat >cards.py <<'PYTHON'
"""Writes one card a file; and what vobject makes of it, as a second one."""
import vobject

PROPERTIES = ("TEL", "IMPP", "SOUND")
LINES = {
    "extension": ("4.0", "TEL;VALUE=uri;TYPE=work:tel:+7-495-000-00-01;ext=12"),
    "wait": ("4.0", r"TEL;TYPE=work:+74950000001\;12"),
    "label": ("4.0", 'TEL;VALUE=uri;X-LABEL="Desk: night":tel:+7-495-000-00-01'),
    "types": ("4.0", "TEL;VALUE=uri;TYPE=work;TYPE=fax:tel:+7-495-000-00-01"),
    "sound": ("4.0", "SOUND:data:audio/basic;base64,fn5+fn5+"),
    "sip": ("3.0", "IMPP:sip:desk,night@pbx.example;transport=tcp"),
    "pause": ("2.1", "TEL;WORK;VOICE:+74950000001,,12"),
}
for name, (version, line) in LINES.items():
    lines = ["BEGIN:VCARD", f"VERSION:{version}", "N:Desk;;;;", "FN:Desk", line, "END:VCARD", ""]
    card = "\r\n".join(lines)
    with open(f"{name}.vcf", "w", newline="") as file:
        file.write(card)
    read = vobject.readOne(card)
    written = read.serialize()
    with open(f"{name}-by-vobject.vcf", "w", newline="") as file:
        file.write(written)
    (value,) = [child.value for child in read.getChildren() if child.name in PROPERTIES]
    (line_written,) = [text for text in written.splitlines() if text.startswith(PROPERTIES)]
    print(f"{name}, vCard {version}: {line}")
    print(f"  vobject reads {value}")
    print(f"  vobject writes {line_written}")
PYTHON

cat >read.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import { parse } from "vcard4";
import parser from "vcard-parser";
import VCF from "vcf";

const load = (name) => readFileSync(`${name}.vcf`, "utf8");
const readers = {
  "ical.js": (card) => new ICAL.Component(ICAL.parse(card)).getFirstPropertyValue("tel"),
  vcf: (card) => new VCF().parse(card).get("tel").valueOf(),
  "vcard-parser": (card) => JSON.stringify(parser.parse(card).tel[0].value),
  vcard4: (card) => parse(card).getProperty("TEL")[0].value,
};
for (const name of ["extension", "extension-by-vobject", "wait", "label"]) {
  console.log(`${name}:`);
  for (const [library, read] of Object.entries(readers)) {
    console.log(`  ${library} reads ${read(load(name))}`);
  }
}
console.log("sound by ical.js:", new ICAL.Component(ICAL.parse(load("sound"))).getFirstPropertyValue("sound"));
console.log("sound by vcard4:", parse(load("sound")).getProperty("SOUND")[0].value);
console.log("types by vcard4:", JSON.stringify(parse(load("types")).getProperty("TEL")[0].parameters.TYPE));
for (const name of ["wait", "extension"]) {
  const written = ICAL.stringify(ICAL.parse(load(name)));
  console.log(`${name} written by ical.js:`, written.match(/^TEL.*$/m)[0].trim());
}
JAVASCRIPT
{
  venv/bin/python cards.py
  node read.mjs
} | tee output
diff output - <<'EXPECTED'
extension, vCard 4.0: TEL;VALUE=uri;TYPE=work:tel:+7-495-000-00-01;ext=12
  vobject reads tel:+7-495-000-00-01;ext=12
  vobject writes TEL;TYPE=work;VALUE=uri:tel:+7-495-000-00-01\;ext=12
wait, vCard 4.0: TEL;TYPE=work:+74950000001\;12
  vobject reads +74950000001;12
  vobject writes TEL;TYPE=work:+74950000001\;12
label, vCard 4.0: TEL;VALUE=uri;X-LABEL="Desk: night":tel:+7-495-000-00-01
  vobject reads tel:+7-495-000-00-01
  vobject writes TEL;VALUE=uri;X-LABEL="Desk: night":tel:+7-495-000-00-01
types, vCard 4.0: TEL;VALUE=uri;TYPE=work;TYPE=fax:tel:+7-495-000-00-01
  vobject reads tel:+7-495-000-00-01
  vobject writes TEL;TYPE=work,fax;VALUE=uri:tel:+7-495-000-00-01
sound, vCard 4.0: SOUND:data:audio/basic;base64,fn5+fn5+
  vobject reads data:audio/basic;base64
  vobject writes SOUND:data:audio/basic\;base64
sip, vCard 3.0: IMPP:sip:desk,night@pbx.example;transport=tcp
  vobject reads sip:desk
  vobject writes IMPP:sip:desk
pause, vCard 2.1: TEL;WORK;VOICE:+74950000001,,12
  vobject reads +74950000001
  vobject writes TEL:+74950000001
extension:
  ical.js reads tel:+7-495-000-00-01;ext=12
  vcf reads tel:+7-495-000-00-01;ext=12
  vcard-parser reads ["tel:+7-495-000-00-01","ext=12"]
  vcard4 reads tel:+7-495-000-00-01;ext=12
extension-by-vobject:
  ical.js reads tel:+7-495-000-00-01\;ext=12
  vcf reads tel:+7-495-000-00-01\;ext=12
  vcard-parser reads "tel:+7-495-000-00-01;ext=12"
  vcard4 reads tel:+7-495-000-00-01\;ext=12
wait:
  ical.js reads +74950000001\;12
  vcf reads +74950000001\;12
  vcard-parser reads "+74950000001;12"
  vcard4 reads +74950000001;12
label:
  ical.js reads tel:+7-495-000-00-01
  vcf reads  night":tel:+7-495-000-00-01
  vcard-parser reads " night\":tel:+7-495-000-00-01"
  vcard4 reads tel:+7-495-000-00-01
sound by ical.js: data:audio/basic;base64,fn5+fn5+
sound by vcard4: data:audio/basic;base64,fn5+fn5+
types by vcard4: "fax"
wait written by ical.js: TEL;TYPE=work:+74950000001\\;12
extension written by ical.js: TEL;TYPE=work:tel:+7-495-000-00-01;ext=12
EXPECTED

#!/usr/bin/env bash
# awesome-phonenumber 7.8.0 (npm): the country of a number that is written as it is dialled.
#
# Russia and Kazakhstan share the country code 7, the trunk prefix 8 and the prefix 8 10 to other countries; 8 701
# dials a mobile telephone in Kazakhstan from both. `parsePhoneNumber(text, { regionCode })` takes the region of the caller.
#
# Expected: `regionCode` and `countryCode` of what is parsed are those of the number, like its `e164`.
# Behaviour: where the text begins with a plus they are; otherwise they are those of the region dialled from: a number
# in Germany dialled with 8 10 is `valid`, "+49…", of region RU and country code 7. google-libphonenumber 3.2.47 and
# libphonenumber-js 1.13.16 give the number's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund \
    awesome-phonenumber@7.8.0 google-libphonenumber@3.2.47 libphonenumber-js@1.13.16
cat >numbers.mjs <<'JAVASCRIPT'
import { parsePhoneNumber } from "awesome-phonenumber";
import libphonenumber from "google-libphonenumber";
import parseMax from "libphonenumber-js/max";

const util = libphonenumber.PhoneNumberUtil.getInstance();
const numbers = [
  ["+7 701 123-45-67", "RU"], ["8 701 123-45-67", "RU"], ["8 495 123-45-67", "KZ"],
  ["+49 30 12345678", "RU"], ["8 10 49 30 12345678", "RU"], ["011 7 495 123-45-67", "US"],
];
for (const [text, region] of numbers) {
  const { valid, number, regionCode, countryCode } = parsePhoneNumber(text, { regionCode: region });
  const byGoogle = util.parse(text, region);
  const max = parseMax(text, region);
  console.log(`${text} from ${region}: valid ${valid}, ${number.e164}, ${regionCode} ${countryCode}`);
  const google = `google ${util.getRegionCodeForNumber(byGoogle)} ${byGoogle.getCountryCode()}`;
  console.log(`  ${google}, js ${max.country} ${max.countryCallingCode}`);
}
JAVASCRIPT
node numbers.mjs | tee output
diff output - <<'EXPECTED'
+7 701 123-45-67 from RU: valid true, +77011234567, KZ 7
  google KZ 7, js KZ 7
8 701 123-45-67 from RU: valid true, +77011234567, RU 7
  google KZ 7, js KZ 7
8 495 123-45-67 from KZ: valid true, +74951234567, KZ 7
  google RU 7, js RU 7
+49 30 12345678 from RU: valid true, +493012345678, DE 49
  google DE 49, js DE 49
8 10 49 30 12345678 from RU: valid true, +493012345678, RU 7
  google DE 49, js DE 49
011 7 495 123-45-67 from US: valid true, +74951234567, US 1
  google RU 7, js RU 7
EXPECTED

#!/usr/bin/env bash
# alawmulaw 6.0.0 (npm): encodeSample() of A-law and of mu-law.
#
# Both are said to return "the 8-bit sample".
#
# Guess before the run: both return 0 to 255, and decodeSample(encodeSample(s)) is close to s.
# Behaviour: alaw.encodeSample() returns 0 to 255. mulaw.encodeSample() returns -256 to -1, so a lookup in
# a table of 256, a comparison with 0xFF (silence) or Buffer.writeUInt8() fails: only what cuts off the
# upper bits by itself (a Uint8Array, Buffer.from) gets the right byte. mulaw.encode() is such a one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" alawmulaw@6.0.0
cat >"$folder/encode.js" <<'JS'
const { alaw, mulaw } = require("alawmulaw");
for (const [name, codec] of Object.entries({ alaw, mulaw })) {
  let [least, most] = [Infinity, -Infinity];
  for (let sample = -32768; sample < 32768; sample++) {
    const byte = codec.encodeSample(sample);
    [least, most] = [Math.min(least, byte), Math.max(most, byte)];
  }
  console.log(name, "encodeSample:", least, "to", most);
  console.log(name, "silence:", codec.encodeSample(0), "as a byte:", codec.encode(Int16Array.of(0))[0]);
}
try {
  Buffer.alloc(1).writeUInt8(mulaw.encodeSample(1000));
} catch (error) {
  console.log("writeUInt8:", error.code);
}
JS
node "$folder/encode.js" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
alaw encodeSample: 0 to 255
alaw silence: 213 as a byte: 213
mulaw encodeSample: -256 to -1
mulaw silence: -1 as a byte: 255
writeUInt8: ERR_OUT_OF_RANGE
EXPECTED

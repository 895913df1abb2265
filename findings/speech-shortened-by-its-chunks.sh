#!/usr/bin/env bash
# speex-resampler 3.0.1 and @purinton/resampler 1.0.4 (npm): speech made for a telephone line of 8 kHz, in pieces.
#
# Synthesized speech often has 24 kHz and comes in pieces of some fixed length. A resampler keeps its state from piece
# to piece, so the pieces must not matter. It must also remove what lies above 4 kHz, or a tone of 6 kHz comes out as
# one of 2 kHz.
#
# Guess before the run, of speex-resampler, and expected of the other: both give of any pieces what they give of one
# piece, and nothing of a tone of 6 kHz.
# Behaviour: speex-resampler has room for half a sample too little with pieces of some lengths, and drops the input that
# does not fit: 23 samples of 3 s from 24 kHz in pieces of 2048 bytes, 75 samples to 11.025 kHz in packets of 20 ms. A
# tone slips by a sample at every second or third piece. In one piece, or in pieces of 4096 bytes, it is right.
# @purinton/resampler does not mind the pieces, but filters nothing: 6 kHz come out as 2 kHz at full loudness, whatever
# its filterWindow is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . speex-resampler@3.0.1 @purinton/resampler@1.0.4
cat >run.mjs <<'JAVASCRIPT'
import { once } from "node:events";
import { Resampler } from "@purinton/resampler";
import speex from "speex-resampler";

const SpeexResampler = speex.default;
await SpeexResampler.initPromise;

function pieces(frequency, rate, size) {
  const tone = Int16Array.from({ length: rate * 3 }, (_, n) => 8000 * Math.sin((2 * Math.PI * frequency * n) / rate));
  const bytes = Buffer.from(tone.buffer);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

const samples = (parts) => new Int16Array(new Uint8Array(Buffer.concat(parts)).buffer);

function bySpeex(parts, from, to) {
  const resampler = new SpeexResampler(1, from, to);
  return samples(parts.map((part) => resampler.processChunk(part)));
}

async function byPurinton(parts, from, to, options = {}) {
  const resampler = new Resampler({ inRate: from, outRate: to, ...options });
  const output = [];
  resampler.on("data", (part) => output.push(part));
  for (const part of parts) resampler.write(part);
  resampler.end();
  await once(resampler, "end");
  return samples(output);
}

// The error against the tone that fits best, in percent of the tone, without the first and last 50 ms
function error(output, frequency, rate) {
  const middle = output.slice(rate / 20, -rate / 20);
  const angle = (n) => (2 * Math.PI * frequency * n) / rate;
  const share = (wave) => middle.reduce((sum, sample, n) => sum + sample * wave(angle(n)), 0) * (2 / middle.length);
  const [sine, cosine] = [share(Math.sin), share(Math.cos)];
  const fit = (n) => sine * Math.sin(angle(n)) + cosine * Math.cos(angle(n));
  const wrong = middle.reduce((sum, sample, n) => sum + (sample - fit(n)) ** 2, 0);
  const right = middle.reduce((sum, sample) => sum + sample ** 2, 0);
  return `${(100 * Math.sqrt(wrong / right)).toFixed(2)} %`;
}

for (const [from, to, size] of [[24000, 8000, 144000], [24000, 8000, 4096], [24000, 8000, 2048], [8000, 11025, 320]]) {
  const parts = pieces(1000, from, size);
  const lacking = (output) => `lacks ${to * 3 - output.length} samples, error ${error(output, 1000, to)}`;
  console.log(`${from} to ${to} Hz in ${size} bytes: speex-resampler ${lacking(bySpeex(parts, from, to))};`);
  console.log(`  @purinton/resampler ${lacking(await byPurinton(parts, from, to))}`);
}
const loudness = (output) => Math.round(Math.hypot(...output) / Math.sqrt(output.length));
const high = pieces(6000, 24000, 4096);
console.log("6 kHz: input", loudness(samples(high)), "speex-resampler", loudness(bySpeex(high, 24000, 8000)));
for (const filterWindow of [8, 64]) {
  const output = await byPurinton(high, 24000, 8000, { filterWindow });
  const rest = error(output, 2000, 8000);
  console.log(`  @purinton/resampler, filterWindow ${filterWindow}: ${loudness(output)}, 2 kHz but for ${rest}`);
}
JAVASCRIPT
node run.mjs | tee output
diff output - <<'EXPECTED'
24000 to 8000 Hz in 144000 bytes: speex-resampler lacks 0 samples, error 0.01 %;
  @purinton/resampler lacks 2 samples, error 0.01 %
24000 to 8000 Hz in 4096 bytes: speex-resampler lacks 0 samples, error 0.01 %;
  @purinton/resampler lacks 2 samples, error 0.01 %
24000 to 8000 Hz in 2048 bytes: speex-resampler lacks 23 samples, error 99.84 %;
  @purinton/resampler lacks 2 samples, error 0.01 %
8000 to 11025 Hz in 320 bytes: speex-resampler lacks 75 samples, error 99.89 %;
  @purinton/resampler lacks 11 samples, error 0.02 %
6 kHz: input 5657 speex-resampler 10
  @purinton/resampler, filterWindow 8: 5657, 2 kHz but for 0.00 %
  @purinton/resampler, filterWindow 64: 5657, 2 kHz but for 0.00 %
EXPECTED

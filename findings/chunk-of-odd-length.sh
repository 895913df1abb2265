#!/usr/bin/env bash
# wav 1.0.2, node-wav 0.0.2, wav-decoder 1.3.0, audio-decode 3.12.0, wav-file-info 0.0.10 and wavefile 11.0.0 (npm): WAV
# files of one second with other chunks beside `fmt ` and `data`, as editors and broadcasters write them.
#
# RIFF lets chunks come in any order, if `fmt ` is before `data`. A chunk of an odd length is followed by a byte of
# padding that its length does not count.
#
# Guess before the run: one second of sound from each file, or an error.
# Behaviour: wav, node-wav, wav-decoder and audio-decode do not step over the padding. wav then gives a format and no
# sound, without an error; the others raise an error that does not name the cause. wav-file-info takes all bytes of the
# file for sound, so a comment of 70000 letters makes a prompt of 5.4 s. wav and wav-file-info raise an error if `JUNK`
# comes first. wavefile reads all of them, as soundfile, scipy, miniaudio, PyAV and Python's wave do.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund wav@1.0.2 node-wav@0.0.2 wav-decoder@1.3.0 audio-decode@3.12.0 \
    wav-file-info@0.0.10 wavefile@11.0.0
cat >read.mjs <<'JAVASCRIPT'
import fs from "node:fs";
import decode from "audio-decode";
import nodeWav from "node-wav";
import wav from "wav";
import wavDecoder from "wav-decoder";
import wavFileInfo from "wav-file-info";
import wavefile from "wavefile";

const RATE = 8000;

function chunk(name, data) {
  const head = Buffer.alloc(8);
  head.write(name);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

const format = Buffer.alloc(16);
[1, 1].forEach((value, index) => format.writeUInt16LE(value, 2 * index));
[RATE, 2 * RATE].forEach((value, index) => format.writeUInt32LE(value, 4 + 4 * index));
[2, 16].forEach((value, index) => format.writeUInt16LE(value, 12 + 2 * index));
const samples = Int16Array.from({ length: RATE }, (_, index) => 10000 * Math.sin((2 * Math.PI * 400 * index) / RATE));
const [fmt, data] = [chunk("fmt ", format), chunk("data", Buffer.from(samples.buffer))];
const comment = chunk("LIST", Buffer.concat([Buffer.from("INFO"), chunk("ICMT", Buffer.alloc(70000, "x"))]));
const FILES = {
  plain: [fmt, data],
  "comment of 70000 letters": [fmt, comment, data],
  "odd chunk": [fmt, chunk("note", Buffer.from("abc")), data],
  "JUNK first": [chunk("JUNK", Buffer.alloc(28)), fmt, data],
};
const seconds = (number) => `${Math.round((1000 * number) / RATE) / 1000} s`;
const READERS = {
  wav: (path) =>
    new Promise((resolve, reject) => {
      let length = 0;
      const reader = new wav.Reader().on("data", (part) => (length += part.length));
      reader.on("end", () => resolve(seconds(length / 2))).on("error", reject);
      fs.createReadStream(path).pipe(reader);
    }),
  "node-wav": (path) => seconds(nodeWav.decode(fs.readFileSync(path)).channelData[0].length),
  "wav-decoder": async (path) => seconds((await wavDecoder.decode(fs.readFileSync(path))).length),
  "audio-decode": async (path) => seconds((await decode(fs.readFileSync(path))).channelData[0].length),
  "wav-file-info": (path) =>
    new Promise((resolve, reject) => {
      const finish = (error, info) => (error ? reject(error) : resolve(seconds(info.duration * RATE)));
      wavFileInfo.infoByFilename(path, finish);
    }),
  wavefile: (path) => seconds(new wavefile.WaveFile(fs.readFileSync(path)).getSamples().length),
};
for (const [name, chunks] of Object.entries(FILES)) {
  const body = Buffer.concat([Buffer.from("WAVE"), ...chunks]);
  fs.writeFileSync("prompt.wav", chunk("RIFF", body));
  for (const [reader, read] of Object.entries(READERS)) {
    const result = await Promise.resolve("prompt.wav").then(read).catch(() => "error");
    console.log(`${name}: ${reader} ${result}`);
  }
}
JAVASCRIPT
node read.mjs | tee output
diff output - <<'EXPECTED'
plain: wav 1 s
plain: node-wav 1 s
plain: wav-decoder 1 s
plain: audio-decode 1 s
plain: wav-file-info 1.002 s
plain: wavefile 1 s
comment of 70000 letters: wav 1 s
comment of 70000 letters: node-wav 1 s
comment of 70000 letters: wav-decoder 1 s
comment of 70000 letters: audio-decode 1 s
comment of 70000 letters: wav-file-info 5.379 s
comment of 70000 letters: wavefile 1 s
odd chunk: wav 0 s
odd chunk: node-wav error
odd chunk: wav-decoder error
odd chunk: audio-decode error
odd chunk: wav-file-info 1.003 s
odd chunk: wavefile 1 s
JUNK first: wav error
JUNK first: node-wav 1 s
JUNK first: wav-decoder 1 s
JUNK first: audio-decode 1 s
JUNK first: wav-file-info error
JUNK first: wavefile 1 s
EXPECTED

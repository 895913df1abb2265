#!/usr/bin/env bash
# Node 24.21.0's node:test (npm package node) and @sinonjs/fake-timers 15.5.0 (npm): a program that asks for a call's
# state once a second, under a clock of the test that goes on by five seconds.
#
# Guess before the run: with `mock.timers.tick(5000)` the program asks five times, at 1000, 2000 and so on, as with
# @sinonjs/fake-timers.
# Behaviour: where each question sets the timer of the next one, the program asks once in the five seconds, and is told
# that it is 5000. With an interval it asks five times, and each time it is 5000, so a timeout of three seconds that the
# program measures by Date is over at once. Five times `tick(1000)` does what was guessed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @sinonjs/fake-timers@15.5.0
cat >poll.mjs <<'JAVASCRIPT'
import { mock } from "node:test";
import FakeTimers from "@sinonjs/fake-timers";

function poll(name, tick) {
  const first = Date.now();
  const chained = [];
  const repeated = [];
  const ask = () => {
    chained.push(Date.now() - first);
    setTimeout(ask, 1000);
  };
  setTimeout(ask, 1000);
  setInterval(() => repeated.push(Date.now() - first), 1000);
  tick();
  console.log(`${name}: timers at ${chained}, interval at ${repeated}`);
}

const clock = FakeTimers.install({ now: 0 });
poll("fake-timers, tick(5000)", () => clock.tick(5000));
clock.uninstall();
for (const [name, times, length] of [["tick(5000)", 1, 5000], ["5 x tick(1000)", 5, 1000]]) {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  poll(`node:test, ${name}`, () => {
    for (let time = 0; time < times; time += 1) mock.timers.tick(length);
  });
  mock.timers.reset();
}
JAVASCRIPT
node_modules/.bin/node --no-warnings poll.mjs | tee output
diff output - <<'EXPECTED'
fake-timers, tick(5000): timers at 1000,2000,3000,4000,5000, interval at 1000,2000,3000,4000,5000
node:test, tick(5000): timers at 5000, interval at 5000,5000,5000,5000,5000
node:test, 5 x tick(1000): timers at 1000,2000,3000,4000,5000, interval at 1000,2000,3000,4000,5000
EXPECTED

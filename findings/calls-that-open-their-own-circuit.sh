#!/usr/bin/env bash
# opossum 10.0.0 (npm): a circuit breaker in front of a JSON-RPC method, with a limit of calls at a time.
#
# `capacity` is the number of calls that run at the same time; what is over it is rejected with ESEMLOCKED and not sent.
# Here 12 calls are made at once with a capacity of 5, to a service that answers every call.
#
# Expected: five calls succeed and seven are rejected, the circuit stays closed, and the next call is made.
# Behaviour: the rejected calls count as failures of the service, and open the circuit: then nothing is sent for 30 s,
# though no call has failed, also with a `volumeThreshold`. An `errorFilter` for ESEMLOCKED keeps it closed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 opossum@10.0.0
cat >burst.mjs <<'JAVASCRIPT'
import { setTimeout as sleep } from "node:timers/promises";
import CircuitBreaker from "opossum";

const variants = {
  capacity: {},
  "capacity, volumeThreshold": { volumeThreshold: 10 },
  "capacity, errorFilter": { errorFilter: (error) => error.code === "ESEMLOCKED" },
};
for (const [name, options] of Object.entries(variants)) {
  let sent = 0;
  const answer = async () => {
    sent += 1;
    await sleep(200);
    return "answered";
  };
  const breaker = new CircuitBreaker(answer, { capacity: 5, ...options });
  const fire = () => breaker.fire().catch((error) => error.code);
  const answers = await Promise.all(Array.from({ length: 12 }, fire));
  const counts = {};
  for (const one of answers) counts[one] = (counts[one] ?? 0) + 1;
  const state = breaker.opened ? "open" : "closed";
  console.log(`${name}: ${JSON.stringify(counts)}, ${state}, next call ${await fire()}, ${sent} sent`);
  breaker.shutdown();
}
JAVASCRIPT
node_modules/.bin/node burst.mjs | tee output
diff output - <<'EXPECTED'
capacity: {"answered":5,"ESEMLOCKED":6,"EOPENBREAKER":1}, open, next call EOPENBREAKER, 5 sent
capacity, volumeThreshold: {"answered":5,"ESEMLOCKED":6,"EOPENBREAKER":1}, open, next call EOPENBREAKER, 5 sent
capacity, errorFilter: {"answered":5,"ESEMLOCKED":7}, closed, next call answered, 6 sent
EXPECTED

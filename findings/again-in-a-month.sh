#!/usr/bin/env bash
# axios-retry 4.5.0 and retry-axios 4.0.3 with axios 1.21.1 (npm): they repeat a request that was refused for now, and
# heed Retry-After.
#
# Where the quota of a month is used up, a server answers 429 and says by Retry-After when the next month begins. A
# client that heeds the header waits, or gives up at once.
#
# Guess before the run: after 20 days and after 30 days alike, no client asks again within a second.
# Behaviour: after 30 days axios-retry asks three times more and gives up, all within a second, and so does retry-axios
# where `maxRetryAfter` lets it wait so long. Their pause is one timer, and a timer of more than 2^31-1 ms (24.8 days)
# of Node and of browsers runs out after 1 ms. ky 2.1.0 waits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund axios@1.21.1 axios-retry@4.5.0 retry-axios@4.0.3 ky@2.1.0
cat >call.mjs <<'JAVASCRIPT'
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import axios from "axios";
import axiosRetry, { exponentialDelay, isRetryableError } from "axios-retry";
import ky from "ky";
import * as rax from "retry-axios";

const DAY = 86_400;
const [days, written, name] = process.argv.slice(2);
const after = written === "date" ? new Date(Date.now() + days * DAY * 1000).toUTCString() : String(days * DAY);
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  request.resume();
  response.writeHead(429, { "Retry-After": after });
  response.end();
});
await once(server.listen(0, "127.0.0.1"), "listening");
const url = `http://127.0.0.1:${server.address().port}/`;
const call = { jsonrpc: "2.0", id: 1, method: "call", params: ["74950000001", "74950000002"] };

const client = axios.create();
const clients = {
  ky: () => ky.post(url, { json: call, retry: { methods: ["post"] } }),
  "axios-retry": () => {
    axiosRetry(client, { retryCondition: isRetryableError });
    return client.post(url, call);
  },
  "axios-retry, exponentialDelay": () => {
    axiosRetry(client, { retryCondition: isRetryableError, retryDelay: exponentialDelay });
    return client.post(url, call);
  },
  "retry-axios": () => {
    rax.attach(client);
    return client.post(url, call, { raxConfig: { httpMethodsToRetry: ["POST"] } });
  },
  "retry-axios, maxRetryAfter": () => {
    rax.attach(client);
    return client.post(url, call, { raxConfig: { httpMethodsToRetry: ["POST"], maxRetryAfter: 60 * DAY * 1000 } });
  },
};
const end = await Promise.race([clients[name]().catch(() => "gives up"), sleep(1000, "has not given up")]);
console.log(`  ${name}: asked ${asked}, ${end}`);
process.exit();
JAVASCRIPT
for days in 20 30; do for written in seconds date; do
  echo "Retry-After of $days days, as ${written/date/a date}"
  for client in ky axios-retry "axios-retry, exponentialDelay" retry-axios "retry-axios, maxRetryAfter"; do
    node --no-warnings call.mjs "$days" "$written" "$client"
  done
done; done | tee output
diff output - <<'EXPECTED'
Retry-After of 20 days, as seconds
  ky: asked 1, has not given up
  axios-retry: asked 1, has not given up
  axios-retry, exponentialDelay: asked 1, has not given up
  retry-axios: asked 1, gives up
  retry-axios, maxRetryAfter: asked 1, has not given up
Retry-After of 20 days, as a date
  ky: asked 1, has not given up
  axios-retry: asked 1, has not given up
  axios-retry, exponentialDelay: asked 1, has not given up
  retry-axios: asked 1, gives up
  retry-axios, maxRetryAfter: asked 1, has not given up
Retry-After of 30 days, as seconds
  ky: asked 1, has not given up
  axios-retry: asked 4, gives up
  axios-retry, exponentialDelay: asked 4, gives up
  retry-axios: asked 1, gives up
  retry-axios, maxRetryAfter: asked 4, gives up
Retry-After of 30 days, as a date
  ky: asked 1, has not given up
  axios-retry: asked 4, gives up
  axios-retry, exponentialDelay: asked 4, gives up
  retry-axios: asked 1, gives up
  retry-axios, maxRetryAfter: asked 4, gives up
EXPECTED

#!/usr/bin/env bash
# msw 3.0.5 and undici 8.13.1 under Node 24.21.0: requests of the undici package beside Node's own fetch.
#
# msw intercepts Node's fetch and node:http. Here it has a mock for one URL, and refuses any request without a mock
# (`onUnhandledRequest: "error"`). A server listens at that URL, so an answer shows who gave it.
#
# Guess before the run: requests of undici are mocked, or all of them reach the server, as undici is not
# node:http. nock 15.0.6 is asked as well.
# Behaviour: under msw, undici's requests reach the server when they come first, silently. After one call of Node's fetch,
# some are mocked: fetch and the package share their pool of connections, and a connection that was opened by
# fetch is a mocked one. With four requests they alternate between real and mocked. nock mocks all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 msw@3.0.5 nock@15.0.6 undici@8.13.1
cat >requests.mjs <<'JAVASCRIPT'
import http from "node:http";
import { request } from "undici";

const [tool, ...order] = process.argv.slice(2);
const server = http.createServer((_, response) => response.end("real")).listen(0, "127.0.0.1");
await new Promise((resolve) => server.on("listening", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
if (tool === "msw") {
  const { HttpResponse, http: mock } = await import("msw");
  const { setupServer } = await import("msw/node");
  setupServer(mock.get(`${origin}/`, () => HttpResponse.text("mock"))).listen({ onUnhandledRequest: "error" });
} else {
  const { default: nock } = await import("nock");
  nock.disableNetConnect();
  nock(origin).get("/").reply(200, "mock").persist();
}
const clients = {
  fetch: async () => (await fetch(`${origin}/`)).text(),
  undici: async () => (await request(`${origin}/`)).body.text(),
};
const answers = [];
for (const client of order) answers.push(`${client} ${await clients[client]()}`);
console.log(`${tool}: ${answers.join(", ")}`);
process.exit();
JAVASCRIPT
for tool in msw nock; do
    node_modules/.bin/node requests.mjs $tool undici undici
    node_modules/.bin/node requests.mjs $tool fetch undici undici undici
done | tee output
diff output - <<'EXPECTED'
msw: undici real, undici real
msw: fetch mock, undici real, undici mock, undici real
nock: undici mock, undici mock
nock: fetch mock, undici mock, undici mock, undici mock
EXPECTED

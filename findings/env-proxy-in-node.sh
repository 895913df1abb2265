#!/usr/bin/env bash
# Node 24.21.0 with NODE_USE_ENV_PROXY=1 beside needle 3.5.0, superagent 10.4.2, axios 1.21.1 and got 14.6.6
# (npm): which requests go through the proxy of HTTP_PROXY.
#
# With the variable, Node's own HTTP client heeds HTTP_PROXY. needle and axios have done so by themselves for years.
# A proxy and a server listen here, and the answer says which of them the request reached.
#
# Guess before the run: all requests reach the proxy, as they would with curl.
# Behaviour: needle can send no request. It connects to the proxy with the server's name in Host, and Node refuses that
# as a mismatch. Without the variable needle works. superagent goes past the proxy without a word, and so does a request
# with an Agent of the application's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 needle@3.5.0 superagent@10.4.2 axios@1.21.1 got@14.6.6
cat >servers.mjs <<'JAVASCRIPT'
import { spawn } from "node:child_process";
import http from "node:http";

const urls = [];
for (const name of ["proxy", "server"]) {
  const listener = http.createServer((request, response) => {
    request.resume().on("end", () => response.end(`"${name}"`));
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  urls.push(`http://127.0.0.1:${listener.address().port}`);
}
const [HTTP_PROXY, server] = urls;
const environment = { ...process.env, HTTP_PROXY, http_proxy: HTTP_PROXY, NO_PROXY: "", no_proxy: "" };
for (const NODE_USE_ENV_PROXY of ["0", "1"]) {
  for (const client of ["http", "agent", "needle", "superagent", "axios", "got"]) {
    const env = { ...environment, NODE_USE_ENV_PROXY };
    const child = spawn(process.execPath, ["client.mjs", client, server], { env, stdio: "inherit" });
    await new Promise((resolve) => child.on("exit", resolve));
  }
}
process.exit();
JAVASCRIPT
cat >client.mjs <<'JAVASCRIPT'
import http from "node:http";
import axios from "axios";
import got from "got";
import needle from "needle";
import superagent from "superagent";

const [name, url] = process.argv.slice(2);
const post = (options) => new Promise((resolve, reject) => {
  const request = http.request(url, { method: "POST", ...options }, async (response) => {
    resolve(JSON.parse((await response.toArray()).join("")));
  });
  request.on("error", reject).end("{}");
});
const clients = {
  http: () => post({}),
  agent: () => post({ agent: new http.Agent({ keepAlive: true }) }),
  needle: async () => JSON.parse((await needle("post", url, {}, { json: true })).body),
  superagent: async () => JSON.parse((await superagent.post(url).send({}).buffer(true)).text),
  axios: async () => (await axios.post(url, {})).data,
  got: () => got.post(url, { json: {}, retry: { limit: 0 } }).json(),
};
const answer = await clients[name]().catch((error) => `${error.code}`);
console.log(`NODE_USE_ENV_PROXY=${process.env.NODE_USE_ENV_PROXY}, ${name}: ${answer}`);
process.exit();
JAVASCRIPT
node_modules/.bin/node servers.mjs | tee output
diff output - <<'EXPECTED'
NODE_USE_ENV_PROXY=0, http: server
NODE_USE_ENV_PROXY=0, agent: server
NODE_USE_ENV_PROXY=0, needle: proxy
NODE_USE_ENV_PROXY=0, superagent: server
NODE_USE_ENV_PROXY=0, axios: proxy
NODE_USE_ENV_PROXY=0, got: server
NODE_USE_ENV_PROXY=1, http: proxy
NODE_USE_ENV_PROXY=1, agent: server
NODE_USE_ENV_PROXY=1, needle: ERR_INVALID_ARG_VALUE
NODE_USE_ENV_PROXY=1, superagent: server
NODE_USE_ENV_PROXY=1, axios: proxy
NODE_USE_ENV_PROXY=1, got: proxy
EXPECTED

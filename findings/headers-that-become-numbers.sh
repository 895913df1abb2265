#!/usr/bin/env bash
# @opentelemetry/instrumentation-http 0.301.0 and dd-trace 6.21.0 (npm): they measure the HTTP calls of a program, and
# add a header with the id of the trace. proxy-chain 3.0.1 (npm) is a proxy server.
#
# Node's http.request takes headers as an object, or as an array of names and values by turns, the form of rawHeaders;
# proxy-chain passes on calls in that form, so that the headers stay as they came.
#
# Expected: what is measured sends the same headers as before, and one more.
# Behaviour: under both, an array becomes an object with its indexes: the headers that go out are called "0", "1", "2",
# and their values are the names and values by turns. So a call has no login and no type any more, and neither has any
# call that proxy-chain passes on. Headers as an object go out as they are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @opentelemetry/api@1.10.0 \
  @opentelemetry/instrumentation@0.301.0 @opentelemetry/instrumentation-http@0.301.0 dd-trace@6.21.0 proxy-chain@3.0.1
cat >calls.cjs <<'JAVASCRIPT'
const mode = process.argv[2];
if (mode === "OpenTelemetry") {
  const { registerInstrumentations } = require("@opentelemetry/instrumentation");
  const { HttpInstrumentation } = require("@opentelemetry/instrumentation-http");
  registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
} else if (mode === "dd-trace") {
  require("dd-trace").init({ url: "http://127.0.0.1:9", startupLogs: false });
}
const { once } = require("node:events");
const http = require("node:http");

const login = `Basic ${btoa("demo:secret")}`;
const body = '{"jsonrpc":"2.0","id":1,"method":"status"}';
const asPairs = [
  ["Host", "localhost"], ["Authorization", login], ["Content-Type", "application/json"], ["Content-Length", "42"],
];
const TRACE = /^(traceparent|tracestate|x-datadog-.*|connection|via)$/;

(async () => {
  const { Server } = await import("proxy-chain");
  let came;
  const server = http.createServer((request, response) => {
    const { rawHeaders } = request;
    const lines = rawHeaders.flatMap((name, i) => (i % 2 ? [] : [`${name.toLowerCase()}: ${rawHeaders[i + 1]}`]));
    came = lines.filter((line) => !TRACE.test(line.split(":")[0]) && !line.startsWith("host: "));
    request.resume().on("end", () => response.end());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const proxy = new Server({ host: "127.0.0.1", port: 0 });
  await proxy.listen();

  const call = async (what, options) => {
    came = undefined;
    const request = http.request({ host: "127.0.0.1", method: "POST", ...options });
    request.end(body);
    const [response] = await once(request, "response");
    response.resume();
    const loggedIn = came.some((line) => line.startsWith("authorization: "));
    console.log(`  ${what}: ${loggedIn ? "with" : "without"} a login\n    ${came.slice(0, 4).join(", ")}`);
  };
  const { port } = server.address();
  console.log(mode);
  await call("headers as an object", { port, headers: Object.fromEntries(asPairs) });
  await call("headers as an array", { port, headers: asPairs.flat() });
  const path = `http://127.0.0.1:${port}/`;
  await call("by proxy-chain", { port: proxy.port, path, headers: Object.fromEntries(asPairs.slice(1)) });
  process.exit();
})();
JAVASCRIPT
export DD_INSTRUMENTATION_TELEMETRY_ENABLED=false DD_REMOTE_CONFIGURATION_ENABLED=false
for mode in "not measured" OpenTelemetry dd-trace; do
  npx --no-install node calls.cjs "$mode"
done | tee output
diff output - <<'EXPECTED'
not measured
  headers as an object: with a login
    authorization: Basic ZGVtbzpzZWNyZXQ=, content-type: application/json, content-length: 42
  headers as an array: with a login
    authorization: Basic ZGVtbzpzZWNyZXQ=, content-type: application/json, content-length: 42
  by proxy-chain: with a login
    authorization: Basic ZGVtbzpzZWNyZXQ=, content-type: application/json, content-length: 42
OpenTelemetry
  headers as an object: with a login
    authorization: Basic ZGVtbzpzZWNyZXQ=, content-type: application/json, content-length: 42
  headers as an array: without a login
    0: Host, 1: localhost, 2: Authorization, 3: Basic ZGVtbzpzZWNyZXQ=
  by proxy-chain: without a login
    0: Authorization, 1: Basic ZGVtbzpzZWNyZXQ=, 2: Content-Type, 3: application/json
dd-trace
  headers as an object: with a login
    authorization: Basic ZGVtbzpzZWNyZXQ=, content-type: application/json, content-length: 42
  headers as an array: without a login
    0: Host, 1: localhost, 2: Authorization, 3: Basic ZGVtbzpzZWNyZXQ=
  by proxy-chain: without a login
    0: Authorization, 1: Basic ZGVtbzpzZWNyZXQ=, 2: Content-Type, 3: application/json
EXPECTED

#!/usr/bin/env bash
# Deno 2.9.6: NO_PROXY for fetch and for node:http, in one process.
#
# Deno heeds http_proxy and NO_PROXY in fetch and in node:http. An application often has both: its own code
# uses fetch, an SDK uses node:http.
#
# Guess before the run: both follow the same rules, whichever those are.
# Behaviour: `127.0.0.1:PORT` holds for node:http only. `*` (everything) holds for node:http, and in fetch
# for names but not for addresses. So with one NO_PROXY half of an application's requests for a local
# service go to the proxy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" deno@2.9.6
DENO_DIR="$folder/deno" python3 - "$folder/node_modules/.bin" <<'PYTHON' | tee "$folder/output"
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCRIPT = """
import http from "node:http";
const url = URL_AS_JSON;
const get = () => new Promise((resolve) => http.get(url, (response) => {
  let text = "";
  response.on("data", (part) => { text += part; });
  response.on("end", () => resolve(text));
}));
console.log("fetch", await (await fetch(url)).text(), "node:http", await get());
process.exit(0);
"""


def serve(name):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(name)))
            self.end_headers()
            self.wfile.write(name.encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


port, proxy = serve("direct"), serve("proxy")
base = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
for host, rule in (
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", f"127.0.0.1:{port}"),
    ("127.0.0.1", "127.0.0.0/8"),
    ("127.0.0.1", "*"),
    ("localhost", "*"),
):
    script = f"{sys.argv[1]}/../../app.mjs"
    text = SCRIPT.replace("URL_AS_JSON", json.dumps(f"http://{host}:{port}/"))
    open(script, "w").write(text)
    variables = {"http_proxy": f"http://127.0.0.1:{proxy}", "no_proxy": rule}
    variables |= {name.upper(): value for name, value in variables.items()}
    run = subprocess.run(
        [f"{sys.argv[1]}/deno", "run", "--allow-all", "--no-lock", script],
        env=base | variables | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    shown = rule.replace(str(port), "PORT")
    print(f"{host} NO_PROXY={shown}: {run.stdout.strip() or run.stderr.strip()[-200:]}")
PYTHON
diff "$folder/output" - <<'EXPECTED'
127.0.0.1 NO_PROXY=127.0.0.1: fetch direct node:http direct
127.0.0.1 NO_PROXY=127.0.0.1:PORT: fetch proxy node:http direct
127.0.0.1 NO_PROXY=127.0.0.0/8: fetch direct node:http direct
127.0.0.1 NO_PROXY=*: fetch proxy node:http direct
localhost NO_PROXY=*: fetch direct node:http direct
EXPECTED

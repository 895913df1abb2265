#!/usr/bin/env bash
# busybox 1.35.0-4+deb12u1+b1 (Debian): `wget --post-data` with `http_proxy`.
#
# Guess before the run: the proxy receives a POST with the body.
# Behaviour: it receives a GET with the body, and wget ends without an error. Without a proxy, or with `-Y off`, it is
# a POST.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
apt-get -qq download busybox=1:1.35.0-4+deb12u1+b1 2>/dev/null
dpkg -x busybox_*.deb root
cat >send.py <<'PYTHON'
import http.server
import subprocess
import threading

received = []


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received.append(f"{self.command} of {len(body)} bytes")
        self.send_response(200)
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
for name, environment, options, target in (
    ("no proxy", {}, [], url),
    ("http_proxy", {"http_proxy": url}, [], "http://carrier.test/"),
    ("http_proxy and -Y off", {"http_proxy": url}, ["-Y", "off"], url),
):
    command = ["root/bin/busybox", "wget", "-q", "-O", "-", "--post-data", '{"id": 1}', *options, target]
    code = subprocess.run(command, env=environment, timeout=30).returncode
    print(f"{name}: {received.pop()}, exit code {code}")
PYTHON
python3 send.py | tee output
diff output - <<'EXPECTED'
no proxy: POST of 9 bytes, exit code 0
http_proxy: GET of 9 bytes, exit code 0
http_proxy and -Y off: POST of 9 bytes, exit code 0
EXPECTED

#!/usr/bin/env bash
# ffmpeg 9.0.2 (imageio-ffmpeg 0.8.1) and PyAV 18.1.0 (both PyPI): which proxy they use to open the URL of a recording.
#
# Guess before the run: `https_proxy` is used for https, `http_proxy` for http, and NO_PROXY is heeded in both spellings.
# Behaviour: `http_proxy` is used for both, and `https_proxy` for none: where only `https_proxy` is set, as behind many
# firewalls, ffmpeg goes past the proxy. The upper case NO_PROXY is not read, and a host of `no_proxy` counts for all its
# ports, but an entry with a port for none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q imageio-ffmpeg==0.8.1 av==18.1.0
cat >open.py <<'PYTHON'
import http.server
import os
import socketserver
import subprocess
import sys
import threading

import imageio_ffmpeg

seen = []


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        seen.append(f"proxy {self.command}")
        self.send_error(502)

    do_CONNECT = do_GET

    def log_message(self, *arguments):
        pass


class Target(socketserver.BaseRequestHandler):
    def handle(self):
        seen.append("direct")


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


proxy = f"http://127.0.0.1:{serve(http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy))}"
port = serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Target))
PLAIN = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
SETTINGS = [
    {"http_proxy": proxy},
    {"https_proxy": proxy},
    {"http_proxy": proxy, "no_proxy": "127.0.0.1"},
    {"http_proxy": proxy, "NO_PROXY": "127.0.0.1"},
    {"http_proxy": proxy, "no_proxy": f"127.0.0.1:{port}"},
]
for settings in SETTINGS:
    text = " ".join(f"{name}={value}" for name, value in settings.items())
    print(text.replace(proxy, "http://PROXY").replace(str(port), "PORT"))
    for scheme in ("http", "https"):
        url = f"{scheme}://127.0.0.1:{port}/1.mp3"
        for name, command in {
            "ffmpeg": [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "quiet", "-i", url],
            "PyAV": [sys.executable, "-c", "import av, sys; av.open(sys.argv[1])", url],
        }.items():
            seen.clear()
            options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(command, env=PLAIN | settings, **options)
            print(f"    {scheme}: {name} {seen[0]}")
PYTHON
venv/bin/python open.py | tee output
diff output - <<'EXPECTED'
http_proxy=http://PROXY
    http: ffmpeg proxy GET
    http: PyAV proxy GET
    https: ffmpeg proxy CONNECT
    https: PyAV proxy CONNECT
https_proxy=http://PROXY
    http: ffmpeg direct
    http: PyAV direct
    https: ffmpeg direct
    https: PyAV direct
http_proxy=http://PROXY no_proxy=127.0.0.1
    http: ffmpeg direct
    http: PyAV direct
    https: ffmpeg direct
    https: PyAV direct
http_proxy=http://PROXY NO_PROXY=127.0.0.1
    http: ffmpeg proxy GET
    http: PyAV proxy GET
    https: ffmpeg proxy CONNECT
    https: PyAV proxy CONNECT
http_proxy=http://PROXY no_proxy=127.0.0.1:PORT
    http: ffmpeg proxy GET
    http: PyAV proxy GET
    https: ffmpeg proxy CONNECT
    https: PyAV proxy CONNECT
EXPECTED

#!/usr/bin/env bash
# aria2 1.36.0-1 and snapserver 0.26.0 (Debian 12): the id of a JSON-RPC 2.0 answer over HTTP.
#
# JSON-RPC 2.0 lets a client choose any number as the id, and the answer has the same value. Clients choose
# milliseconds of the clock, among others.
#
# Guess before the run: both repeat the id, whatever number it is.
# Behaviour: snapserver keeps 32 bits of it. Milliseconds come back as another, negative number, and 4294967297 as 1.
# It calls an id of 1.0 a parse error. aria2 keeps 64 bits, but only the digits before the point or the exponent, so
# 1.5 and 1e3 both come back as 1. All answers are successes with HTTP 200, and a client that matches
# by id gives the result to another request or waits until its timeout.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder"/*.pid 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -qq download aria2=1.36.0-1 libaria2-0=1.36.0-1 snapserver=0.26.0+dfsg1-1+deb12u1 \
    libc-ares2 libssh2-1 libasound2 libavahi-client3 libavahi-common3 libdbus-1-3 libexpat1 libflac12 libogg0 libopus0 \
    libsoxr0 libvorbis0a libvorbisenc2 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :)
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
aria2=$(port) snapserver=$(port) stream=$(port)
root/usr/bin/aria2c --no-conf --quiet=true --enable-rpc --rpc-listen-port="$aria2" &
echo $! >aria2.pid
cat >snapserver.conf <<CONFIG
[http]
bind_to_address = 127.0.0.1
port = $snapserver
[tcp]
enabled = false
[stream]
bind_to_address = 127.0.0.1
port = $stream
source = pipe://$folder/fifo?name=default
CONFIG
root/usr/bin/snapserver -c snapserver.conf --server.datadir="$folder" >/dev/null 2>&1 &
echo $! >snapserver.pid
answer() {
    curl -s --retry 20 --retry-delay 1 --retry-connrefused -d '{"jsonrpc":"2.0","id":'"$3"',"method":"'"$2"'","params":[]}' \
        "http://127.0.0.1:$1/jsonrpc" |
        python3 -c 'import json, sys; a = json.load(sys.stdin); print(a["id"], a.get("error", {}).get("code", "ok"))'
}
for id in 7 1764295200000 4294967297 1.0 1.5 1e3; do
    echo "$id: snapserver $(answer "$snapserver" Server.GetRPCVersion "$id"), aria2 $(answer "$aria2" aria2.getVersion "$id")"
done | tee output
diff output - <<'EXPECTED'
7: snapserver 7 ok, aria2 7 ok
1764295200000: snapserver -936358656 ok, aria2 1764295200000 ok
4294967297: snapserver 1 ok, aria2 4294967297 ok
1.0: snapserver None -32700, aria2 1 ok
1.5: snapserver None -32700, aria2 1 ok
1e3: snapserver None -32700, aria2 1 ok
EXPECTED

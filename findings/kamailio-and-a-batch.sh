#!/usr/bin/env bash
# Kamailio 5.6.3-2 (Debian 12), a SIP server: JSON-RPC 2.0 over HTTP, by its modules jsonrpcs and xhttp.
#
# Guess before the run: as a JSON-RPC 2.0 server it answers a batch with an array, no notification, an unknown method
# with -32601, and takes parameters by name.
# Behaviour: a batch is not executed, and answered with HTTP 200 and an empty object as a success. A notification is
# answered, and id null becomes 0. An unknown method is code 500 under HTTP 500, so clients that read no body under 500
# lose the reason. Parameters by name are taken by position, in the order in which they were sent. Of
# ["a", 1.5, true, "b"] the method sees "a" and 1; the rest is gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
chmod 755 .
apt-get -qq download kamailio=5.6.3-2 kamailio-json-modules=5.6.3-2 libjson-c5 libevent-2.1-7 2>/dev/null
for package in *.deb; do dpkg -x "$package" root; done
libraries=$(dirname "$(find root -name 'libjson-c.so.5')")
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >kamailio.cfg <<CONFIG
#!KAMAILIO
debug=0
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
listen=tcp:127.0.0.1:$port
tcp_accept_no_cl=yes
mpath="$folder/$libraries/kamailio/modules/"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
modparam("jsonrpcs", "transport", 1)
modparam("jsonrpcs", "pretty_format", 0)
event_route[xhttp:request] { jsonrpc_dispatch(); }
request_route { exit; }
CONFIG
LD_LIBRARY_PATH="$folder/$libraries:$folder/$libraries/kamailio" \
    root/usr/sbin/kamailio -DD -E -f kamailio.cfg -Y "$folder" -P "$folder/pid" -m 32 -M 8 2>log &
python3 - "$port" <<'PYTHON' | tee output
import http.client
import json
import sys
import time


def send(name, body):
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        try:
            connection.request("POST", "/RPC", json.dumps(body), {"Content-Type": "application/json"})
        except ConnectionRefusedError:  # it is starting
            time.sleep(0.1)
            continue
        answer = connection.getresponse()
        print(f"{name}: {answer.status} {answer.read().decode()}")
        return


def call(**members):
    return {"jsonrpc": "2.0", "method": "core.echo", **members}


send("call", call(id=1, params=["a"]))
send("batch", [call(id=1, params=["a"]), call(id=2, params=["b"])])
send("notification", call(params=["a"]))
send("id null", call(id=None, params=["a"]))
send("unknown method", call(id=1, method="other"))
send("by name", call(id=1, params={"second": "b", "first": "a"}))
send("types", call(id=1, params=["a", 1.5, True, "b"]))
PYTHON
diff output - <<'EXPECTED'
call: 200 {"jsonrpc":"2.0","result":["a"],"id":1}
batch: 200 {"jsonrpc":"2.0","result":{}}
notification: 200 {"jsonrpc":"2.0","result":["a"]}
id null: 200 {"jsonrpc":"2.0","result":["a"],"id":0}
unknown method: 500 {"jsonrpc":"2.0","error":{"code":500,"message":"Method Not Found"},"id":1}
by name: 200 {"jsonrpc":"2.0","result":["b","a"],"id":1}
types: 200 {"jsonrpc":"2.0","result":["a","1"],"id":1}
EXPECTED

#!/usr/bin/env bash
# asterisk-manager 0.2.0, asterisk-ami-client 1.1.5 and ami-io 1.2.1 (npm), pystrix 1.3.0 (PyPI): what clients of
# Asterisk's manager interface make of a header that comes more than once. Since Asterisk 14 each line that a command
# prints is a header `Output`, and each variable of an event a header `Variable` or `ChanVariable`.
#
# Guess before the run: the lines come as a list or as one text.
# Behaviour: asterisk-ami-client and pystrix keep the last line of what a command prints, and with ami-io the last
# variable of an event. Nothing says that there were more. ami-io takes the message "Command output follows" for the
# beginning of a list of events, and gives no answer until its timeout of five minutes. asterisk-manager keeps all.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pystrix==1.3.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund asterisk-manager@0.2.0 asterisk-ami-client@1.1.5 ami-io@1.2.1
cat >asterisk.py <<'PYTHON'
import socketserver
from pathlib import Path

EVENT = ["Event: OriginateResponse", "Variable: FROM=100", "Variable: TO=200"]
OUTPUT = ["Message: Command output follows", "Output: 100 is busy", "Output: 200 is idle"]


class Manager(socketserver.StreamRequestHandler):
    def send(self, lines):
        self.wfile.write("".join(f"{line}\r\n" for line in [*lines, ""]).encode())

    def handle(self):
        self.wfile.write(b"Asterisk Call Manager/7.0.3\r\n")
        action = {}
        for line in self.rfile:
            name, _, value = line.decode().strip().partition(": ")
            if name:
                action[name.lower()] = value
                continue
            answer = ["Response: Success", f"ActionID: {action.get('actionid', '')}"]
            is_command = action.get("action", "").lower() == "command"
            self.send(answer + (OUTPUT if is_command else ["Message: Authentication accepted"]))
            if is_command:
                self.send(EVENT)
            action = {}


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Manager) as server:
    server.daemon_threads = True
    Path("port").write_text(str(server.server_address[1]))
    server.serve_forever()
PYTHON
cat >ask.cjs <<'JAVASCRIPT'
const port = Number(process.argv[2]);
const print = process.stdout.write.bind(process.stdout);
console.log = () => {}; // ami-io logs each message
const seen = (client, name, value) => print(`${client}: ${name} ${JSON.stringify(value)}\n`);
const later = () => new Promise((resolve) => setTimeout(resolve, 1000));

async function main() {
  const manager = require("asterisk-manager")(port, "127.0.0.1", "login", "secret", true);
  manager.on("originateresponse", (event) => seen("asterisk-manager", "variable", event.variable));
  manager.action({ action: "command", command: "x" }, (_, answer) => seen("asterisk-manager", "output", answer.output));
  await later();

  const AmiClient = require("asterisk-ami-client");
  const client = new AmiClient();
  await client.connect("login", "secret", { host: "127.0.0.1", port });
  client.on("response", (answer) => answer.Output && seen("asterisk-ami-client", "output", answer.Output));
  client.on("event", (event) => seen("asterisk-ami-client", "variable", event.Variable));
  client.action({ Action: "Command", Command: "x" });
  await later();

  const ami = require("ami-io");
  const io = ami.createClient({ host: "127.0.0.1", port, login: "login", password: "secret", encoding: "utf8" });
  io.on("event", (event) => seen("ami-io", "variable", event.variable));
  io.connect();
  await later();
  let output = "no answer";
  io.send(new ami.Action.Command("x"), (_, answer) => (output = answer.output));
  await later();
  seen("ami-io", "output", output);
  process.exit(0);
}
main();
JAVASCRIPT
cat >ask.py <<'PYTHON'
import queue
import sys

import pystrix

events = queue.Queue()
manager = pystrix.ami.Manager()
manager.register_callback("OriginateResponse", lambda event, _: events.put(event))
manager.connect("127.0.0.1", int(sys.argv[1]))
manager.monitor_connection()
answer = manager.send_action(pystrix.ami.core.Command("x"))
print("pystrix: output", answer.result["Output"], answer.result.data)
print("pystrix: variable", events.get(timeout=10)["Variable"])
manager.close()
PYTHON
venv/bin/python asterisk.py &
echo $! >pid
while [ ! -s port ]; do sleep 0.1; done
{
    timeout 60 node ask.cjs "$(cat port)"
    timeout 60 venv/bin/python ask.py "$(cat port)"
} | tee output
diff output - <<'EXPECTED'
asterisk-manager: output ["100 is busy","200 is idle"]
asterisk-manager: variable {"FROM":"100","TO":"200"}
asterisk-ami-client: output "200 is idle"
asterisk-ami-client: variable "TO=200"
ami-io: variable "TO=200"
ami-io: output "no answer"
pystrix: output 200 is idle []
pystrix: variable TO=200
EXPECTED

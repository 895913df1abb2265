#!/usr/bin/env bash
# esl-lite 3.2.0 and modesl 1.2.1 (npm), greenswitch 0.0.19 (PyPI): clients for the event socket of FreeSWITCH, by which
# a program places calls and hears of their ends. A message is headers, an empty line and, where Content-Length says so,
# a body; the answer to a command in the background (bgapi) is the body of an event BACKGROUND_JOB.
#
# Guess before the run: it does not matter where TCP cuts the stream; a body is not taken for headers.
# Behaviour: where a TCP segment ends between the two newlines that end the headers, esl-lite loses the event (here the
# end of call 2): it logs no warning, and counts no error. It hands out `+OK Job-UUID: 74` as `+OK Job-UUID`.
# greenswitch takes the lines of a body for headers of the event: the answer to `uuid_dump` arrives as CHANNEL_DATA, so
# no handler of BACKGROUND_JOB hears of it, and the answer to `originate` is found in the header Content-Length only.
# modesl does none of these.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill $(cat "$folder/pid" 2>/dev/null) 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q greenswitch==0.0.19
npm init -y >/dev/null
npm install --silent --no-audit --no-fund esl-lite@3.2.0 modesl@1.2.1
cat >freeswitch.py <<'PYTHON'
import json
import socket
import socketserver
import time
from pathlib import Path

DUMP = "Event-Name: CHANNEL_DATA\nUnique-ID: 2\nChannel-State: CS_EXECUTE\n\n"


class EventSocket(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def reply(self, text):
        self.wfile.write(f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode())

    def event(self, headers, body="", cut=False):
        if self.format == "json":
            event = json.dumps(headers | {"Content-Length": str(len(body)), "_body": body} if body else headers)
        else:
            event = "".join(f"{name}: {value}\n" for name, value in headers.items())
            event += f"Content-Length: {len(body)}\n\n{body}" if body else "\n"
        head = f"Content-Length: {len(event)}\nContent-Type: text/event-{self.format}\n\n"
        message = (head + event).encode()
        if cut:
            time.sleep(0.3)
            self.wfile.write(message[: len(head) - 1])
            time.sleep(0.3)
            message = message[len(head) - 1 :]
        self.wfile.write(message)

    def job(self, command):
        number = {"status": 74, "originate": 75, "uuid_dump": 76}[command]
        self.reply(f"+OK Job-UUID: {number}\nJob-UUID: {number}")
        body = DUMP if command == "uuid_dump" else "+OK 2\n"
        self.event({"Event-Name": "BACKGROUND_JOB", "Job-UUID": str(number), "Job-Command": command}, body)

    def handle(self):
        self.wfile.write(b"Content-Type: auth/request\n\n")
        events = False
        for line in self.rfile:
            words = line.decode().split()
            if not words or words[0].endswith(":"):
                continue
            if words[0] == "auth":
                self.reply("+OK accepted")
            elif words[0] == "bgapi":
                self.job(words[1])
                if words[1] == "status":
                    for call in 1, 2, 3:
                        self.event({"Event-Name": "CHANNEL_HANGUP", "Unique-ID": str(call)}, cut=call == 2)
            else:
                if words[0] in ("event", "events"):
                    self.format = words[1]
                self.reply("+OK")


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), EventSocket) as server:
    server.daemon_threads = True
    Path("port").write_text(str(server.server_address[1]))
    server.serve_forever()
PYTHON
cat >ask.cjs <<'JAVASCRIPT'
const { FreeSwitchClient } = require("esl-lite");
const modesl = require("modesl");

const port = Number(process.argv[2]);
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Client extends FreeSwitchClient {
  ask(command) {
    return this.send(command, {}, undefined, 5000); // protected; its documentation says to call it in a subclass
  }
}

async function main() {
  const silent = () => {};
  const warnings = [];
  const warn = (_, message) => warnings.push(message);
  const logger = { trace: silent, debug: silent, info: silent, warn, error: warn, child: () => logger };
  const lite = new Client({ host: "127.0.0.1", port, password: "ClueCon", logger });
  const ended = [];
  lite.on("CHANNEL_HANGUP", (event) => ended.push(event.body.uniqueID));
  await later(500);
  const reply = await lite.ask("bgapi status");
  await later(1500);
  console.log("esl-lite: reply", JSON.stringify(reply.headers.replyText));
  const counted = Object.keys(lite.stats).filter((name) => lite.stats[name]);
  console.log("esl-lite: ended", ended.join(), "- warnings", warnings.length, "- counted", counted.join());
  lite.end();

  const heard = [];
  const client = new modesl.Connection("127.0.0.1", port, "ClueCon");
  const ask = (command) => new Promise((resolve) => client.sendRecv(command, resolve));
  await new Promise((resolve) => client.once("esl::ready", resolve));
  await ask("event json ALL");
  client.on("esl::event::CHANNEL_HANGUP::*", (event) => heard.push(event.getHeader("Unique-ID")));
  console.log("modesl: reply", JSON.stringify((await ask("bgapi status")).getHeader("Reply-Text")));
  await later(1500);
  console.log("modesl: ended", heard.join());
  await ask("event plain ALL");
  const show = (event) => {
    const headers = ["Event-Name", "Job-Command", "Content-Length"].map((name) => event.getHeader(name));
    console.log("modesl:", ...headers, JSON.stringify(event.getBody()));
  };
  client.on("esl::event::BACKGROUND_JOB::*", show);
  client.on("esl::event::CHANNEL_DATA::*", show);
  for (const command of ["originate", "uuid_dump"]) await ask(`bgapi ${command} 2`);
  await later(500);
  process.exit(0);
}
main();
JAVASCRIPT
cat >ask.py <<'PYTHON'
import sys

import gevent
import greenswitch

client = greenswitch.InboundESL("127.0.0.1", int(sys.argv[1]), "ClueCon")
client.connect()


def show(event):
    headers = event.headers
    print("greenswitch:", headers["Event-Name"], headers["Job-Command"], repr(headers["Content-Length"]))


for name in "BACKGROUND_JOB", "CHANNEL_DATA":
    client.register_handle(name, show)
client.send("event plain ALL")
for command in "originate", "uuid_dump":
    client.send(f"bgapi {command} 2")
gevent.sleep(1)
PYTHON
venv/bin/python freeswitch.py &
echo $! >pid
while [ ! -s port ]; do sleep 0.1; done
{
    timeout 30 node ask.cjs "$(cat port)" 2>errors
    timeout 30 venv/bin/python ask.py "$(cat port)"
} | tee output
diff output - <<'EXPECTED'
esl-lite: reply "+OK Job-UUID"
esl-lite: ended 1,3 - warnings 0 - counted authRequest,commandReply
modesl: reply "+OK Job-UUID: 74"
modesl: ended 1,2,3
modesl: BACKGROUND_JOB originate 6 "+OK 2\n"
modesl: BACKGROUND_JOB uuid_dump 65 "Event-Name: CHANNEL_DATA\nUnique-ID: 2\nChannel-State: CS_EXECUTE\n\n"
greenswitch: BACKGROUND_JOB originate '6\n\n+OK 2'
greenswitch: CHANNEL_DATA uuid_dump '65'
EXPECTED

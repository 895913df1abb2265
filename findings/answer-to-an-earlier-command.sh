#!/usr/bin/env bash
# panoramisk 1.4 and pyst2 0.5.1 (PyPI), ding-dong 0.1.7 (npm): servers for FastAGI, by which Asterisk asks a program
# what to do with a call. Asterisk answers a command with one line, but one of a wrong form in several: `520-`, the
# paragraphs of the command's description (three for DATABASE GET), and `520 End of proper usage.`
#
# Guess before the run: a command that is refused is an error of this command, and the next one gets its own answer.
# Behaviour: panoramisk reads two lines of the refusal. After a DATABASE GET with a space in its key the next two
# commands raise a ValueError, the third is said to be refused too, and all later ones get the answer to the command
# two before: the variable `agent` is said to be the number `to`. To it, a variable with the value "hangup" means that
# the caller has hung up. ding-dong emits "hangup" for each line of the refusal, and says the `agi_request` "agi" for
# each call. pyst2 reads the refusal to its end, and the variable as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q panoramisk==1.4 pyst2==0.5.1
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ding-dong@0.1.7
cat >pbx.py <<'PYTHON'
import shlex
import socket
import sys

VARIABLES = {"from": "74950000001", "to": "74950000002", "key": "5", "agent": "201", "said": "hangup"}
REFUSAL = """520-Invalid command syntax.  Proper usage follows:
Finds the value of a key in the database.
Returns 0 if there is none, otherwise 1 and the value in parentheses.
Example return code: 200 result=1 (testvariable)
520 End of proper usage.
"""


def call(port):
    with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("r") as commands:
        request = f"agi://127.0.0.1:{port}/callback?id=7"
        start = f"agi_network: yes\nagi_network_script: callback?id=7\nagi_request: {request}\n\n"
        connection.sendall(start.encode())
        for line in commands:
            words = shlex.split(line)
            answer = REFUSAL
            if words[:2] == ["GET", "VARIABLE"] and len(words) == 3:
                answer = f"200 result=1 ({VARIABLES[words[2]]})\n"
            elif words[:2] == ["DATABASE", "GET"] and len(words) == 4:
                answer = "200 result=0\n"
            connection.sendall(answer.encode())


if __name__ == "__main__":
    call(int(sys.argv[1]))
PYTHON
cat >ask.py <<'PYTHON'
import asyncio
import io
import socket
import threading

import pbx
from asterisk.agi import AGI, AGIError
from panoramisk import fast_agi

NAMES = ["from", "to", "key", "agent", "from"]
REFUSED = "DATABASE GET names 7495 0000001"  # a key with a space and no quotes


async def ask_panoramisk(request):
    for command in ["GET VARIABLE said", REFUSED, *(f"GET VARIABLE {name}" for name in NAMES)]:
        try:
            answer = await asyncio.wait_for(request.send_command(command), 5)
        except ValueError as error:
            answer = {"error": type(error).__name__}
        print("panoramisk:", command, "->", answer.get("error") or answer["result"])


async def main():
    application = fast_agi.Application(loop=asyncio.get_running_loop())
    application.add_route("callback?id=7", ask_panoramisk)
    server = await asyncio.start_server(application.handler, "127.0.0.1", 0)
    await asyncio.to_thread(pbx.call, server.sockets[0].getsockname()[1])
    server.close()


asyncio.run(main())
with socket.create_server(("127.0.0.1", 0)) as server:
    threading.Thread(target=pbx.call, args=[server.getsockname()[1]]).start()
    connection, _ = server.accept()
    with connection, connection.makefile("r") as answers, connection.makefile("w") as commands:
        agi = AGI(stdin=answers, stdout=commands, stderr=io.StringIO())
        try:
            agi.execute(REFUSED)
        except AGIError as error:
            print("pyst2:", REFUSED, "->", type(error).__name__)
        for name in [*NAMES, "said"]:
            print("pyst2: GET VARIABLE", name, "->", agi.get_variable(name))
PYTHON
cat >ask.cjs <<'JAVASCRIPT'
const { spawn } = require("node:child_process");
const AGIServer = require("ding-dong");

const server = new AGIServer(async (context) => {
  let hangups = 0;
  context.on("hangup", () => (hangups += 1));
  const variables = await context.onEvent("variables");
  console.log("ding-dong: agi_request", variables.agi_request);
  context.databaseGet("names", "7495 0000001");
  await new Promise((resolve) => setTimeout(resolve, 1000));
  console.log("ding-dong: hangups", hangups);
  process.exit(0);
}).start(0, "127.0.0.1");
server.on("listening", () => spawn("python3", ["pbx.py", String(server.address().port)]));
JAVASCRIPT
{
    timeout 30 venv/bin/python ask.py
    timeout 30 node ask.cjs
} | tee output
diff output - <<'EXPECTED'
panoramisk: GET VARIABLE said -> AGIResultHangup
panoramisk: DATABASE GET names 7495 0000001 -> AGIUsageError
panoramisk: GET VARIABLE from -> ValueError
panoramisk: GET VARIABLE to -> ValueError
panoramisk: GET VARIABLE key -> AGIUsageError
panoramisk: GET VARIABLE agent -> ('1', '74950000002')
panoramisk: GET VARIABLE from -> ('1', '5')
pyst2: DATABASE GET names 7495 0000001 -> AGIUsageError
pyst2: GET VARIABLE from -> 74950000001
pyst2: GET VARIABLE to -> 74950000002
pyst2: GET VARIABLE key -> 5
pyst2: GET VARIABLE agent -> 201
pyst2: GET VARIABLE from -> 74950000001
pyst2: GET VARIABLE said -> hangup
ding-dong: agi_request agi
ding-dong: hangups 5
EXPECTED

#!/usr/bin/env bash
# astami 1.1.0 (PyPI) and asterisk-manager 0.2.0 (npm): calls through Asterisk's manager interface (AMI).
#
# Asterisk answers the action Originate when the call is answered or has failed, unless the action says `Async: true`.
# It sends a client no events if the login says `Events: off`. A server of a few lines takes the part of Asterisk here:
# the call is answered after 12 s.
#
# Expected: originate(), which lets the phone ring for 30 s by default, returns the answer, and a manager
# made with `events` false says `Events: off`.
# Behaviour: astami's originate() sends `Timeout: 30000`, but raises AMIError "Read timeout" after 10 s, while the phone
# rings. Nothing is sent that ends the call, so who tries again makes a second one. It takes AsyncAMIClient(timeout=40).
# asterisk-manager says `Event: off`, which Asterisk does not read, so events come that nobody asked for.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q astami==1.1.0
npm install --silent --no-audit --no-fund --prefix . asterisk-manager@0.2.0
cat >run.js <<'JAVASCRIPT'
const manager = require("asterisk-manager")(Number(process.argv[2]), "127.0.0.1", "user", "secret", false);
manager.action({ action: "ping" }, () => process.exit());
JAVASCRIPT
cat >run.py <<'PYTHON'
import asyncio
import time

from astami import AMIError, AsyncAMIClient


async def asterisk(reader, writer):
    writer.write(b"Asterisk Call Manager/9.0.0\r\n")
    while (line := await reader.readline()).strip():
        action = {}
        while line.strip():
            key, _, value = line.decode().strip().partition(": ")
            if key in ("Event", "Events", "Timeout") or value in ("Originate", "Hangup"):
                print(f"  to Asterisk: {key}: {value}")
            action[key.lower()] = value
            line = await reader.readline()
        if action["action"] == "Originate":
            await asyncio.sleep(12)
            print("  (the call is answered)")
        writer.write(f"Response: Success\r\nActionID: {action['actionid']}\r\nMessage: Done\r\n\r\n".encode())
    writer.close()


async def call(port, **options):
    async with AsyncAMIClient("127.0.0.1", port, "user", "secret", **options) as client:
        start = time.monotonic()
        try:
            response = await client.originate("PJSIP/100", "default", "100")
            outcome = response.response
        except AMIError as error:
            outcome = f"AMIError: {error}"
        print(f"astami {options} after {time.monotonic() - start:.0f} s: {outcome}")
        await asyncio.sleep(3)


async def main():
    async with await asyncio.start_server(asterisk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await call(port)
        await call(port, timeout=40)
        print("asterisk-manager, events false:")
        await (await asyncio.create_subprocess_exec("node", "run.js", str(port))).wait()


asyncio.run(main())
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
  to Asterisk: Action: Originate
  to Asterisk: Timeout: 30000
astami {} after 10 s: AMIError: Read timeout
  (the call is answered)
  to Asterisk: Action: Originate
  to Asterisk: Timeout: 30000
  (the call is answered)
astami {'timeout': 40} after 12 s: Success
asterisk-manager, events false:
  to Asterisk: Event: off
EXPECTED

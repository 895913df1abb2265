#!/usr/bin/env bash
# aiohttp-rpc 2.0.0 with aiohttp 3.14.5 (PyPI): its client, and a refusal whose message is empty or whose code is 0.
#
# In JSON-RPC 2.0 an error has an integer `code` and a text `message`; an empty text and 0 are not excluded, and a
# server whose codes are those of a carrier may have both.
#
# Guess before the run: the client raises its JSONRPCError with the code, the message and the data of the answer.
# Behaviour: for an empty message or code 0 it raises an AttributeError about its own JSONRPCError, which
# `except JSONRPCError` misses; code and data are lost. With one of the codes that the library knows, an empty message
# becomes the library's own, "Internal error".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q aiohttp-rpc==2.0.0 aiohttp==3.14.5
cat >"$folder/refuse.py" <<'PYTHON'
import asyncio

from aiohttp import web
from aiohttp_rpc import JSONRPCClient
from aiohttp_rpc.errors import JSONRPCError

ERRORS = (
    {"code": 17, "message": "busy", "data": {"line": 2}},
    {"code": 17, "message": "", "data": {"line": 2}},
    {"code": 0, "message": "busy", "data": {"line": 2}},
    {"code": -32603, "message": "", "data": {"line": 2}},
)


async def main():
    async def answer(request):
        return web.json_response({"jsonrpc": "2.0", "id": (await request.json())["id"], "error": error})

    application = web.Application()
    application.router.add_post("/", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with JSONRPCClient(f"http://127.0.0.1:{runner.addresses[0][1]}/") as client:
        for error in ERRORS:
            try:
                await client.call("status")
            except JSONRPCError as raised:
                print(f"{error}: {type(raised).__name__} {raised.code}, {raised.message!r}, {raised.data}")
            except AttributeError as raised:
                print(f"{error}: AttributeError, {raised}")
    await runner.cleanup()


asyncio.run(main())
PYTHON
"$folder/venv/bin/python" "$folder/refuse.py" | tee "$folder/output"
diff "$folder/output" - <<'EXPECTED'
{'code': 17, 'message': 'busy', 'data': {'line': 2}}: JSONRPCError 17, 'busy', {'line': 2}
{'code': 17, 'message': '', 'data': {'line': 2}}: AttributeError, 'JSONRPCError' object has no attribute 'message'
{'code': 0, 'message': 'busy', 'data': {'line': 2}}: AttributeError, 'JSONRPCError' object has no attribute 'code'
{'code': -32603, 'message': '', 'data': {'line': 2}}: InternalError -32603, 'Internal error', {'line': 2}
EXPECTED

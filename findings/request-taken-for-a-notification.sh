#!/usr/bin/env bash
# mcp 2.3.0 (PyPI), the Python SDK of the Model Context Protocol: JSON-RPC ids that a client writes in another way.
#
# The protocol's schema has integers and texts for ids. JSON knows one kind of number, so 1.0 and 1e3 are integers for
# JSON Schema; languages with floating point numbers only write them so.
#
# Guess before the run: 1.0 and 1e3 are answered, 1.5 and null are refused with an error.
# Behaviour: all four count as notifications. The server answers HTTP 202 without a body, and a tool is not called. The
# client waits for an answer that never comes. Texts and large integers come back exactly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q mcp==2.3.0 httpx2==2.16.2
cat >run.py <<'PYTHON'
import asyncio

import httpx2
from mcp.server import MCPServer

calls = []
server = MCPServer("telephone")
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": "2025-06-18",
}


@server.tool()
def dial(number: str) -> str:
    calls.append(number)
    return "rings"


async def main():
    application = server.streamable_http_app(stateless_http=True, json_response=True)
    transport = httpx2.ASGITransport(application)
    async with (
        server.session_manager.run(),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", headers=HEADERS) as client,
    ):
        for request_id in ("1", '"1"', "0", "9007199254740993", "1.0", "1e3", "1.5", "null"):
            calls.clear()
            params = '{"name": "dial", "arguments": {"number": "101"}}'
            body = f'{{"jsonrpc": "2.0", "id": {request_id}, "method": "tools/call", "params": {params}}}'
            answer = await client.post("/mcp", content=body)
            answered = repr(answer.json()["id"]) if answer.content else "nothing"
            number = "1 call" if calls else "0 calls"
            print(f"id {request_id}: {answer.status_code}, {answered}, {number}")


asyncio.run(main())
PYTHON
venv/bin/python run.py | tee output
diff output - <<'EXPECTED'
id 1: 200, 1, 1 call
id "1": 200, '1', 1 call
id 0: 200, 0, 1 call
id 9007199254740993: 200, 9007199254740993, 1 call
id 1.0: 202, nothing, 0 calls
id 1e3: 202, nothing, 0 calls
id 1.5: 202, nothing, 0 calls
id null: 202, nothing, 0 calls
EXPECTED

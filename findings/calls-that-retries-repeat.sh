#!/usr/bin/env bash
# aiohttp-retry 2.9.1, httpx-retry 2025.4.23 and httpx-retries 0.6.0 (PyPI), axios-retry 4.5.0, retry-axios 4.0.3,
# fetch-retry 6.0.0, wretch 2.11.1, superagent 10.4.2, got 14.6.6 and ky 1.14.3 (npm): a POST under each library's own
# choice of what to repeat. Only delays are shortened.
#
# A JSON-RPC server may answer an error with HTTP 500: it has read the request, and will answer a repetition in the same
# way. Or it reads the request and closes the connection: then it may have placed the call.
#
# Guess before the run: a POST is sent once, since it is not idempotent, and the caller gets the JSON-RPC error.
# Behaviour: aiohttp-retry, httpx-retry, wretch and superagent repeat a POST that was answered with 500; axios-retry,
# fetch-retry, superagent and httpx-retry repeat one whose connection was closed, up to four times in all. wretch
# ends with "Number of attempts exceeded." instead of the JSON-RPC error. got, ky, retry-axios and httpx-retries
# send it once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund axios@1.21.1 axios-retry@4.5.0 retry-axios@4.0.3 fetch-retry@6.0.0 \
    wretch@2.11.1 superagent@10.4.2 got@14.6.6 ky@1.14.3
python3 -m venv venv
venv/bin/pip install -q aiohttp==3.14.5 aiohttp-retry==2.9.1 httpx==0.28.1 httpx-retry==2025.4.23 httpx-retries==0.6.0
cat >post.mjs <<'JAVASCRIPT'
import axios from "axios";
import axiosRetry from "axios-retry";
import fetchRetry from "fetch-retry";
import got from "got";
import ky from "ky";
import * as rax from "retry-axios";
import superagent from "superagent";
import wretch from "wretch";
import { retry } from "wretch/middlewares";

const [library, url] = process.argv.slice(2);
const body = '{"jsonrpc": "2.0", "id": 1, "method": "makeCallBackCallFollowme"}';
const posts = {
  "axios-retry": async () => {
    axiosRetry(axios);
    await axios.post(url, body);
  },
  "retry-axios": async () => {
    rax.attach();
    await axios.post(url, body);
  },
  "fetch-retry": async () => {
    const answer = await fetchRetry(fetch, { retryDelay: 10 })(url, { method: "POST", body });
    if (!answer.ok) throw new Error(await answer.text());
  },
  wretch: () => wretch(url).middlewares([retry({ maxAttempts: 3, delayTimer: 10 })]).post(body).text(),
  superagent: () => superagent.post(url).retry(3).type("json").send(body),
  got: () => got.post(url, { body }),
  ky: async () => {
    const answer = await ky.post(url, { body, throwHttpErrors: false });
    if (!answer.ok) throw new Error(await answer.text());
  },
};
await posts[library]().catch((error) => {
  console.log(JSON.stringify(error.response?.data ?? error.response?.body ?? error.message));
});
process.exit();
JAVASCRIPT
cat >post.py <<'PYTHON'
import asyncio
import sys

import aiohttp_retry
import httpx
import httpx_retries
import httpx_retry

BODY = '{"jsonrpc": "2.0", "id": 1, "method": "makeCallBackCallFollowme"}'


async def by_aiohttp_retry():
    async with aiohttp_retry.RetryClient() as client, client.post(url, data=BODY) as answer:
        return await answer.text()


def by_httpx(transport):
    with httpx.Client(transport=transport) as client:
        return client.post(url, content=BODY).text


library, url = sys.argv[1:]
try:
    if library == "aiohttp-retry":
        print(asyncio.run(by_aiohttp_retry()))
    elif library == "httpx-retry":
        policy = httpx_retry.RetryPolicy().with_max_retries(3).with_multiplier(0.01)
        print(by_httpx(httpx_retry.RetryTransport(policy=policy)))
    else:
        print(by_httpx(httpx_retries.RetryTransport()))
except Exception as error:
    print(error)
PYTHON
cat >count.py <<'PYTHON'
import asyncio
import re

LIBRARIES = {
    "venv/bin/python post.py": ("aiohttp-retry", "httpx-retry", "httpx-retries"),
    "node post.mjs": ("axios-retry", "fetch-retry", "wretch", "superagent", "retry-axios", "got", "ky"),
}
ERROR = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "Internal error", "data": "no money"}}'
ANSWER = b"HTTP/1.1 500 Error\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ERROR) + ERROR


async def count(*command, answer):
    bodies = []

    async def serve(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
            bodies.append(await reader.readexactly(length))
            if not answer:
                break
            writer.write(answer)
        writer.close()

    def ignore_closed(_, context):
        assert isinstance(context["exception"], asyncio.IncompleteReadError | ConnectionError), context

    asyncio.get_running_loop().set_exception_handler(ignore_closed)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    process = await asyncio.create_subprocess_exec(*command, url, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    server.close()
    return len(bodies), output.decode()


async def main():
    for program, libraries in LIBRARIES.items():
        for library in libraries:
            answered, output = await count(*program.split(), library, answer=ANSWER)
            closed, _ = await count(*program.split(), library, answer=b"")
            error = "the JSON-RPC error" if "no money" in output else output.strip()
            print(f"{library}: {answered} if answered with 500, {closed} if closed; {error}")


asyncio.run(main())
PYTHON
venv/bin/python count.py | tee output
diff output - <<'EXPECTED'
aiohttp-retry: 3 if answered with 500, 1 if closed; the JSON-RPC error
httpx-retry: 3 if answered with 500, 3 if closed; the JSON-RPC error
httpx-retries: 1 if answered with 500, 1 if closed; the JSON-RPC error
axios-retry: 1 if answered with 500, 4 if closed; the JSON-RPC error
fetch-retry: 1 if answered with 500, 4 if closed; the JSON-RPC error
wretch: 4 if answered with 500, 1 if closed; "Number of attempts exceeded."
superagent: 4 if answered with 500, 4 if closed; the JSON-RPC error
retry-axios: 1 if answered with 500, 1 if closed; the JSON-RPC error
got: 1 if answered with 500, 1 if closed; the JSON-RPC error
ky: 1 if answered with 500, 1 if closed; the JSON-RPC error
EXPECTED

